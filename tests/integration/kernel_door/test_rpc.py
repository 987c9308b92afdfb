"""Calls over real connections: what surrounds them, and how they fail."""

import asyncio
import json
import subprocess
import time
from contextlib import AsyncExitStack, aclosing

import grpc.aio
import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.slotting.v1 import slotting_pb2 as pb
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2, health_pb2_grpc
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.kernel import rpc, telemetry
from services.kernel.errors import Busy, Denied, GatewayError, Invalid, NotFound, Stale, Unauthenticated, Unavailable
from services.kernel.rpc.client import gateway_error
from services.kernel.rpc.handler import UNARY_DEADLINE_S
from services.kernel.rpc.status import DETAILS_KEY
from tests.integration.kernel_door.conftest import CAPACITY, SCOPES, SLOTTING
from tests.support import tools
from tests.support.tokens import anything
from tests.support.traces import server_span


async def test_a_call_is_answered_for_the_partner_its_token_names(client, twin):
    slot = await client.call("GetSlot", pb.GetSlotRequest(name="slots/1"))
    assert slot.partner == "partners/acme"
    [call] = twin.calls
    assert call.caller.actor == "acme-orchestrator"
    assert call.token.count(".") == 2
    assert call.token not in repr(call)


@pytest.mark.parametrize(
    ("name", "error", "reason", "facts"),
    [
        ("slots/invalid", Invalid, "INVALID_ARGUMENT", {"field": "name"}),
        ("slots/none", NotFound, "NOT_FOUND", {"name": "slots/none"}),
        ("slots/full", rpc.RuleViolation, "RUN_FULL", {"run": "runs/1", "free_kbq": "0"}),
        ("slots/stale", Stale, "STALE", {}),
        ("slots/busy", Busy, "QUEUE_FULL", {"retry_after_ms": "250"}),
    ],
)
async def test_an_error_arrives_as_it_was_raised(client, name, error, reason, facts):
    with pytest.raises(error) as raised:
        await client.call("GetSlot", pb.GetSlotRequest(name=name))
    assert (raised.value.reason, dict(raised.value.facts)) == (reason, facts)


async def raw_error(client: rpc.Client, name: str) -> grpc.aio.AioRpcError:
    with pytest.raises(GatewayError) as raised:
        await client.call("GetSlot", pb.GetSlotRequest(name=name), timeout_s=0.5)
    assert isinstance(raised.value.__cause__, grpc.aio.AioRpcError)
    return raised.value.__cause__


@pytest.mark.parametrize(
    ("name", "code", "details"),
    [
        ("slots/invalid", "INVALID_ARGUMENT", [ErrorInfo, BadRequest]),
        ("slots/none", "NOT_FOUND", [ErrorInfo]),
        ("slots/full", "FAILED_PRECONDITION", [ErrorInfo]),
        ("slots/stale", "ABORTED", [ErrorInfo]),
        ("slots/busy", "RESOURCE_EXHAUSTED", [ErrorInfo, RetryInfo]),
        ("slots/away", "UNAVAILABLE", [ErrorInfo]),
    ],
)
async def test_an_error_is_a_status_with_the_standard_details(client, name, code, details):
    error = await raw_error(client, name)
    status = Status.FromString(dict(error.trailing_metadata())[DETAILS_KEY])
    assert error.code().name == code
    assert (status.code, status.message) == (error.code().value[0], error.details())
    for kind, packed in zip(details, status.details, strict=True):
        assert packed.Unpack(kind())
    info = ErrorInfo()
    status.details[0].Unpack(info)
    assert info.domain == "doselane.io"


async def test_a_fault_of_ours_is_told_by_a_reference_and_nothing_else(client, caplog):
    with pytest.raises(rpc.RemoteFault) as raised:
        await client.call("GetSlot", pb.GetSlotRequest(name="slots/broken"))
    assert "secret" not in str(raised.value)
    reference = raised.value.facts["reference"]
    assert raised.value.reason == "INTERNAL"
    assert reference in caplog.text
    assert "secret inside" in caplog.text


async def test_facts_too_long_for_a_trailer_are_cut_between_names_and_the_cut_is_told(client):
    with pytest.raises(rpc.RuleViolation) as raised:
        await client.call("GetSlot", pb.GetSlotRequest(name="slots/many"))
    facts = raised.value.facts
    assert facts["facts_cut"].startswith("slots")
    assert all(len(name) == len("slots/") + 32 for name in facts["slots"].split(","))


