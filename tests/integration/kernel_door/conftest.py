"""A gRPC server with a twin of the slotting service behind it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.slotting.v1 import slotting_pb2

from services.kernel import rpc, telemetry
from services.kernel.errors import Busy, GatewayError, Invalid, Kind, NotFound, Stale, Unavailable
from tests.support.tokens import Issuer, anything

SLOTTING = slotting_pb2.DESCRIPTOR.services_by_name["SlottingService"]
CAPACITY = capacity_pb2.DESCRIPTOR.services_by_name["CapacityService"]
SCOPES = ("slotting.claim", "slotting.read", "capacity.read", "capacity.plan")


class RunFull(GatewayError):
    """The twin's own refusal."""

    kind, reason = Kind.REFUSED, "RUN_FULL"


ERRORS = {
    "slots/invalid": lambda: Invalid("The name is wrong.", field="name"),
    "slots/none": lambda: NotFound("No such slot.", name="slots/none"),
    "slots/full": lambda: RunFull("The run is full.", run="runs/1", free_kbq=0),
    "slots/stale": lambda: Stale("It changed."),
    "slots/busy": lambda: Busy("The queue is full.", retry_after_ms=250),
    "slots/away": lambda: Unavailable("The database is away."),
    "slots/broken": lambda: ZeroDivisionError("secret inside"),
    "slots/many": lambda: RunFull("In conflict.", slots=",".join(f"slots/{n:032}" for n in range(1000)), kept="yes"),
}


class Twin:
    """Answers what the tests need: who called, errors by name, waiting, and streams."""

    def __init__(self) -> None:
        self.calls: list[rpc.Call] = []
        self.cancelled = asyncio.Event()
        self.let_go = asyncio.Event()
        self.begun = asyncio.Event()
        self.traces: list[str] = []
        self.fails_first = 0

    async def GetSlot(self, request: slotting_pb2.GetSlotRequest, call: rpc.Call) -> slotting_pb2.Slot:
        self.calls.append(call)
        if request.name in ERRORS:
            raise ERRORS[request.name]()
        if self.fails_first:
            self.fails_first -= 1
            raise Unavailable("Not yet.")
        return slotting_pb2.Slot(name=request.name, partner=call.caller.partner)

    async def ClaimSlot(self, request: slotting_pb2.ClaimSlotRequest, call: rpc.Call) -> slotting_pb2.Slot:
        self.begun.set()
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return slotting_pb2.Slot(name="slots/claimed")

    async def ListSlots(self, request: slotting_pb2.ListSlotsRequest, call: rpc.Call) -> slotting_pb2.Slot:
        return slotting_pb2.Slot()  # not what the proto promises

    async def GetAvailability(self, request: slotting_pb2.GetAvailabilityRequest, call: rpc.Call) -> bytes:
        with telemetry.span("look"):
            self.traces.append(telemetry.current_traceparent())
        return slotting_pb2.Availability(name=request.name).SerializeToString()

    async def _other(self, request: object, call: rpc.Call) -> None:
        raise NotFound("Not here.")

    HoldSlot = ConfirmSlot = BatchClaimSlots = ReleaseSlot = MoveSlot = BatchMoveSlots = SearchMoves = _other
    SearchOffers = JoinStandby = LeaveStandby = GetStandby = ListStandbys = ListAllotmentUsages = _other


class WatchTwin:
    """A capacity service whose watch counts to three, then waits until it is ended."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def WatchRuns(
        self, request: capacity_pb2.WatchRunsRequest, call: rpc.Call
    ) -> AsyncIterator[capacity_pb2.WatchRunsResponse | bytes]:
        try:
            for number in range(3):
                answer = capacity_pb2.WatchRunsResponse(cursor=str(number))
                yield answer if number else answer.SerializeToString()
            if request.product == "products/expired":
                raise Invalid("The cursor is too old.", earliest="2")
            await asyncio.Event().wait()
        finally:
            self.ended.set()

    async def _other(self, request: object, call: rpc.Call) -> None:
        raise NotFound("Not here.")

    CreateRun = GetRun = ListRuns = OpenRun = CutRun = CancelRun = StartRun = CompleteRun = FailRun = _other


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def token(issuer: Issuer) -> str:
    return issuer.token("partners/acme", SCOPES)


@pytest.fixture
def twin() -> Twin:
    return Twin()


@pytest.fixture
def watch() -> WatchTwin:
    return WatchTwin()


@pytest.fixture
def measured() -> telemetry.Telemetry:
    return telemetry.setup("twin", share=1.0, environ={})


@pytest.fixture
async def server(issuer: Issuer, twin: Twin, watch: WatchTwin, measured: telemetry.Telemetry):
    served = rpc.Server("127.0.0.1:0", issuer.verifier(), measured, judge=anything)
    served.add(SLOTTING, twin)
    served.add(CAPACITY, watch)
    await served.start()
    yield served
    twin.let_go.set()
    await served.stop(0)


@pytest.fixture
async def client(server: rpc.Server, token: str):
    async with rpc.Client(f"127.0.0.1:{server.port}", SLOTTING, token) as connected:
        yield connected
