"""Bad input at the public doors: a clear error that says what and where, and nothing lost or counted twice."""

import asyncio
import json
from collections import Counter

import httpx
import pytest
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.type.v1 import type_pb2 as types
from google.protobuf.json_format import MessageToDict

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.local.world import HARBOR, PARCEL_CREDENTIAL
from tests.support.gateway import Desk

TRACK_ALERT = {
    "trackingNumber": "1Z1234567891234556",
    "activityStatus": {"type": "I", "code": "005", "description": "In transit"},
    "gmtActivityDate": "20261101",
    "gmtActivityTime": "120000",
}


@pytest.fixture
def desk(shared_desk: Desk) -> Desk:
    """One gateway for all: what is refused leaves nothing behind."""
    return shared_desk


@pytest.mark.parametrize("activity_mbq", [-1.0, 0.0, float("nan"), float("inf"), 1e300])
async def test_a_claim_of_an_impossible_activity_is_refused_with_the_field(desk: Desk, activity_mbq: float):
    run = await desk.open_run()
    demand = desk.demand(run)
    demand.administration.activity_mbq = activity_mbq
    request = slotting.ClaimSlotRequest(demand=demand, request_id=str(uuid7()))
    with pytest.raises(GatewayError) as refusal:
        await desk.call("SlottingService/ClaimSlot", request, desk.sponsor())
    assert refusal.value.reason == "INVALID_ARGUMENT"
    assert refusal.value.facts["field"] == "demand.administration.activity_mbq"


async def test_an_activity_beyond_any_vial_is_refused_with_the_figures(desk: Desk):
    run = await desk.open_run()
    demand = desk.demand(
        run, administration=types.Activity(activity_mbq=1e8, time=desk.demand(run).administration.time)
    )
    with pytest.raises(GatewayError) as refusal:
        await desk.call(
            "SlottingService/ClaimSlot",
            slotting.ClaimSlotRequest(demand=demand, request_id=str(uuid7())),
            desk.sponsor(),
        )
    assert refusal.value.reason == "FILL_VOLUME_OUT_OF_RANGE"
    facts = refusal.value.facts
    assert int(facts["volume_ul"]) > int(facts["volume_max_ul"]) == 20_000


async def test_a_claim_for_another_partner_is_denied(desk: Desk):
    run = await desk.open_run()
    request = slotting.ClaimSlotRequest(demand=desk.demand(run, partner=HARBOR), request_id=str(uuid7()))
    with pytest.raises(GatewayError) as refusal:
        await desk.call("SlottingService/ClaimSlot", request, desk.sponsor())
    assert refusal.value.kind == "DENIED" and refusal.value.facts["field"] == "demand.partner"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"demand": {', "JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"demand": {"rum": "runs/x"}}', "rum"),
        (b'{"demand": {"administration": {"activityMbq": "many"}}}', "activity"),
        (b"[" * 100_000, ""),
    ],
)
async def test_a_body_that_cannot_be_read_is_answered_with_what_and_where(desk: Desk, body: bytes, words: str):
    async with httpx.AsyncClient(base_url=desk.gateway.rest_url, timeout=60) as client:
        headers = {"authorization": f"Bearer {desk.sponsor()}", "content-type": "application/json"}
        answer = await client.post("/v1/slots:claim", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


async def test_a_body_that_is_too_large_is_refused_and_the_door_stays_open(desk: Desk):
    async with httpx.AsyncClient(base_url=desk.gateway.rest_url, timeout=60) as client:
        large = b'{"x": "' + b"a" * 10_000_000 + b'"}'
        rest = await client.post(
            "/v1/slots:claim", content=large, headers={"authorization": f"Bearer {desk.sponsor()}"}
        )
        push = await client.post("/push/ups/swiftline", content=large, headers={"credential": PARCEL_CREDENTIAL})
        assert (rest.status_code, push.status_code) == (413, 413)
        assert rest.json()["reason"] == push.json()["reason"] == "BODY_TOO_LARGE"
        assert (await client.get("/healthz")).status_code == 200


# The door alone answers two thousand in its own tests, each time.
@pytest.mark.parametrize("connections", [500, pytest.param(2000, marks=pytest.mark.long)])
async def test_parallel_connections_are_all_answered_and_counted_once(desk: Desk, connections: int):
    run = await desk.open_run(vials=connections // 2)
    body = MessageToDict(slotting.ClaimSlotRequest(demand=desk.demand(run)))
    token, together = desk.sponsor(), asyncio.Event()
    tasks = [
        asyncio.create_task(_claim_on_a_connection_of_its_own(desk, body, token, together)) for _ in range(connections)
    ]
    together.set()
    answers = Counter([answer for task in tasks for answer in [await task]])
    assert answers == {"200 ": connections // 2, "409 RUN_FULL": connections // 2}


async def _claim_on_a_connection_of_its_own(desk: Desk, body: dict, token: str, together: asyncio.Event) -> str:
    """The answer to a claim. A gateway that is full says when to come again, and a slow one is sooner full."""
    host, _, port = desk.gateway.rest_url.removeprefix("http://").partition(":")
    content = json.dumps({**body, "requestId": str(uuid7())}).encode()
    head = (
        f"POST /v1/slots:claim HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n"
        "x-request-timeout-ms: 60000\r\n"
        f"connection: close\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    await together.wait()
    while True:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head.encode() + content)
        answer = await reader.read()
        writer.close()
        head_of_answer, _, body_of_answer = answer.partition(b"\r\n\r\n")
        reason = json.loads(body_of_answer).get("reason", "")
        if reason != "SERVER_FULL":
            return f"{head_of_answer.split()[1].decode()} {reason}"
        await asyncio.sleep(float(head_of_answer.lower().partition(b"\r\nretry-after:")[2].split()[0]))


async def test_a_wrong_credential_stores_nothing_and_says_so(desk: Desk):
    before = await _kept_of_couriers(desk)
    async with httpx.AsyncClient(base_url=desk.gateway.rest_url, timeout=60) as client:
        answer = await client.post(
            "/push/ups/swiftline", json=TRACK_ALERT, headers={"credential": "not the credential"}
        )
    assert (answer.status_code, answer.json()["reason"]) == (401, "CREDENTIAL_WRONG")
    assert await _kept_of_couriers(desk) == before


async def test_a_repeated_push_is_taken_once(desk: Desk):
    (messages, events), push = await _kept_of_couriers(desk), {**TRACK_ALERT, "trackingNumber": "1Z1234567891234557"}
    async with httpx.AsyncClient(base_url=desk.gateway.rest_url, timeout=60) as client:
        answers = [
            (await client.post("/push/ups/swiftline", json=push, headers={"credential": PARCEL_CREDENTIAL})).json()
            for _ in range(3)
        ]
    assert [answer["state"] for answer in answers] == ["ACCEPTED", "REPEATED", "REPEATED"]
    assert await _kept_of_couriers(desk) == (messages + 3, events + 1)


async def _kept_of_couriers(desk: Desk) -> tuple[int, int]:
    """How many messages and events there are."""
    pool = desk.gateway.databases["exchange"].pool
    published = "SELECT count(*) FROM (SELECT event_id FROM outbox UNION SELECT event_id FROM event_log)"
    return await pool.fetchval("SELECT count(*) FROM message"), await pool.fetchval(published)