async def test_an_answer_of_another_type_than_promised_is_a_fault_of_ours(client):
    with pytest.raises(rpc.RemoteFault):
        await client.call("ListSlots", pb.ListSlotsRequest())


async def test_an_answer_may_be_encoded_already(client):
    found = await client.call("GetAvailability", pb.GetAvailabilityRequest(name="runs/1/availability"))
    assert found.name == "runs/1/availability"


async def test_a_call_without_a_token_is_not_let_in(client):
    client._token = None
    with pytest.raises(Unauthenticated) as raised:
        await client.call("GetSlot", pb.GetSlotRequest())
    assert raised.value.reason == "TOKEN_MISSING"


async def test_a_token_without_the_scope_is_denied_and_the_scope_named(client, issuer):
    with pytest.raises(Denied) as raised:
        await client.call("GetSlot", pb.GetSlotRequest(), token=issuer.token("partners/acme", ["slotting.claim"]))
    assert (raised.value.reason, dict(raised.value.facts)) == ("SCOPE_MISSING", {"scope": "slotting.read"})


async def test_a_token_admitted_to_one_call_is_not_admitted_to_another(client, issuer):
    narrow = issuer.token("partners/acme", ["slotting.read"])
    assert await client.call("GetSlot", pb.GetSlotRequest(name="slots/1"), token=narrow)
    with pytest.raises(Denied):
        await client.call("HoldSlot", pb.HoldSlotRequest(), token=narrow)


async def test_a_token_may_come_from_a_coroutine(server, token):
    async def fetch() -> str:
        return token

    async with rpc.Client(f"127.0.0.1:{server.port}", SLOTTING, fetch) as client:
        assert await client.call("GetSlot", pb.GetSlotRequest(name="slots/1"))


async def test_every_call_has_a_deadline_also_one_that_brings_none(server, token, twin):
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        get = channel.unary_unary(
            f"/{SLOTTING.full_name}/GetSlot", request_serializer=pb.GetSlotRequest.SerializeToString
        )
        await get(pb.GetSlotRequest(name="slots/1"), metadata=(("authorization", f"Bearer {token}"),))
    assert 0 < twin.calls[0].deadline - time.monotonic() <= UNARY_DEADLINE_S


async def test_a_call_without_a_deadline_ends_at_ours(monkeypatch, issuer, twin, token):
    monkeypatch.setattr("services.kernel.rpc.handler.UNARY_DEADLINE_S", 0.05)
    server = rpc.Server("127.0.0.1:0", issuer.verifier(), judge=anything)
    server.add(SLOTTING, twin)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        claim = channel.unary_unary(
            f"/{SLOTTING.full_name}/ClaimSlot", request_serializer=pb.ClaimSlotRequest.SerializeToString
        )
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await claim(pb.ClaimSlotRequest(), metadata=(("authorization", f"Bearer {token}"),))
    await server.stop(0)
    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert twin.cancelled.is_set()


async def test_work_stops_when_the_callers_deadline_has_passed(client, twin):
    with pytest.raises(rpc.DeadlineExceeded):
        await client.call("ClaimSlot", pb.ClaimSlotRequest(), timeout_s=0.1)
    await asyncio.wait_for(twin.cancelled.wait(), 60)


async def test_a_body_that_cannot_be_read_is_told_so(server, token):
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await channel.unary_unary(f"/{SLOTTING.full_name}/GetSlot")(
                b"\xff\xff\xff", metadata=(("authorization", f"Bearer {token}"),)
            )
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "doselane.slotting.v1.GetSlotRequest" in raised.value.details()


async def test_a_message_larger_than_four_megabytes_is_refused(server, token):
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await channel.unary_unary(f"/{SLOTTING.full_name}/GetSlot")(
                b"\n" * (5 << 20), metadata=(("authorization", f"Bearer {token}"),)
            )
    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_more_calls_of_a_caller_than_its_share_are_refused_with_a_time_to_come_again(issuer, twin, token):
    server = rpc.Server("127.0.0.1:0", issuer.verifier(), unary_at_once_max=8, judge=anything)
    server.add(SLOTTING, twin)
    await server.start()
    async with rpc.Client(f"127.0.0.1:{server.port}", SLOTTING, token) as client:
        calls = [asyncio.ensure_future(client.call("ClaimSlot", pb.ClaimSlotRequest())) for _ in range(5)]
        done, waiting = await asyncio.wait(calls, timeout=60, return_when=asyncio.FIRST_EXCEPTION)
        while len(done) < 3:
            more, waiting = await asyncio.wait(waiting, timeout=60, return_when=asyncio.FIRST_EXCEPTION)
            done |= more
        assert {type(call.exception()) for call in done} == {Busy}
        assert {call.exception().reason for call in done} == {"SERVER_FULL"}
        assert all(call.exception().facts["retry_after_ms"] == "100" for call in done)
        other = issuer.token("partners/other", SCOPES)
        assert await client.call("GetSlot", pb.GetSlotRequest(name="slots/1"), token=other)
        twin.let_go.set()
        assert len(await asyncio.gather(*waiting)) == 2
        assert await client.call("ClaimSlot", pb.ClaimSlotRequest())
    await server.stop(0)


