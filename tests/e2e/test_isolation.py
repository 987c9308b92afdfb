"""One partner can neither read nor infer what is another's: tested for each call there is."""

from collections.abc import AsyncIterator, Mapping

import pytest
from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.courier.v1 import courier_pb2 as courier
from doselane.masterdata.v1 import masterdata_pb2 as masterdata
from doselane.planning.v1 import forecast_pb2 as forecast
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.status.v1 import status_pb2 as status
from doselane.type.v1 import type_pb2 as types
from google.protobuf.message import Message

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.local.world import HARBOR, NORTHLAKE
from tests.support.gateway import SERVICES, Desk
from tests.support.isolation import NOBODYS, NORTHLAKES_ALONE, Belongings, of_plans, requests_of

# Calls that name nothing: what they answer, or say on a stream, must hold nothing of another partner.
LISTS: Mapping[str, Message] = {
    "CapacityService/ListRuns": capacity.ListRunsRequest(),
    "ForecastService/ListForecasts": forecast.ListForecastsRequest(),
    "SlottingService/ListSlots": slotting.ListSlotsRequest(),
    "SlottingService/ListStandbys": slotting.ListStandbysRequest(),
    "MasterDataService/ListAgreements": masterdata.ListAgreementsRequest(),
    "MasterDataService/ListFacilities": masterdata.ListFacilitiesRequest(),
    "MasterDataService/ListLines": masterdata.ListLinesRequest(parent="facilities/-"),
    # The sandbox's own resources are open to both; these are Northlake's alone.
    "MasterDataService/ListLanes": masterdata.ListLanesRequest(site="sites/northlakes-own"),
    "MasterDataService/ListProducts": masterdata.ListProductsRequest(nuclide=types.NUCLIDE_TB_161),
    "MasterDataService/ListSites": masterdata.ListSitesRequest(region="us-south"),
    "StatusService/ListDoses": status.ListDosesRequest(),
    "CourierService/ListPushes": courier.ListPushesRequest(),
}
STREAMS: Mapping[str, Message] = {"CapacityService/WatchRuns": capacity.WatchRunsRequest()}
BATCHES = {"SlottingService/BatchClaimSlots"}
# What the caller submits is its own, whoever else submits the same: there is nothing to compare.
OWN = {"ForecastService/ImportForecasts"}
# The time is everybody's.
NOBODYS_OWN = {"ClockService/GetClock", "ClockService/AdvanceClock"}
EXPORT = "MasterDataService/ExportMasterData"


@pytest.fixture
async def northlakes(desk: Desk) -> AsyncIterator[Belongings]:
    """A run allotted to Northlake alone, a slot and a dose there, an order that waits, a forecast, its own places."""
    run = await desk.open_run(allotted_to=NORTHLAKE)
    slot = await desk.claim(run, desk.sponsor())
    dose = await desk.dose_of(slot, desk.sponsor())
    join = slotting.JoinStandbyRequest(demand=desk.demand(run, order_reference="WAITS"), request_id=str(uuid7()))
    standby = await desk.call("SlottingService/JoinStandby", join, desk.sponsor())
    mark = "northlakes-own"
    await desk.import_master_data(NORTHLAKES_ALONE.format(mark=mark))
    await desk.until_slotting_knows(f"products/{mark}", f"sites/{mark}")
    submit = of_plans(Belongings("", "", "", "", "", "", mark), str(uuid7()))["ForecastService/SubmitForecast"]
    made = await desk.until(lambda: desk.call("ForecastService/SubmitForecast", submit, desk.sponsor()))
    yield Belongings(run, slot.name, dose.name, NOBODYS.push, standby.name, made.name, mark)


def test_each_call_there_is_has_its_isolation_test(desk: Desk):
    tested = {*requests_of(desk, NOBODYS), *LISTS, *STREAMS, *BATCHES, *OWN, *NOBODYS_OWN, EXPORT}
    assert tested == {f"{name}/{method.name}" for name, service in SERVICES.items() for method in service.methods}


