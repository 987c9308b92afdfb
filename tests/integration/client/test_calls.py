"""The client's calls: repeated by the kind of what went wrong, under one id, with a token that is good."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import grpc
import pytest
from doselane import client
from doselane.client import Gateway
from doselane.exchange.v1 import exchange_pb2
from doselane.exchange.v1.exchange_pb2_grpc import ExchangeServiceStub
from doselane.slotting.v1 import slotting_pb2
from doselane.slotting.v1.slotting_pb2_grpc import SlottingServiceStub

from services.kernel.errors import Busy, Denied, Invalid, InvalidFields, NotFound, RuleViolation, Stale, Unavailable
from services.kernel.rpc.status import status_of
from tests.support.scripted_server import ScriptedServer, a_scripted_server

SLOT = slotting_pb2.Slot(name="slots/1", state=slotting_pb2.Slot.CONFIRMED)
CLAIM = slotting_pb2.ClaimSlotRequest(demand=slotting_pb2.SlotDemand(run="runs/1"))


class RunFull(RuleViolation):
    """As slotting says it."""

    reason = "RUN_FULL"


@pytest.fixture(scope="module")
async def serving() -> AsyncIterator[ScriptedServer]:
    services = (slotting_pb2.DESCRIPTOR, exchange_pb2.DESCRIPTOR)
    described = [each for proto in services for each in proto.services_by_name.values()]
    async with a_scripted_server(*described) as server:
        yield server


@pytest.fixture
def server(serving: ScriptedServer) -> ScriptedServer:
    serving.script, serving.asked = {}, []
    return serving


@pytest.fixture
async def slotting(server: ScriptedServer) -> AsyncIterator[Any]:
    async with Gateway(server.address, "a-token", call_s_max=20) as gateway:
        yield SlottingServiceStub(gateway)


async def test_a_claim_that_met_a_gateway_that_was_away_acts_once(server: ScriptedServer, slotting: Any) -> None:
    away = Unavailable("Away.", retry_after_ms=20)
    server.script["ClaimSlot"] = [away, grpc.StatusCode.UNAVAILABLE, SLOT]
    assert await slotting.ClaimSlot(CLAIM) == SLOT
    first, *more = (each.request_id for each in server.requests("ClaimSlot"))
    assert more == [first, first] and UUID(first).version == 7
    assert not CLAIM.request_id  # Made again, it is another claim.
    await slotting.ClaimSlot(CLAIM)
    assert server.requests("ClaimSlot")[-1].request_id != first


async def test_an_id_that_the_caller_gives_is_kept(server: ScriptedServer, slotting: Any) -> None:
    server.script["ClaimSlot"] = [SLOT]
    await slotting.ClaimSlot(slotting_pb2.ClaimSlotRequest(request_id="my-own"))
    assert server.requests("ClaimSlot")[0].request_id == "my-own"


async def test_each_claim_of_a_batch_has_an_id_that_is_kept_over_tries(server: ScriptedServer, slotting: Any) -> None:
    server.script["BatchClaimSlots"] = [Unavailable("Away."), slotting_pb2.BatchClaimSlotsResponse()]
    await slotting.BatchClaimSlots(slotting_pb2.BatchClaimSlotsRequest(requests=[CLAIM, CLAIM]))
    first, second = server.requests("BatchClaimSlots")
    assert first == second and len({each.request_id for each in first.requests}) == 2


async def test_a_try_whose_answer_is_lost_is_made_again_under_its_id(
    server: ScriptedServer, slotting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(request: Any, context: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr("doselane.client.gateway.TRY_S_MAX", 0.2)
    server.script["ClaimSlot"] = [never, SLOT]
    assert await slotting.ClaimSlot(CLAIM) == SLOT
    first, second = server.requests("ClaimSlot")
    assert first.request_id == second.request_id


async def test_what_never_answers_says_that_it_may_have_acted_and_how_to_find_out(
    server: ScriptedServer, slotting: Any
) -> None:
    async def never(request: Any, context: Any) -> Any:
        await asyncio.Event().wait()

    server.script["ClaimSlot"] = [never]
    with pytest.raises(client.DeadlinePassed) as failed:
        await slotting.ClaimSlot(CLAIM, timeout=0.2)
    assert failed.value.request_id == server.requests("ClaimSlot")[0].request_id in failed.value.remedy


@pytest.mark.parametrize(
    ("said", "kind", "reason"),
    [
        (RunFull("The run is full.", free_mbq=0), client.CallRefused, "RUN_FULL"),
        (Invalid("No.", field="demand.run"), client.InvalidRequest, "INVALID_ARGUMENT"),
        (NotFound("No."), client.ResourceNotFound, "NOT_FOUND"),
        (Stale("No."), client.ResourceChanged, "STALE"),
        (Denied("No.", scope="slotting.claim"), client.NotPermitted, "DENIED"),
        (grpc.StatusCode.INTERNAL, client.GatewayFault, ""),
        (grpc.StatusCode.UNIMPLEMENTED, client.CallNotServed, ""),
        (grpc.StatusCode.UNAUTHENTICATED, client.NotAuthenticated, ""),
    ],
)
async def test_what_waiting_does_not_mend_is_asked_once(
    server: ScriptedServer, slotting: Any, said: Any, kind: type[client.CallError], reason: str
) -> None:
    server.script["ClaimSlot"] = [said]
    with pytest.raises(kind) as failed:
        await slotting.ClaimSlot(CLAIM)
    assert type(failed.value) is kind and failed.value.reason == reason and failed.value.remedy
    assert len(server.asked) == 1


async def test_an_error_says_reason_facts_fields_and_what_to_do(server: ScriptedServer, slotting: Any) -> None:
    server.script["ClaimSlot"] = [RunFull("The run is full.", free_mbq=12)]
    with pytest.raises(client.CallRefused, match=r"RUN_FULL: The run is full\. What to do: Search") as refused:
        await slotting.ClaimSlot(CLAIM)
    assert refused.value.facts == {"free_mbq": "12"}
    server.script["ClaimSlot"] = [InvalidFields([("demand.run", "is required"), ("demand.site", "is required")])]
    with pytest.raises(client.InvalidRequest) as wrong:
        await slotting.ClaimSlot(CLAIM)
    assert wrong.value.violations == (("demand.run", "is required"), ("demand.site", "is required"))
    outcome = client.error_of(status_of(RunFull("The run is full.")))
    assert isinstance(outcome, client.CallRefused)  # of one result in a batch


async def test_what_is_full_is_asked_again_when_it_says_and_not_beyond_its_time(
    server: ScriptedServer, slotting: Any
) -> None:
    server.script["ReplayMessage"] = [Busy("Full.", retry_after_ms=10), exchange_pb2.Message(name="messages/1")]
    server.script["ClaimSlot"] = [Busy("Full.", retry_after_ms=3_600_000)]
    async with Gateway(server.address, "a-token") as gateway:
        # It was not begun, so it may be made again although it has no id.
        message = await ExchangeServiceStub(gateway).ReplayMessage(exchange_pb2.ReplayMessageRequest())
    assert message.name == "messages/1"
    with pytest.raises(client.GatewayBusy) as busy:
        await slotting.ClaimSlot(CLAIM)
    assert busy.value.retry_after_s == 3600 and "3600 s" in busy.value.remedy
    assert len(server.requests("ClaimSlot")) == 1


async def test_what_changes_something_and_has_no_id_is_not_made_again(server: ScriptedServer) -> None:
    server.script["ReplayMessage"] = [grpc.StatusCode.UNAVAILABLE]
    server.script["ListMessages"] = [grpc.StatusCode.UNAVAILABLE, exchange_pb2.ListMessagesResponse()]
    async with Gateway(server.address, "a-token") as gateway:
        exchange = ExchangeServiceStub(gateway)
        with pytest.raises(client.GatewayAway):
            await exchange.ReplayMessage(exchange_pb2.ReplayMessageRequest())
        await exchange.ListMessages(exchange_pb2.ListMessagesRequest())
    assert [name for name, *_ in server.asked] == ["ReplayMessage", "ListMessages", "ListMessages"]


async def test_pages_are_read_to_the_end(server: ScriptedServer, slotting: Any) -> None:
    page = slotting_pb2.ListSlotsResponse
    server.script["ListSlots"] = [
        page(slots=[slotting_pb2.Slot(name="slots/1"), slotting_pb2.Slot(name="slots/2")], next_page_token="two"),
        page(next_page_token="three"),  # A page may be empty and not the last.
        page(slots=[slotting_pb2.Slot(name="slots/3")]),
    ]
    asked = slotting_pb2.ListSlotsRequest(page_size=2)
    found = [each.name async for each in client.items(slotting.ListSlots, asked)]
    assert found == ["slots/1", "slots/2", "slots/3"] and not asked.page_token
    assert [each.page_token for each in server.requests("ListSlots")] == ["", "two", "three"]


async def test_a_call_that_will_go_away_is_told_to_the_developer(server: ScriptedServer, slotting: Any) -> None:
    async def old(request: Any, context: grpc.aio.ServicerContext) -> Any:
        context.set_trailing_metadata((("deprecation", "@1"), ("sunset", "Wed, 01 Sep 2027 00:00:00 GMT")))
        return SLOT

    server.script["GetSlot"] = [old]
    with pytest.warns(DeprecationWarning, match=r"SlottingService/GetSlot.* gone on Wed, 01 Sep 2027"):
        await slotting.GetSlot(slotting_pb2.GetSlotRequest())


@pytest.mark.parametrize("address", ["localhost:9090", "ftp://host", "https://", "https://host/path", "http://h:x"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"address|[Pp]ort"):
        Gateway(address, "token")


def test_an_address_may_leave_out_the_port_and_have_any_host() -> None:
    from doselane.client.gateway import target_of

    assert target_of("https://grpc.northlake.example") == ("grpc.northlake.example:443", True)
    assert target_of("http://[::1]:9090/") == ("[::1]:9090", False)
