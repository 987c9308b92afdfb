"""Moving the gateway's clock on, as a sandbox may: through the public call, which every service then follows."""

import re
from datetime import UTC, datetime, timedelta

from doselane.clock.v1 import clock_pb2

from services.kernel.errors import RuleViolation
from services.kernel.gateway_clock import ClockBackwards
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.demo.doors import Program

UNITS = {"m": "minutes", "h": "hours", "d": "days"}

Destination = datetime | timedelta


def place_of(text: str) -> Destination:
    """A distance such as `+90m`, `+36h` or `+3d`, or an instant as RFC 3339 writes it; ValueError if neither."""
    if found := re.fullmatch(r"\+(\d{1,6})([mhd])", text):
        return timedelta(**{UNITS[found[2]]: int(found[1])})
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("An instant needs a zone, such as Z.")
    return instant.astimezone(UTC)


async def advance(staff: Program, to: Destination, why: str) -> datetime:
    """Moves the clock on as the manufacturer's staff; the instant at which it then stands."""
    request = clock_pb2.AdvanceClockRequest(request_id=str(uuid7()), reason=why)
    if isinstance(to, timedelta):
        request.by.FromTimedelta(to)
    else:
        request.time.CopyFrom(stamp(to))
    clock = await staff.call("ClockService", "AdvanceClock", request)
    return instant_of(clock)


async def reach(staff: Program, instant: datetime, why: str) -> datetime:
    """Moves the clock on to an instant, unless it is over by itself; the instant at which it then stands."""
    present = await now(staff)
    if present >= instant:
        return present
    try:
        return await advance(staff, instant, why)
    except RuleViolation as refused:
        if refused.reason != ClockBackwards.reason:
            raise
        return await now(staff)  # it came while the clock was asked


async def now(program: Program) -> datetime:
    """What the gateway's clock tells a program."""
    return instant_of(await program.call("ClockService", "GetClock", clock_pb2.GetClockRequest()))


def instant_of(clock: clock_pb2.Clock) -> datetime:
    """The present instant in an answer about the clock."""
    return clock.time.ToDatetime(tzinfo=UTC)
