"""What belongs to another does not exist: partner isolation for every call there is."""

from typing import Any

import pytest
from doselane.masterdata.v1 import masterdata_pb2

from services.kernel.errors import Denied, GatewayError, Kind
from services.masterdata.documents import KINDS, kind_of
from tests.integration.masterdata.conftest import (
    PLANNER,
    SERVICE,
    House,
    creating,
    deleting,
    importing,
    title_of,
    told,
    updating,
)
from tests.support.masterdata import (
    BUILDERS,
    HARBOR,
    LAKESIDE,
    MERIDIAN,
    NORTH_LAKESIDE,
    NORTHLAKE,
    PSMA,
    a_product,
    a_site,
)

AGREEMENT = "agreements/northlake-psma"
SEEN = {
    NORTHLAKE: {PSMA, LAKESIDE, NORTH_LAKESIDE, AGREEMENT},
    HARBOR: {PSMA, LAKESIDE, NORTH_LAKESIDE},
    MERIDIAN: set(),
}


def refused_as(error: GatewayError, name: str) -> tuple[object, ...]:
    """All that an error tells, with the name that was asked for left out."""
    return (
        error.kind,
        error.reason,
        error.message,
        {key: value.replace(name, "it") for key, value in error.facts.items()},
    )


@pytest.mark.parametrize("who", SEEN)
async def test_a_sponsor_sees_what_names_it_and_the_rest_does_not_exist(house: House, who: str) -> None:
    await house.world()
    for kind in KINDS:
        name = BUILDERS[kind.singular]().name
        request = kind.request("List")(**({"parent": "facilities/-"} if kind.parent else {}))
        listed = [each.name for each in getattr(await house.call(kind.call("List"), request, who), kind.collection)]
        absent = f"{name}-none"
        nothing = await house.refusal(kind.call("Get"), kind.request("Get")(name=absent), who)
        if name in SEEN[who]:
            assert (await house.get(name, who)).name == name
            assert listed == [name]
        else:
            refused = await house.refusal(kind.call("Get"), kind.request("Get")(name=name), who)
            assert refused_as(refused, name) == refused_as(nothing, absent)
            assert refused.kind is Kind.NOT_FOUND
            assert listed == []


async def test_an_event_names_who_may_know_of_its_resource(house: House) -> None:
    await house.world()
    for kind in KINDS:
        name = BUILDERS[kind.singular]().name
        created = told((await house.events(name))[0])
        assert set(created.audience) == {partner for partner, seen in SEEN.items() if name in seen}, name
    await house.update(a_site(partners=[NORTHLAKE]), "partners", accept_conflicts=True)
    await house.delete(NORTH_LAKESIDE, accept_conflicts=True)
    assert list(told((await house.events(LAKESIDE))[-1]).audience) == [NORTHLAKE]
    assert list(told((await house.events(NORTH_LAKESIDE))[-1]).audience) == [NORTHLAKE]  # by its centre


async def test_a_sponsor_sees_of_all_sponsors_only_itself(house: House) -> None:
    await house.world()
    for name in (PSMA, LAKESIDE):
        seen = await house.get(name, HARBOR)
        assert list(seen.partners) == [HARBOR]
        assert NORTHLAKE.encode() not in seen.SerializeToString()


async def test_who_carries_a_dose_is_for_operators_in_every_door(house: House) -> None:
    await house.world()
    lanes = masterdata_pb2.ListLanesRequest()
    text = masterdata_pb2.ExportMasterDataRequest()
    for who, seen in ((PLANNER, True), (NORTHLAKE, False), (HARBOR, False)):
        lane = await house.get(NORTH_LAKESIDE, who)
        [listed] = (await house.call("ListLanes", lanes, who)).lanes
        exported = (await house.call("ExportMasterData", text, who)).yaml
        assert [bool(leg.carrier) for leg in (*lane.legs, *listed.legs)] == [seen, seen], who
        assert ("carrier" in exported, "partners/swift" in exported) == (seen, seen), who
        [leg] = lane.legs
        assert (leg.minutes, leg.accepts_class_7) == (200, True)
        assert "minutes: 200" in exported


async def test_nothing_tells_a_sponsor_of_a_change_that_is_anothers(house: House) -> None:
    await house.world()
    before = [await house.get(name, HARBOR) for name in (PSMA, LAKESIDE, NORTH_LAKESIDE)]
    await house.update(a_product(partners=[NORTHLAKE, HARBOR, MERIDIAN]))
    await house.update(a_site(partners=[HARBOR]))
    assert [await house.get(name, HARBOR) for name in (PSMA, LAKESIDE, NORTH_LAKESIDE)] == before
    assert before[0].etag == ""


async def test_a_lane_is_seen_as_long_as_its_centre_is(house: House) -> None:
    await house.world()
    await house.update(a_site(partners=[HARBOR]))
    refused = await house.refusal("GetLane", masterdata_pb2.GetLaneRequest(name=NORTH_LAKESIDE), NORTHLAKE)
    assert refused.kind is Kind.NOT_FOUND
    assert (await house.get(NORTH_LAKESIDE, HARBOR)).name == NORTH_LAKESIDE


async def test_who_changed_what_is_for_operators(house: House) -> None:
    await house.world()
    seen, absent = [
        await house.refusal("ListRevisions", masterdata_pb2.ListRevisionsRequest(name=name), NORTHLAKE)
        for name in (PSMA, "products/none")
    ]
    assert refused_as(seen, PSMA) == refused_as(absent, "products/none")
    assert not (await house.get(AGREEMENT, NORTHLAKE)).HasField("last_change")


async def test_a_filter_by_another_sponsor_finds_nothing(house: House) -> None:
    await house.world()
    request = masterdata_pb2.ListAgreementsRequest(partner=NORTHLAKE)
    assert not (await house.call("ListAgreements", request, HARBOR)).agreements


def _changes() -> list[tuple[str, Any]]:
    made = [(kind_of(singular), build()) for singular, build in BUILDERS.items()]
    return [
        *((kind.call("Create"), creating(message)) for kind, message in made),
        *((kind.call("Update"), updating(message)) for kind, message in made),
        *((kind.call("Delete"), deleting(message.name)) for kind, message in made),
        ("ImportMasterData", importing("sites: []")),
    ]


async def test_only_operators_change_anything_whatever_scopes_a_sponsor_has(house: House) -> None:
    for method, request in _changes():
        refused = await house.refusal(method, request, "writing sponsor")
        assert (refused.kind, refused.facts["scope"]) == (Kind.DENIED, "operator"), method
    assert await house.database.pool.fetchval("SELECT count(*) FROM resource") == 0
    assert {name for name, _ in _changes()} | {
        *(kind.call(verb) for kind in KINDS for verb in ("Get", "List")),
        "ListRevisions",
        "ExportMasterData",
    } == {method.name for method in SERVICE.methods}


async def test_a_token_without_the_scope_is_turned_away(house: House) -> None:
    with pytest.raises(Denied):
        await house.call("CreateSite", creating(a_site()), NORTHLAKE)
    assert title_of(LAKESIDE) == "Site"
    assert (await house.create(a_site(), PLANNER)).name == LAKESIDE