async def test_streams_have_a_share_for_each_caller(issuer, watch, token):
    server = rpc.Server("127.0.0.1:0", issuer.verifier(), streams_at_once_max=8, judge=anything)
    server.add(CAPACITY, watch)
    await server.start()
    other = issuer.token("partners/other", SCOPES)
    async with rpc.Client(f"127.0.0.1:{server.port}", CAPACITY, token) as client, AsyncExitStack() as open_streams:
        request = capacity_pb2.WatchRunsRequest()
        for _ in range(2):
            stream = await open_streams.enter_async_context(aclosing(client.stream("WatchRuns", request)))
            assert await anext(stream)
        with pytest.raises(Busy):
            await anext(client.stream("WatchRuns", request))
        async with aclosing(client.stream("WatchRuns", request, token=other)) as stream:
            assert await anext(stream)
    await server.stop(0)


@pytest.mark.parametrize("method", ["GetSlot", "WatchRuns"])
async def test_two_tokens_in_one_call_are_refused(server, token, method):
    service = SLOTTING if method == "GetSlot" else CAPACITY
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        make = channel.unary_unary if method == "GetSlot" else channel.unary_stream
        call = make(f"/{service.full_name}/{method}")(b"", metadata=(("authorization", f"Bearer {token}"),) * 2)
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await (call if method == "GetSlot" else call.read())
    error = gateway_error(raised.value)
    assert (error.reason, error.facts) == ("HEADER_REPEATED", {"field": "authorization"})


async def test_a_token_as_long_as_may_be_is_taken_and_a_longer_one_is_no_token(server, issuer):
    for padding, reason in ((5800, "NOT_FOUND"), (6500, "TOKEN_MALFORMED")):
        token = issuer.token("partners/acme", ["slotting.read", "x" * padding])
        async with rpc.Client(f"127.0.0.1:{server.port}", SLOTTING, token) as client:
            with pytest.raises(GatewayError) as raised:
                await client.call("GetSlot", pb.GetSlotRequest(name="slots/none"))
        assert raised.value.reason == reason


async def test_a_server_that_is_away_for_a_moment_is_tried_again(client, twin):
    twin.fails_first = 2
    assert await client.call("GetSlot", pb.GetSlotRequest(name="slots/1"))
    assert len(twin.calls) == 3


async def test_a_server_that_stays_away_is_not_tried_past_the_deadline(token):
    async with rpc.Client("127.0.0.1:1", SLOTTING, token) as client:
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await client.call("GetSlot", pb.GetSlotRequest(), timeout_s=0.4)
        assert time.monotonic() - started < 2


async def test_a_stream_yields_messages_and_what_is_encoded_already(server, token, watch):
    async with rpc.Client(f"127.0.0.1:{server.port}", CAPACITY, token) as client:
        cursors = []
        async for answer in client.stream("WatchRuns", capacity_pb2.WatchRunsRequest()):
            cursors.append(answer.cursor)
            if len(cursors) == 3:
                break
    assert cursors == ["0", "1", "2"]


async def test_a_watcher_who_leaves_ends_the_servers_generator_at_once(server, token, watch):
    async with rpc.Client(f"127.0.0.1:{server.port}", CAPACITY, token) as client:
        stream = client.stream("WatchRuns", capacity_pb2.WatchRunsRequest())
        await anext(stream)
        await stream.aclose()
        await asyncio.wait_for(watch.ended.wait(), 60)


async def test_a_stream_that_fails_says_why_after_what_it_had_to_say(server, token):
    async with rpc.Client(f"127.0.0.1:{server.port}", CAPACITY, token) as client:
        stream = client.stream("WatchRuns", capacity_pb2.WatchRunsRequest(product="products/expired"))
        assert [(await anext(stream)).cursor for _ in range(3)] == ["0", "1", "2"]
        with pytest.raises(Invalid) as raised:
            await anext(stream)
    assert raised.value.facts["earliest"] == "2"


