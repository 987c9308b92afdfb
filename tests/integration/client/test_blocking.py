"""The client for programs without coroutines: the same calls and streams, from a thread that knows no loop."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from doselane.client import BlockingGateway, CallRefused, items
from doselane.slotting.v1 import slotting_pb2
from doselane.slotting.v1.slotting_pb2_grpc import SlottingServiceStub
from doselane.streams.v1 import feed_pb2
from doselane.streams.v1.feed_pb2_grpc import FeedServiceStub

from services.kernel.errors import RuleViolation, Unavailable
from tests.support.scripted_server import ScriptedServer, a_scripted_server

SLOT = slotting_pb2.Slot(name="slots/1", state=slotting_pb2.Slot.CONFIRMED)


class RunFull(RuleViolation):
    """As slotting says it."""

    reason = "RUN_FULL"


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[ScriptedServer]:
    described = [each for proto in (slotting_pb2, feed_pb2) for each in proto.DESCRIPTOR.services_by_name.values()]
    async with a_scripted_server(*described) as opened:
        yield opened


def a_program(address: str) -> list[Any]:
    """What somebody does who blocks: what was answered, in order."""
    with BlockingGateway(address, "a-token", call_s_max=20) as gateway:
        slotting: Any = SlottingServiceStub(gateway)
        found: list[Any] = [slotting.ClaimSlot(slotting_pb2.ClaimSlotRequest(), timeout=10)]
        with pytest.raises(CallRefused) as refused:
            slotting.ClaimSlot(slotting_pb2.ClaimSlotRequest())
        found.append(refused.value.reason)
        listed = items(SlottingServiceStub(gateway.calls).ListSlots, slotting_pb2.ListSlotsRequest())
        found += [slot.name for slot in gateway.each(listed)]
        feed: Any = FeedServiceStub(gateway)
        told = feed.Subscribe(feed_pb2.SubscribeRequest())
        found.append(next(told).cursor)
        told.close()
    gateway.close()
    return found


async def test_calls_block_are_repeated_and_refused_and_lists_and_streams_are_gone_through(
    server: ScriptedServer,
) -> None:
    page = slotting_pb2.ListSlotsResponse
    server.script = {
        "ClaimSlot": [Unavailable("Away.", retry_after_ms=20), SLOT, RunFull("The run is full.")],
        "ListSlots": [page(slots=[slotting_pb2.Slot(name="slots/1")], next_page_token="n"),
                      page(slots=[slotting_pb2.Slot(name="slots/2")])],
        "Subscribe": [[feed_pb2.SubscribeResponse(cursor=f"c{number}") for number in (1, 2)]],
    }  # fmt: skip
    found = await asyncio.to_thread(a_program, server.address)
    assert found == [SLOT, "RUN_FULL", "slots/1", "slots/2", "c1"]
    first, second, _ = server.requests("ClaimSlot")
    assert first.request_id == second.request_id
