"""How the door says no: tokens and scopes, bad input, deadlines, a queue that is full."""

import asyncio
import math
from datetime import timedelta
from typing import Any

from doselane.type.v1 import type_pb2 as types
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import RetryInfo

from services.kernel.errors import GatewayError, Kind
from services.kernel.rpc import DeadlineExceeded
from services.kernel.timestamps import stamp
from tests.support.slotting import GBQ, NORTHLAKE, a_claim
from tests.support.slotting_desk import a_desk, decided
from tests.support.slotting_door import METHODS, Door, a_door, status_behind

EACH_CALL = sorted(METHODS)
SCOPES = {"slotting.claim", "slotting.read", "capacity.plan", "masterdata.write", "operator"}
NEEDED = {
    **{method: {"slotting.claim"} for method in EACH_CALL},
    **{method: {"slotting.read"} for method in EACH_CALL if method.startswith(("Get", "List", "Search"))},
    "PreviewNetworkChange": {"masterdata.write", "operator"},
    "CutRunCapacity": {"capacity.plan", "operator"},
}


def any_request(method: str) -> Any:
    """A request of the method, empty."""
    return GetMessageClass(METHODS[method].methods_by_name[method].input_type)()


async def test_each_call_needs_a_token_and_its_scopes(door: Door):
    for method in EACH_CALL:
        nobody = await door.refusal(any_request(method), token="no-token")
        assert nobody.kind is Kind.UNAUTHENTICATED, method
        for missing in NEEDED[method]:
            refusal = await door.refusal(any_request(method), token=door.issuer.token(NORTHLAKE, SCOPES - {missing}))
            assert (refusal.reason, refusal.facts) == ("SCOPE_MISSING", {"scope": missing}), method


async def test_no_other_scope_is_needed(door: Door):
    lists = {method for method in EACH_CALL if method.startswith("List")}
    for method in set(EACH_CALL) - lists - {"PreviewNetworkChange"}:
        refusal = await door.refusal(any_request(method), token=door.issuer.token(NORTHLAKE, NEEDED[method]))
        assert refusal.kind is Kind.INVALID, method
        assert refusal.facts["field"], method


async def test_an_activity_that_is_none_is_refused_and_costs_nothing(door: Door):
    await door.desk.run()
    for mbq in (math.nan, math.inf, -math.inf, -1.0, 0.0, 1e300):
        wrong = types.Activity(activity_mbq=mbq, time=stamp(door.desk.now + timedelta(hours=48)))
        for request in (door.claim(administration=wrong), door.hold(administration=wrong)):
            refusal = await door.refusal(request)
            assert (refusal.kind, refusal.facts["field"]) == (Kind.INVALID, "demand.administration.activity_mbq")
    assert await door.desk.slots() == 0


async def test_a_huge_activity_that_a_dose_could_have_is_refused_with_what_a_vial_holds(door: Door):
    await door.desk.run()
    huge = types.Activity(activity_mbq=1e9, time=stamp(door.desk.now + timedelta(hours=48)))
    refusal = await door.refusal(door.claim(administration=huge))
    assert (refusal.reason, refusal.facts["vial_reference_kbq_max"]) == ("DECAYED_BELOW_MINIMUM", str(20 * GBQ))


async def test_a_deadline_ends_the_wait_and_a_repetition_finds_one_slot(door: Door):
    await door.desk.run()
    claim = door.claim()
    async with door.desk.database.transaction() as connection:
        await decided(connection, a_claim(door.desk.demand()))
        assert isinstance(await door.refusal(claim, timeout_s=0.2), DeadlineExceeded)
    await door.call(claim)
    assert await door.desk.slots() == 2


async def test_a_full_queue_says_when_to_come_again(dsn: str):
    async with a_desk(dsn, queue_max=1) as desk, a_door(desk) as door:
        await desk.run()
        async with desk.database.transaction() as connection:
            await decided(connection, a_claim(desk.demand()))
            in_hand = asyncio.create_task(door.call(door.claim()))
            await desk.until_waiting_for_locks()
            answers = [asyncio.create_task(door.call(door.claim())) for _ in range(2)]
            done, waiting = await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
            full = done.pop().exception()
        assert isinstance(full, GatewayError)
        assert (full.kind, full.reason, full.facts["retry_after_ms"]) == (Kind.BUSY, "QUEUE_FULL", "100")
        status, retry = status_behind(full), RetryInfo()
        assert status.code == 8  # RESOURCE_EXHAUSTED
        assert any(detail.Unpack(retry) for detail in status.details)
        assert retry.retry_delay.ToMilliseconds() == 100
        await in_hand
        await waiting.pop()  # it had its place in the queue
        assert await desk.slots() == 3
