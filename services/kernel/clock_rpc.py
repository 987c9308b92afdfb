"""The calls about the gateway's clock. Every service serves them, because the clock is no single one's."""

from datetime import datetime, timedelta

from doselane.clock.v1 import clock_pb2
from google.protobuf.duration_pb2 import Duration

from services.kernel.clock import Clock
from services.kernel.errors import Invalid
from services.kernel.gateway_clock import MOVE_MAX, ClockFixed, ClockMove, GatewayClock
from services.kernel.idempotency import request_key_of
from services.kernel.rpc import Call
from services.kernel.timestamps import instant, stamp

NAME = "clock"
SERVICE = clock_pb2.DESCRIPTOR.services_by_name["ClockService"]


class ClockRpc:
    """Serves doselane.clock.v1.ClockService. Only a gateway's clock can be moved, not the machine's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def GetClock(self, request: clock_pb2.GetClockRequest, call: Call) -> clock_pb2.Clock:
        """Returns the clock."""
        return self._shown()

    async def AdvanceClock(self, request: clock_pb2.AdvanceClockRequest, call: Call) -> clock_pb2.Clock:
        """Moves the clock on."""
        move = ClockMove(_to(request), call.caller.actor, request.reason, request_key_of(request, call.caller))
        if not isinstance(self._clock, GatewayClock):
            raise ClockFixed("This gateway goes by its machines' clocks; only a sandbox can be moved in time.")
        await self._clock.advance(move)
        return self._shown()

    def _shown(self) -> clock_pb2.Clock:
        movable = isinstance(self._clock, GatewayClock)
        shown = clock_pb2.Clock(name=NAME, time=stamp(self._clock.now()), movable=movable, ahead=Duration())
        if isinstance(self._clock, GatewayClock):
            shown.ahead.FromTimedelta(self._clock.ahead)
        return shown


def _to(request: clock_pb2.AdvanceClockRequest) -> datetime | timedelta:
    where = request.WhichOneof("to")
    if where is None:
        raise Invalid("Either `time` or `by` says where to.", field="to")
    if where == "time":
        return instant(request.time, "time")
    seconds, nanos = request.by.seconds, request.by.nanos
    if not (0 <= seconds <= MOVE_MAX.total_seconds() and 0 <= nanos < 1_000_000_000):
        raise Invalid(f"by must be from zero to {MOVE_MAX.days} days.", field="by")
    return timedelta(seconds=seconds, microseconds=nanos // 1000)
