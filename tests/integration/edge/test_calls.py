"""Calls over HTTP: every binding reaches its method with what the address, the query and the body say."""

import asyncio

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.slotting.v1 import slotting_pb2 as pb
from doselane.type.v1 import type_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from services.edge.api import load
from services.kernel import rpc
from services.kernel.errors import (
    Busy,
    Denied,
    GatewayError,
    Invalid,
    InvalidFields,
    Kind,
    NotFound,
    Stale,
    Unavailable,
)
from tests.integration.edge.conftest import Behind, open_door, served_twins

CLAIM = {
    "demand": {
        "run": "runs/lu-1",
        "site": "sites/essen",
        "administration": {"activityMbq": 7400.5, "time": "2026-12-03T09:30:00.25+01:00"},
        "orderReference": "4711",
    },
    "requestId": "0198c0de-0000-7000-8000-000000000001",
}


class RunFull(GatewayError):
    kind, reason = Kind.REFUSED, "RUN_FULL"


async def test_a_claim_reaches_slotting_as_it_was_meant(client, behind):
    behind.answers["ClaimSlot"] = pb.Slot(name="slots/1", state=pb.Slot.CONFIRMED, reference_activity_kbq=8_000_000)
    answer = await client.post("/v1/slots:claim", json=CLAIM)
    assert answer.status_code == 200
    assert behind.request == pb.ClaimSlotRequest(
        demand=pb.SlotDemand(
            run="runs/lu-1",
            site="sites/essen",
            administration=type_pb2.Activity(
                activity_mbq=7400.5, time=Timestamp(seconds=1796286600, nanos=250_000_000)
            ),
            order_reference="4711",
        ),
        request_id=CLAIM["requestId"],
    )
    slot = answer.json()
    assert (slot["name"], slot["state"], slot["referenceActivityKbq"]) == ("slots/1", "CONFIRMED", "8000000")
    assert (slot["atRisk"], slot["lane"]) == (False, "")  # without a value, and still there
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("binding", load().bindings, ids=lambda binding: binding.method.name)
async def test_every_binding_reaches_its_method(client, behind, binding):
    path, names = binding.template.openapi(load().singular_of)
    for name in names:
        path = path.replace(f"{{{name}}}", f"some-{name}")
    if binding.streams:
        behind.answers[binding.method.name] = lambda _: _nothing()
    body = {"json": {}} if binding.body else {}
    answer = await client.request(binding.http_method, path, **body)
    assert answer.status_code == 200, answer.text
    [(name, request, call)] = behind.seen
    assert (name, call.caller.partner) == (binding.method.name, "partners/acme")
    for field in binding.template.fields:
        value = request
        for part in field.split("."):
            value = getattr(value, part)
        assert f"some-{names[0]}" in value


async def _nothing():
    for _ in ():
        yield _


async def test_names_of_the_protos_are_read_too(client, behind):
    await client.post("/v1/slots:claim", json={"request_id": "a", "demand": {"order_reference": "b"}})
    assert (behind.request.request_id, behind.request.demand.order_reference) == ("a", "b")


async def test_query_parameters_fill_fields(client, behind):
    query = "pageSize=7&page_token=t%20%C3%A9&states=HELD&states=2&run=runs/1&orderReference="
    assert (await client.get(f"/v1/slots?{query}")).status_code == 200
    assert behind.request == pb.ListSlotsRequest(page_size=7, page_token="t é", states=[1, 2], run="runs/1")


async def test_instants_in_the_query_are_rfc_3339(client, behind):
    await client.get("/v1/runs", params={"endOfSynthesisFromTime": "2026-12-01T00:00:00Z"})
    assert behind.request == capacity_pb2.ListRunsRequest(end_of_synthesis_from_time=Timestamp(seconds=1796083200))


async def test_a_percent_encoded_id_arrives_decoded(client, behind):
    await client.get("/v1/slots/a%3Ab%C3%A9")
    assert behind.request.name == "slots/a:bé"


async def test_the_header_idempotency_key_fills_the_request_id(client, behind):
    await client.post("/v1/slots/1:confirm", json={}, headers={"idempotency-key": '"0198-x"'})
    assert behind.request == pb.ConfirmSlotRequest(name="slots/1", request_id="0198-x")


async def test_the_same_id_in_header_and_body_is_taken_and_another_is_refused(client, behind):
    for key, status in (("a", 200), ("b", 400)):
        answer = await client.post("/v1/slots/1:confirm", json={"requestId": "a"}, headers={"idempotency-key": key})
        assert answer.status_code == status
    assert len(behind.seen) == 1


async def test_an_empty_body_is_an_empty_request(client, behind):
    answer = await client.post("/v1/slots/1:confirm", headers={"idempotency-key": "a"})
    assert answer.status_code == 200
    assert behind.request.name == "slots/1"


@pytest.mark.parametrize(
    ("error", "status", "reason", "facts"),
    [
        (Invalid("Wrong.", field="demand.run"), 400, "INVALID_ARGUMENT", {"field": "demand.run"}),
        (Denied("No."), 403, "DENIED", {}),
        (NotFound("None."), 404, "NOT_FOUND", {}),
        (RunFull("Full.", free_kbq=12), 409, "RUN_FULL", {"free_kbq": "12"}),
        (Stale("Changed."), 409, "STALE", {}),
        (Busy("Full.", retry_after_ms=2500), 429, "QUEUE_FULL", {"retry_after_ms": "2500"}),
        # What a header says of waiting the facts say too: some readers see no headers.
        (Unavailable("Away."), 503, "UNAVAILABLE", {"retry_after_ms": "1000"}),
    ],
)
async def test_a_refusal_arrives_as_a_problem_with_its_reason_and_facts(client, behind, error, status, reason, facts):
    behind.answers["GetSlot"] = error
    answer = await client.get("/v1/slots/1")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["reason"], problem["facts"]) == (status, reason, facts)
    assert (problem["detail"], problem["instance"]) == (error.message, "/v1/slots/1")
    assert problem["type"] == f"urn:doselane:problem:{reason}"
    assert problem["trace_id"] == answer.headers["x-trace-id"]
    assert answer.headers.get("retry-after") == {"QUEUE_FULL": "3", "UNAVAILABLE": "1"}.get(reason)


