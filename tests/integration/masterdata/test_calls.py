"""Creating, reading, listing, changing and deleting, over real gRPC on a real database."""

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from doselane.masterdata.v1 import masterdata_pb2

from services.kernel.errors import GatewayError, Kind
from services.masterdata.documents import KINDS
from services.masterdata.domain import Version
from services.masterdata.store import Reader
from tests.integration.masterdata.conftest import House, creating, deleting, told, updating
from tests.support.masterdata import (
    BUILDERS,
    HARBOR,
    LAKESIDE,
    LINE_1,
    NOON,
    NORTH,
    NORTH_LAKESIDE,
    NORTHLAKE,
    PSMA,
    a_facility,
    a_lane,
    a_line,
    a_product,
    a_site,
    an_agreement,
)


def without_output(message: Any) -> Any:
    """The resource as it was sent."""
    copy = type(message)()
    copy.CopyFrom(message)
    for field in ("etag", "create_time", "update_time", "last_change"):
        copy.ClearField(field)
    return copy


@pytest.mark.parametrize("kind", [kind.singular for kind in KINDS])
async def test_each_kind_is_created_read_listed_changed_and_deleted(house: House, kind: str) -> None:
    await house.world()
    message = BUILDERS[kind]()
    collection = {each.singular: each for each in KINDS}[kind].collection
    created = await house.get(message.name)
    # Of a measured lane the minutes that it promises are written down too.
    expected = a_lane(transit_minutes=240) if kind == "lane" else message
    assert without_output(created) == expected
    assert (created.etag, created.last_change.actor, created.last_change.reason) == ("v1", "planner", "new")
    list_request = getattr(masterdata_pb2, f"List{collection.capitalize()}Request")
    request = list_request(parent=NORTH) if kind == "line" else list_request()
    assert list(getattr(await house.call(f"List{collection.capitalize()}", request), collection)) == [created]

    house.clock.advance(timedelta(hours=1))
    field, value = ("standby_priority", 11) if kind == "agreement" else ("display_name", "Another name")
    setattr(message, field, value)
    changed = getattr(await house.update(message, field), kind)
    assert (getattr(changed, field), changed.etag, changed.create_time) == (value, "v2", created.create_time)
    assert changed.update_time.ToDatetime(NOON.tzinfo) == NOON + timedelta(hours=1)
    assert await house.get(message.name) == changed

    for name in ("agreements/northlake-psma", NORTH_LAKESIDE, LAKESIDE, LINE_1, NORTH, PSMA):
        await house.delete(name)
    refused = await house_refuses_get(house, message.name)
    assert (refused.kind, refused.reason) == (Kind.NOT_FOUND, "NOT_FOUND")
    assert await house.history(message.name) == [("created", 1), ("updated", 2), ("deleted", 3)]
    event = (await house.events(message.name))[1]
    assert (event.type, event.source, event.partner) == (
        "doselane.masterdata.resource.updated.v1",
        "doselane/masterdata",
        "",
    )
    assert (event.actor, event.reason, list(told(event).changed_fields)) == ("planner", "renewed", [field])
    assert getattr(told(event).resource, kind) == changed


async def house_refuses_get(house: House, name: str) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        await house.get(name)
    return refused.value


async def test_a_deleted_name_can_be_created_again_and_its_versions_go_on(house: House) -> None:
    await house.create(a_site())
    await house.delete(LAKESIDE)
    again = await house.create(a_site(region="eu"))
    assert (again.etag, again.region) == ("v3", "eu")
    revisions = (await house.revisions(LAKESIDE)).revisions
    assert [(each.version, each.deleted, each.resource.site.region) for each in revisions] == [
        (3, False, "eu"),
        (2, True, "us-midwest"),
        (1, False, "us-midwest"),
    ]
    assert await house.history(LAKESIDE) == [("created", 1), ("deleted", 2), ("created", 3)]


async def test_revisions_say_who_changed_what_when_and_why_and_come_in_pages(house: House) -> None:
    await house.create(a_site())
    house.clock.advance(timedelta(days=1))
    await house.update(a_site(region="eu", partners=[NORTHLAKE]), reason="moved")
    first = await house.revisions(LAKESIDE, page_size=1)
    [newest] = first.revisions
    assert (newest.version, list(newest.changed_fields)) == (2, ["region", "partners"])
    assert (newest.change.actor, newest.change.reason) == ("planner", "moved")
    assert newest.change.time.ToDatetime(NOON.tzinfo) == NOON + timedelta(days=1)
    second = await house.revisions(LAKESIDE, page_size=1, page_token=first.next_page_token)
    assert ([each.version for each in second.revisions], second.next_page_token) == ([1], "")
    assert "time_zone" in second.revisions[0].changed_fields
    refused = await house.refusal("ListRevisions", masterdata_pb2.ListRevisionsRequest(name="sites/none"))
    assert refused.kind is Kind.NOT_FOUND
    refused = await house.refusal("ListRevisions", masterdata_pb2.ListRevisionsRequest(name="runs/x"))
    assert refused.facts["field"] == "name"


