"""One clock for the whole gateway: a hold, a cut-off, a token and what a courier says all follow it."""

from datetime import timedelta

import httpx
import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.clock.v1 import clock_pb2
from doselane.slotting.v1 import slotting_pb2

from services.kernel.errors import Denied, GatewayError, Unauthenticated
from services.kernel.ids import uuid7
from services.local.world import PARCEL_CREDENTIAL
from tests.support.gateway import Desk


async def advance(desk: Desk, **to: object) -> clock_pb2.Clock:
    """Moves the gateway's clock on."""
    request = clock_pb2.AdvanceClockRequest(request_id=str(uuid7()), reason="a test", **to)  # type: ignore[arg-type]
    return await desk.call("ClockService/AdvanceClock", request, desk.staff)


async def state_of(desk: Desk, run: str, token: str) -> int:
    state: int = (await desk.call("CapacityService/GetRun", capacity_pb2.GetRunRequest(name=run), token)).state
    return state


async def test_holds_cut_offs_and_tokens_follow_the_clock(desk: Desk):
    run, sponsor = await desk.open_run(), desk.sponsor()
    hold = slotting_pb2.HoldSlotRequest(demand=desk.demand(run), hold_minutes=10, request_id=str(uuid7()))
    held = await desk.call("SlottingService/HoldSlot", hold, sponsor)
    await advance(desk, by=timedelta(minutes=10))
    seen = await desk.call("SlottingService/GetSlot", slotting_pb2.GetSlotRequest(name=held.name), sponsor)
    assert seen.state == slotting_pb2.Slot.EXPIRED
    assert await state_of(desk, run, sponsor) == capacity_pb2.Run.OPEN
    clock = await advance(desk, by=timedelta(hours=20))
    assert (clock.ahead.seconds, clock.movable) == (20 * 3600 + 600, True)
    with pytest.raises(Unauthenticated) as expired:
        await state_of(desk, run, sponsor)
    assert expired.value.reason == "TOKEN_EXPIRED"
    sponsor = desk.sponsor()
    assert await state_of(desk, run, sponsor) == capacity_pb2.Run.CLOSED
    with pytest.raises(GatewayError) as refusal:
        await desk.claim(run, sponsor)
    assert refusal.value.reason == "CUTOFF_PASSED"


async def test_what_a_courier_says_is_judged_by_the_gateways_clock(desk: Desk):
    """Two days ahead by the machine's clock is the present, once the gateway has gone there."""
    at = desk.now + timedelta(days=2)
    message = {
        "trackingNumber": "1Z0000000000000177",
        "gmtActivityDate": at.strftime("%Y%m%d"),
        "gmtActivityTime": at.strftime("%H%M%S"),
        "localActivityDate": at.strftime("%Y%m%d"),
        "localActivityTime": at.strftime("%H%M%S"),
        "activityStatus": {"type": "I", "code": "038", "description": "Picked up"},
    }
    async with httpx.AsyncClient(
        base_url=desk.gateway.rest_url, headers={"credential": PARCEL_CREDENTIAL}, timeout=60
    ) as courier:
        before = await courier.post("/push/ups/swiftline", json=message)
        await advance(desk, by=timedelta(days=2))
        after = await courier.post("/push/ups/swiftline", json=message)
    assert (before.is_success, after.is_success) == (False, True), (before.text, after.text)


async def test_everybody_reads_the_clock_and_only_the_manufacturers_staff_moves_it(desk: Desk):
    request = clock_pb2.AdvanceClockRequest(by=timedelta(days=1), request_id=str(uuid7()))
    with pytest.raises(Denied):
        await desk.call("ClockService/AdvanceClock", request, desk.sponsor())
    with pytest.raises(Denied):
        partner = desk.gateway.token("partners/northlake-oncology", "clock.advance")
        await desk.call("ClockService/AdvanceClock", request, partner)
    clock = await desk.call("ClockService/GetClock", clock_pb2.GetClockRequest(), desk.sponsor())
    assert clock.ahead.seconds == 0
    assert abs(clock.time.ToDatetime() - desk.now.replace(tzinfo=None)) < timedelta(minutes=5)


async def test_over_rest_the_clock_is_moved_to_an_instant_and_never_back(desk: Desk):
    bearer = {"authorization": f"Bearer {desk.staff}"}
    async with httpx.AsyncClient(base_url=desk.gateway.rest_url, headers=bearer, timeout=60) as staff:
        instant = (desk.now + timedelta(minutes=30)).isoformat()
        move = {"time": instant, "requestId": str(uuid7())}
        moved, again = [await staff.post("/v1/clock:advance", json=move) for _ in range(2)]
        assert moved.status_code == again.status_code == 200, again.text
        assert moved.json()["ahead"] == again.json()["ahead"]
        back = await staff.post("/v1/clock:advance", json={"time": instant, "requestId": str(uuid7())})
        nowhere = await staff.post("/v1/clock:advance", json={"requestId": str(uuid7())})
        assert (back.json()["reason"], nowhere.json()["reason"]) == ("CLOCK_BACKWARDS", "INVALID_ARGUMENT")
        assert (await staff.get("/v1/clock")).json()["movable"] is True