async def test_what_is_anothers_answers_exactly_as_if_it_did_not_exist(desk: Desk, northlakes: Belongings):
    token = desk.gateway.token(HARBOR, *_every_scope_but_staffs())
    for method, request in requests_of(desk, northlakes).items():
        foreign = await _answer(desk, method, request, token)
        absent = await _answer(desk, method, requests_of(desk, NOBODYS)[method], token)
        assert isinstance(foreign, GatewayError), f"{method} answered {foreign}"
        for mine, nobodys in zip(northlakes.marks, NOBODYS.marks, strict=True):
            foreign = _renamed(foreign, mine, nobodys)
        assert _shown(foreign) == _shown(absent), method


async def test_lists_hold_nothing_of_another(desk: Desk, northlakes: Belongings):
    token = desk.gateway.token(HARBOR, *_every_scope_but_staffs())
    for method, request in LISTS.items():
        answer = await desk.call(method, request, token)
        assert answer == type(answer)(), f"{method} answered {answer}"


async def test_an_export_holds_nothing_of_another(desk: Desk, northlakes: Belongings):
    token = desk.gateway.token(HARBOR, *_every_scope_but_staffs())
    text = (await desk.call(EXPORT, masterdata.ExportMasterDataRequest(), token)).yaml
    assert "sites/lakeside-clinic" in text and HARBOR in text
    assert northlakes.mark not in text and NORTHLAKE not in text


async def test_a_batch_of_claims_says_of_anothers_run_that_there_is_none(desk: Desk, northlakes: Belongings):
    claim = slotting.ClaimSlotRequest(demand=desk.demand(northlakes.run), request_id=str(uuid7()))
    request = slotting.BatchClaimSlotsRequest(requests=[claim])
    answer = await desk.call("SlottingService/BatchClaimSlots", request, desk.sponsor(HARBOR))
    assert answer.results[0].error.message == "There is no such run."


async def test_a_watch_of_all_doses_and_runs_tells_only_ones_own(desk: Desk, northlakes: Belongings):
    theirs = desk.stream("CapacityService/WatchRuns", capacity.WatchRunsRequest(), desk.sponsor(HARBOR))
    doses = desk.stream(
        "StatusService/WatchTimeline", status.WatchTimelineRequest(parent="doses/-"), desk.sponsor(HARBOR)
    )
    await anext(theirs)
    await anext(doses)
    shared = await desk.open_run()
    await desk.claim(northlakes.run, desk.sponsor())
    own = await desk.claim(shared, desk.sponsor(HARBOR))
    async for seen in theirs:
        if seen.HasField("run"):
            assert seen.run.name == shared
            break
    async for seen in doses:
        if seen.HasField("entry"):
            assert seen.entry.slot.name == own.name
            break


async def test_anothers_request_id_is_not_known(desk: Desk):
    run = await desk.open_run()
    request = slotting.ClaimSlotRequest(demand=desk.demand(run), request_id=str(uuid7()))
    first = await desk.call("SlottingService/ClaimSlot", request, desk.sponsor(NORTHLAKE))
    second = await desk.call("SlottingService/ClaimSlot", request, desk.sponsor(HARBOR))
    assert first.name != second.name and second.partner == HARBOR


def _every_scope_but_staffs() -> tuple[str, ...]:
    """All scopes that some call needs, so that the binding to the partner answers, and not the lack of a scope."""
    return (
        *("capacity.read", "capacity.plan", "slotting.read", "slotting.claim", "status.read", "status.attach"),
        *("courier.read", "courier.operate", "masterdata.read", "masterdata.write"),
        *("forecast.read", "forecast.write", "planning.read", "planning.plan"),
    )


async def _answer(desk: Desk, method: str, request: Message, token: str) -> object:
    service, _, name = method.partition("/")
    try:
        if SERVICES[service].methods_by_name[name].server_streaming:
            return await anext(desk.stream(method, request, token))
        return await desk.call(method, request, token)
    except GatewayError as error:
        return error


def _renamed(error: GatewayError, old: str, new: str) -> GatewayError:
    renamed = GatewayError(error.message.replace(old, new))
    renamed.reason, renamed.kind = error.reason, error.kind  # type: ignore[misc]
    renamed.facts = {name: value.replace(old, new) for name, value in error.facts.items()}
    return renamed


def _shown(error: object) -> tuple[object, ...]:
    assert isinstance(error, GatewayError), error
    return (error.kind, error.reason, error.message, dict(error.facts))