async def test_a_revision_can_be_neither_changed_nor_deleted(house: House) -> None:
    await house.create(a_site())
    for statement in ("UPDATE revision SET reason = ''", "DELETE FROM revision"):
        with pytest.raises(Exception, match="revisions are kept"):
            await house.database.pool.execute(statement)


async def test_what_changes_nothing_makes_no_version_and_no_event(house: House) -> None:
    created = await house.create(a_site())
    answer = await house.update(a_site())
    assert answer.site == created
    assert (await house.update(a_site(region="eu"), "display_name")).site == created
    assert await house.history(LAKESIDE) == [("created", 1)]
    assert len((await house.revisions(LAKESIDE)).revisions) == 1


async def test_a_resource_that_is_there_is_not_created_again(house: House) -> None:
    await house.create(a_site())
    refused = await house.refusal("CreateSite", creating(a_site(region="eu")))
    assert (refused.kind, refused.reason, refused.facts["field"]) == (Kind.REFUSED, "RESOURCE_EXISTS", "site_id")


async def test_an_update_creates_what_is_missing_only_if_it_may(house: House) -> None:
    refused = await house.refusal("UpdateSite", updating(a_site()))
    assert refused.kind is Kind.NOT_FOUND
    assert (await house.update(a_site(), allow_missing=True)).site.etag == "v1"
    assert await house.history(LAKESIDE) == [("created", 1)]
    assert house.twin.calls == []


async def test_a_stale_etag_is_refused_for_changes_and_deletions(house: House) -> None:
    created = await house.create(a_site())
    await house.update(a_site(region="eu", etag=created.etag))
    for method, request in (
        ("UpdateSite", updating(a_site(region="us", etag=created.etag))),
        ("DeleteSite", deleting(LAKESIDE, etag=created.etag)),
    ):
        refused = await house.refusal(method, request)
        assert (refused.kind, refused.reason, refused.facts["etag"]) == (Kind.STALE, "STALE", "v2")
    await house.delete(LAKESIDE, etag="v2")