async def test_a_stream_needs_its_scope_too(server, issuer):
    token = issuer.token("partners/acme", ["slotting.read"])
    async with rpc.Client(f"127.0.0.1:{server.port}", CAPACITY, token) as client:
        with pytest.raises(Denied):
            await anext(client.stream("WatchRuns", capacity_pb2.WatchRunsRequest()))


async def test_a_stream_ends_with_the_server(server, token, watch):
    async with rpc.Client(f"127.0.0.1:{server.port}", CAPACITY, token) as client:
        stream = client.stream("WatchRuns", capacity_pb2.WatchRunsRequest())
        await anext(stream)
        await server.stop(0.1)
        with pytest.raises(GatewayError):
            while True:
                await anext(stream)
    assert watch.ended.is_set()


async def test_stopping_lets_a_running_call_end(server, client, twin):
    call = asyncio.ensure_future(client.call("ClaimSlot", pb.ClaimSlotRequest()))
    await twin.begun.wait()
    stopping = asyncio.ensure_future(server.stop(5))
    twin.let_go.set()
    assert (await call).name == "slots/claimed"
    await stopping


async def test_health_is_told_to_anyone(server):
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", SLOTTING.full_name, CAPACITY.full_name):
            answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        await server.serving(False)
        answer = await health.Check(health_pb2.HealthCheckRequest(service=SLOTTING.full_name))
        assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING


async def test_calls_are_counted_by_method_and_outcome(client, measured):
    await client.call("GetSlot", pb.GetSlotRequest(name="slots/1"))
    with pytest.raises(NotFound):
        await client.call("GetSlot", pb.GetSlotRequest(name="slots/none"))
    text = measured.metrics_text().decode()
    for code in ("OK", "NOT_FOUND"):
        labels = f'rpc_grpc_status_code="{code}",rpc_method="{SLOTTING.full_name}.GetSlot"'
        assert f"rpc_server_duration_seconds_count{{{labels}}} 1.0" in text


async def test_the_trace_goes_on_from_the_caller_through_the_server(issuer, twin, token):
    spans = InMemorySpanExporter()
    measured = telemetry.setup("twin", exporter=spans, share=0.0, environ={})
    server = rpc.Server("127.0.0.1:0", issuer.verifier(), measured, judge=anything)
    server.add(SLOTTING, twin)
    await server.start()
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with server_span("orchestrator", trace):
        async with rpc.Client(f"127.0.0.1:{server.port}", SLOTTING, token) as client:
            await client.call("GetAvailability", pb.GetAvailabilityRequest(name="runs/1/availability"))
    await server.stop(0)
    look, call = spans.get_finished_spans()
    assert f"{call.context.trace_id:032x}" == f"{look.context.trace_id:032x}" == trace[3:35] == twin.traces[0][3:35]
    assert look.parent.span_id == call.context.span_id
    assert call.resource.attributes["service.name"] == "twin"


def test_a_method_without_a_scope_is_not_served(issuer):
    from grpc_health.v1 import health_pb2

    server = rpc.Server("127.0.0.1:0", issuer.verifier(), judge=anything)
    servicer = type("Servicer", (), dict.fromkeys(("Check", "List", "Watch"), print))()
    with pytest.raises(TypeError, match="required_scope"):
        server.add(health_pb2.DESCRIPTOR.services_by_name["Health"], servicer)


def test_a_servicer_that_lacks_a_method_is_not_served(issuer):
    with pytest.raises(TypeError, match="does not serve"):
        rpc.Server("127.0.0.1:0", issuer.verifier()).add(SLOTTING, object())


async def test_grpcurl_lists_describes_and_calls(server, token):
    async def grpcurl(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(tools.grpcurl()), "-plaintext", *arguments]
        return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=30)

    address, bearer = f"127.0.0.1:{server.port}", ("-H", f"authorization: Bearer {token}")
    listed = await grpcurl(address, "list")
    assert SLOTTING.full_name in listed.stdout.split()
    described = await grpcurl(address, "describe", f"{SLOTTING.full_name}.GetSlot")
    assert "rpc GetSlot" in described.stdout
    called = await grpcurl(*bearer, "-d", '{"name": "slots/1"}', address, f"{SLOTTING.full_name}/GetSlot")
    assert json.loads(called.stdout)["partner"] == "partners/acme"
    refused = await grpcurl(*bearer, "-d", '{"name": "slots/full"}', address, f"{SLOTTING.full_name}/GetSlot")
    assert "FailedPrecondition" in refused.stderr
    assert "RUN_FULL" in refused.stderr
