"""One partner can neither read nor infer what is another's: tested for each call there is."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import pytest
from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.courier.v1 import courier_pb2 as courier
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.status.v1 import status_pb2 as status
from doselane.type.v1 import type_pb2 as types
from google.protobuf.message import Message

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.local.world import CENTRES, HARBOR, NORTHLAKE
from tests.support.gateway import SERVICES, Desk

NOWHERE = str(uuid7())


@dataclass(frozen=True, slots=True)
class Belongings:
    """Names of what is Northlake's, or names of the same shape that nobody has."""

    run: str
    slot: str
    dose: str
    push: str

    @property
    def id(self) -> str:
        """The last part of the slot's name, by which answers are compared."""
        return self.slot.partition("/")[2]


NOBODYS = Belongings(f"runs/{NOWHERE}", f"slots/{NOWHERE}", f"doses/{NOWHERE}", f"pushes/{NOWHERE}")


def requests_of(desk: Desk, names: Belongings) -> Mapping[str, Message]:
    """A request for each call that names something of a partner."""
    request_id = str(uuid7())
    return {
        "CapacityService/GetRun": capacity.GetRunRequest(name=names.run),
        "CapacityService/OpenRun": capacity.OpenRunRequest(name=names.run, request_id=request_id),
        "CapacityService/CutRun": capacity.CutRunRequest(
            name=names.run, pledged=types.Capacity(reference_activity_kbq=1, vials=1), request_id=request_id
        ),
        "CapacityService/CancelRun": capacity.CancelRunRequest(name=names.run, request_id=request_id),
        "CapacityService/CreateRun": capacity.CreateRunRequest(
            run_id=names.run.removeprefix("runs/"), request_id=request_id
        ),
        "SlottingService/ClaimSlot": slotting.ClaimSlotRequest(demand=desk.demand(names.run), request_id=request_id),
        "SlottingService/HoldSlot": slotting.HoldSlotRequest(demand=desk.demand(names.run), request_id=request_id),
        "SlottingService/ConfirmSlot": slotting.ConfirmSlotRequest(name=names.slot, request_id=request_id),
        "SlottingService/ReleaseSlot": slotting.ReleaseSlotRequest(name=names.slot, request_id=request_id),
        "SlottingService/MoveSlot": slotting.MoveSlotRequest(name=names.slot, run=names.run, request_id=request_id),
        "SlottingService/GetSlot": slotting.GetSlotRequest(name=names.slot),
        "SlottingService/GetAvailability": slotting.GetAvailabilityRequest(name=f"{names.run}/availability"),
        "LedgerService/CutRunCapacity": slotting.CutRunCapacityRequest(run=names.run, request_id=request_id),
        "LedgerService/UpdateSite": slotting.UpdateSiteRequest(site=slotting.Site(name=CENTRES[0])),
        "LedgerService/UpdateLane": slotting.UpdateLaneRequest(lane=slotting.Lane(name="lanes/any")),
        "StatusService/GetDose": status.GetDoseRequest(name=names.dose),
        "StatusService/ListTimelineEntries": status.ListTimelineEntriesRequest(parent=names.dose),
        "StatusService/WatchTimeline": status.WatchTimelineRequest(parent=names.dose),
        "StatusService/AttachShipment": status.AttachShipmentRequest(
            name=names.dose, courier="partners/any", references=["1Z0000000000000000"], request_id=request_id
        ),
        "StatusService/ListUnmatchedMilestones": status.ListUnmatchedMilestonesRequest(),
        "CourierService/GetPush": courier.GetPushRequest(name=names.push),
        "CourierService/RejudgePush": courier.RejudgePushRequest(name=names.push),
    }


# Calls that name nothing: what they answer, or say on a stream, must hold nothing of another partner.
LISTS: Mapping[str, Message] = {
    "CapacityService/ListRuns": capacity.ListRunsRequest(),
    "SlottingService/ListSlots": slotting.ListSlotsRequest(),
    "StatusService/ListDoses": status.ListDosesRequest(),
    "CourierService/ListPushes": courier.ListPushesRequest(),
}
STREAMS: Mapping[str, Message] = {"CapacityService/WatchRuns": capacity.WatchRunsRequest()}
BATCHES = {"SlottingService/BatchClaimSlots"}


@pytest.fixture
async def northlakes(desk: Desk) -> AsyncIterator[Belongings]:
    """A run allotted to Northlake alone, a slot and a dose on it."""
    run = await desk.open_run(allotted_to=NORTHLAKE)
    slot = await desk.claim(run, desk.sponsor())
    dose = await desk.dose_of(slot, desk.sponsor())
    yield Belongings(run, slot.name, dose.name, NOBODYS.push)


def test_each_call_there_is_has_its_isolation_test(desk: Desk):
    tested = {*requests_of(desk, NOBODYS), *LISTS, *STREAMS, *BATCHES}
    assert tested == {f"{name}/{method.name}" for name, service in SERVICES.items() for method in service.methods}


async def test_what_is_anothers_answers_exactly_as_if_it_did_not_exist(desk: Desk, northlakes: Belongings):
    token = desk.gateway.token(HARBOR, *_every_scope_but_staffs())
    for method, request in requests_of(desk, northlakes).items():
        foreign = await _answer(desk, method, request, token)
        absent = await _answer(desk, method, requests_of(desk, NOBODYS)[method], token)
        assert isinstance(foreign, GatewayError), f"{method} answered {foreign}"
        for mine, nobodys in zip((northlakes.run, northlakes.id), (NOBODYS.run, NOBODYS.id), strict=True):
            foreign = _renamed(foreign, mine, nobodys)
        assert _shown(foreign) == _shown(absent), method


async def test_lists_hold_nothing_of_another(desk: Desk, northlakes: Belongings):
    token = desk.gateway.token(HARBOR, *_every_scope_but_staffs())
    for method, request in LISTS.items():
        answer = await desk.call(method, request, token)
        assert answer == type(answer)(), f"{method} answered {answer}"


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
        *("courier.read", "courier.operate", "network.write"),
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