async def test_of_many_changes_of_what_was_seen_only_one_happens(house: House) -> None:
    created = await house.create(a_site())
    calls = [house.update(a_site(region=f"r{n}", etag=created.etag)) for n in range(8)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(getattr(each, "reason", "saved") for each in outcomes) == ["STALE"] * 7 + ["saved"]
    assert await house.history(LAKESIDE) == [("created", 1), ("updated", 2)]


async def test_a_repeated_request_gets_the_same_answer_and_happens_once(house: House) -> None:
    creation = creating(a_site())
    change = updating(a_site(region="eu"))
    deletion = deleting(LAKESIDE)
    for method, request in (("CreateSite", creation), ("UpdateSite", change), ("DeleteSite", deletion)):
        answers = await asyncio.gather(*(house.call(method, request) for _ in range(5)))
        assert all(answer == answers[0] for answer in answers)
    assert (await house.call("CreateSite", creation)).etag == "v1"
    assert await house.history(LAKESIDE) == [("created", 1), ("updated", 2), ("deleted", 3)]


async def test_what_a_twin_did_while_this_one_decides_is_no_reason_to_refuse(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    creation, load, twins = creating(a_site()), Reader.load, list[Any]()

    async def after_a_twin(reader: Reader, names: Collection[str]) -> dict[str, Version]:
        if not twins:
            twins.append("on its way")
            twins.append(await house.call("CreateSite", creation))
        return await load(reader, names)

    monkeypatch.setattr(Reader, "load", after_a_twin)
    assert await house.call("CreateSite", creation) == twins[1]
    assert await house.history(LAKESIDE) == [("created", 1)]


async def test_a_request_id_with_another_body_is_refused(house: House) -> None:
    request = creating(a_site())
    await house.call("CreateSite", request)
    request.site.region = "eu"
    assert (await house.refusal("CreateSite", request)).reason == "REQUEST_MISMATCH"
    other = deleting(LAKESIDE, request_id=request.request_id)
    assert (await house.refusal("DeleteSite", other)).reason == "REQUEST_MISMATCH"


async def test_a_refused_request_can_be_made_again_with_the_same_id(house: House) -> None:
    request = creating(a_lane())
    assert (await house.refusal("CreateLane", request)).reason == "REFERENCE_UNKNOWN"
    await house.create(a_facility())
    await house.create(a_site())
    assert (await house.call("CreateLane", request)).etag == "v1"


async def test_bad_requests_name_what_is_wrong_and_where(house: House) -> None:
    for method, request, field in (
        ("CreateSite", creating(a_site(), request_id="none"), "request_id"),
        ("CreateSite", creating(a_site(), site_id="a/b"), "site_id"),
        ("CreateSite", creating(a_site(), site_id=""), "site_id"),
        ("CreateSite", creating(a_site(), site=None), "site"),
        ("CreateSite", creating(a_site(), reason="x" * 501), "reason"),
        ("CreateSite", creating(a_site(time_zone="Mars")), "site.time_zone"),
        ("CreateLine", creating(a_line(), parent="facilities/-"), "parent"),
        ("UpdateSite", updating(a_site(name="sites")), "site.name"),
        ("UpdateSite", updating(a_site(), "colour"), "update_mask"),
        ("DeleteLine", masterdata_pb2.DeleteLineRequest(name="lines/1", request_id=""), "name"),
        ("GetSite", masterdata_pb2.GetSiteRequest(name="sites/../x"), "name"),
        ("ListSites", masterdata_pb2.ListSitesRequest(page_token="x"), "page_token"),
        ("ListLanes", masterdata_pb2.ListLanesRequest(site="lakeside"), "site"),
        ("ListLanes", masterdata_pb2.ListLanesRequest(facility="sites/x"), "facility"),
        ("ListLines", masterdata_pb2.ListLinesRequest(), "parent"),
        ("ListAgreements", masterdata_pb2.ListAgreementsRequest(partner="north"), "partner"),
        ("ListProducts", masterdata_pb2.ListProductsRequest(nuclide=99), "nuclide"),  # type: ignore[arg-type]
        ("ExportMasterData", masterdata_pb2.ExportMasterDataRequest(collections=["sites", "x"]), "collections[1]"),
    ):
        refused = await house.refusal(method, request)
        assert (refused.kind, refused.facts.get("field")) == (Kind.INVALID, field), method
    assert await house.database.pool.fetchval("SELECT count(*) FROM resource") == 0


async def test_all_violations_of_a_resource_come_at_once(house: House) -> None:
    refused = await house.refusal("CreateProduct", creating(a_product(nuclide=0, shelf_life_minutes=0)))
    assert refused.facts["violations"].count(";") == 1
    assert "product.nuclide" in refused.facts["violations"]
    assert "product.shelf_life_minutes" in refused.facts["violations"]


async def test_what_others_refer_to_is_not_deleted_and_they_are_named(house: House) -> None:
    await house.world()
    for name, users in ((PSMA, f"agreements/northlake-psma,{LINE_1}"), (LAKESIDE, NORTH_LAKESIDE)):
        with pytest.raises(GatewayError) as refused:
            await house.delete(name)
        assert (refused.value.reason, refused.value.facts["users"]) == ("IN_USE", users)
    assert house.twin.calls == []


async def test_nothing_is_deleted_that_something_comes_to_refer_to_at_the_same_time(house: House) -> None:
    await house.create(a_facility())
    for number in range(6):
        site = f"sites/s{number}"
        await house.create(a_site(name=site))
        calls = (house.create(a_lane(name=f"lanes/l{number}", site=site)), house.delete(site))
        outcomes = [getattr(each, "reason", "") for each in await asyncio.gather(*calls, return_exceptions=True)]
        assert outcomes in (["", "IN_USE"], ["REFERENCE_UNKNOWN", ""])


async def test_of_two_agreements_at_the_same_time_only_one_is_made(house: House) -> None:
    await house.create(a_product())
    calls = [house.create(an_agreement(name=f"agreements/a{number}")) for number in range(4)]
    outcomes = [getattr(each, "reason", "") for each in await asyncio.gather(*calls, return_exceptions=True)]
    assert sorted(outcomes) == ["", *["AGREEMENT_OVERLAPS"] * 3]


async def test_an_agreement_can_change_its_own_time(house: House) -> None:
    await house.create(a_product())
    agreement = await house.create(an_agreement())
    agreement.firm_weeks = 5
    assert (await house.update(agreement)).agreement.firm_weeks == 5


async def test_a_product_keeps_the_sponsors_that_have_an_agreement(house: House) -> None:
    await house.create(a_product())
    await house.create(an_agreement())
    refused = await house.refusal("UpdateProduct", updating(a_product(partners=[HARBOR])))
    assert (refused.reason, refused.facts["field"]) == ("IN_USE", "product.partners")


async def test_a_licence_that_has_ended_meanwhile_does_not_hinder_other_changes(house: House) -> None:
    await house.create(a_site())
    house.clock.advance(timedelta(days=400))
    assert (await house.update(a_site(region="eu"))).site.region == "eu"
    refused = await house.refusal("CreateSite", creating(a_site(name="sites/new")))
    assert refused.reason == "LICENCE_EXPIRED"


async def test_validating_says_what_would_be_and_changes_nothing(house: House) -> None:
    created = await house.create(a_site())
    request = updating(a_site(region="eu"), validate_only=True)
    foreseen = (await house.call("UpdateSite", request)).site
    assert (foreseen.region, foreseen.etag, foreseen.update_time) == ("eu", "v1", created.update_time)
    assert await house.get(LAKESIDE) == created
    fresh = await house.update(a_site(name="sites/new"), allow_missing=True, validate_only=True)
    assert (fresh.site.name, fresh.site.etag) == ("sites/new", "")
    request.validate_only = False  # nothing was stored, so the id is still free
    assert (await house.call("UpdateSite", request)).site.etag == "v2"