async def test_a_refusal_names_fields_as_json_spells_them_and_leaves_the_facts_of_others_alone(client, behind):
    behind.answers["ClaimSlot"] = InvalidFields(
        [("demand.administration.activity_mbq", "is too little"), ("request_id", "must be a UUID")]
    )
    problem = (await client.post("/v1/slots:claim", json={})).json()
    assert problem["facts"] == {
        "field": "demand.administration.activityMbq",
        "violations": "demand.administration.activityMbq is too little; requestId must be a UUID",
    }
    assert "requestId must be a UUID" in problem["detail"] and "_" not in problem["detail"]
    behind.answers["ClaimSlot"] = RunFull("order_reference is no field here.", order_reference="order_reference")
    problem = (await client.post("/v1/slots:claim", json={})).json()
    assert problem["facts"] == {"order_reference": "order_reference"}


async def test_a_fault_behind_the_door_is_told_by_its_reference(client, behind):
    behind.answers["GetSlot"] = ZeroDivisionError("secret")
    answer = await client.get("/v1/slots/1")
    assert (answer.status_code, answer.json()["reason"]) == (500, "INTERNAL")
    assert len(answer.json()["facts"]["reference"]) == 32
    assert "secret" not in answer.text


async def test_errors_inside_a_batch_keep_their_details(client, behind):
    refused = rpc.status_of(RunFull("Full.", run="runs/1"))
    behind.answers["BatchClaimSlots"] = pb.BatchClaimSlotsResponse(results=[pb.BatchClaimSlotsResult(error=refused)])
    answer = await client.post("/v1/slots:batchClaim", json={"requests": [CLAIM]})
    [result] = answer.json()["results"]
    assert result["error"]["details"][0]["@type"] == "type.googleapis.com/google.rpc.ErrorInfo"
    assert result["error"]["details"][0]["reason"] == "RUN_FULL"


async def test_no_token_is_unauthenticated(client):
    del client.headers["authorization"]
    answer = await client.get("/v1/slots")
    assert (answer.status_code, answer.json()["reason"]) == (401, "TOKEN_MISSING")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic abc", b"Bearer \xff\xfe", b"Bearer a\tb"])
async def test_a_bad_token_is_unauthenticated(client, header):
    answer = await client.get("/v1/slots", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.json()["reason"] in ("TOKEN_MALFORMED", "TOKEN_MISSING")


async def test_a_missing_scope_is_named(client, issuer):
    narrow = issuer.token("partners/acme", ["slotting.read"])
    answer = await client.post("/v1/slots:claim", json=CLAIM, headers={"authorization": f"Bearer {narrow}"})
    assert (answer.status_code, answer.json()["facts"]) == (403, {"scope": "slotting.claim"})
    assert 'scope="slotting.claim"' in answer.headers["www-authenticate"]


async def test_the_trace_goes_through_the_door(client, behind):
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
    answer = await client.get("/v1/slots/1", headers={"traceparent": trace, "x-request-id": "mine-1"})
    [(_, _, call)] = behind.seen
    assert call.traceparent[3:35] == answer.headers["x-trace-id"] == trace[3:35]
    assert answer.headers["x-request-id"] == "mine-1"


async def test_the_callers_patience_is_the_deadline(client, behind):
    async def never(_: object) -> None:
        await asyncio.Event().wait()

    behind.answers["GetSlot"] = never
    answer = await client.get("/v1/slots/1", headers={"x-request-timeout-ms": "150"})
    assert (answer.status_code, answer.json()["reason"]) == (504, "DEADLINE_EXCEEDED")


@pytest.mark.parametrize("patience", ["0", "-1", "soon", "60001", "1e3", "9" * 30])
async def test_a_patience_that_is_no_number_is_refused(client, patience):
    answer = await client.get("/v1/slots/1", headers={"x-request-timeout-ms": patience})
    assert (answer.status_code, answer.json()["facts"]["field"]) == (400, "x-request-timeout-ms")


async def test_a_service_that_is_away_is_told_without_its_address(issuer, token):
    async with served_twins(issuer, Behind()) as services, open_door(services, token) as client:
        await services.stop(0)
        answer = await client.get("/v1/slots/1")
    assert (answer.status_code, answer.json()["reason"]) == (503, "SERVICE_AWAY")
    assert "127.0.0.1" not in answer.text
    assert answer.headers["retry-after"] == "1"


async def test_a_status_of_the_library_is_told_in_our_words(client, behind):
    behind.answers["GetSlot"] = pb.Slot(name="x" * (5 << 20))
    answer = await client.get("/v1/slots/1")
    assert answer.status_code in (429, 500)
    assert "larger than max" not in answer.text


async def test_a_consent_that_cannot_be_one_is_none(client, behind):
    answer = await client.get("/v1/slots/1", headers={"doselane-consent": b"\xe9\x80"})
    assert answer.status_code == 200
