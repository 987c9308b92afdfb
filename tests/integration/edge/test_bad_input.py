"""What is wrong with a request is said: what, and where."""

import asyncio

import httpx
import pytest
from doselane.slotting.v1 import slotting_pb2 as pb

from tests.integration.edge.conftest import open_door


@pytest.mark.parametrize(
    ("body", "reason", "facts"),
    [
        (b'{"demand": }', "JSON_MALFORMED", {"line": "1", "column": "12", "position": "11"}),
        (b'{"a": 1', "JSON_MALFORMED", {"line": "1", "column": "8", "position": "7"}),
        (b"\xff\xfe", "JSON_MALFORMED", {"position": "0"}),
        (b'{"reason": "a", "reason": "b"}', "JSON_MALFORMED", {"name": "reason"}),
        (b'{"demand": {"administration": {"activityMbq": NaN}}}', "JSON_MALFORMED", {}),
        (b"[" * 100_000, "JSON_MALFORMED", {"depth_max": "32"}),
        (b'{"demand": ' + b"9" * 5000 + b"}", "JSON_MALFORMED", {}),
        (b"[]", "INVALID_ARGUMENT", {"field": "body"}),
        (b'"text"', "INVALID_ARGUMENT", {"field": "body"}),
        (b"null", "INVALID_ARGUMENT", {"field": "body"}),
        (b'{"nonsense": 1}', "FIELD_UNKNOWN", {"field": "nonsense"}),
        (b'{"demand": {"sitee": 1}}', "FIELD_UNKNOWN", {"field": "demand.sitee"}),
        (b'{"demand": {"administration": {"x": 1}}}', "FIELD_UNKNOWN", {"field": "demand.administration.x"}),
        (b'{"demand\\u0000x": {}}', "FIELD_UNKNOWN", {"field": "demand\0x"}),
        (b'{"\\ud800": 1}', "FIELD_UNKNOWN", {"field": "?"}),
        (b'{"\\ud800": 1, "\\ud800": 2}', "JSON_MALFORMED", {"name": "?"}),
        (b'{"demand": {}, "demand": {}}}', "JSON_MALFORMED", {"name": "demand"}),
        (b'{"demand": []}', "INVALID_ARGUMENT", {"field": "demand"}),
        (b'{"demand": {"run": 5}}', "INVALID_ARGUMENT", {"field": "demand.run"}),
        (b'{"reason": "\\ud800"}', "INVALID_ARGUMENT", {"field": "reason"}),
        (b'{"requestId": "a", "request_id": "b"}', "INVALID_ARGUMENT", {"field": "requestId"}),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_with_its_place(client, behind, body, reason, facts):
    answer = await client.post("/v1/slots:claim", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["reason"], answer.json()["facts"]) == (reason, facts)
    assert behind.seen == []


@pytest.mark.parametrize("value", ["1e400", "-1e400", '"1e999"', "true", '"x"', '" 1"', '"1_0"', "{}", "[1]"])
async def test_an_activity_that_is_no_number_is_refused(client, value):
    body = f'{{"demand": {{"administration": {{"activityMbq": {value}}}}}}}'
    answer = await client.post("/v1/slots:claim", content=body, headers={"content-type": "application/json"})
    assert answer.json()["facts"] == {"field": "demand.administration.activityMbq"}


@pytest.mark.parametrize(
    "instant",
    [
        "2026-12-01",
        "2026-12-01T00:00:00",
        "2026-12-01 00:00:00Z",
        "2026-12-01T24:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-12-01T00:00:00+25:00",
        "2026-12-01T00:00:00.1234567890Z",
        "",
        7,
        {"seconds": 7},
    ],
)
async def test_an_instant_that_is_none_is_refused(client, instant):
    answer = await client.post("/v1/slots:claim", json={"demand": {"administration": {"time": instant}}})
    assert answer.json()["facts"] == {"field": "demand.administration.time"}


async def test_a_place_in_a_list_has_its_number(client):
    answer = await client.post("/v1/slots:batchClaim", json={"requests": [{}, {"demand": {"sites": 1}}]})
    assert answer.json()["facts"] == {"field": "requests[1].demand.sites"}
    assert "Did you mean site?" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("pageSize=x", "pageSize"),
        ("pageSize=", "pageSize"),
        ("pageSize=99999999999", "pageSize"),
        ("pageSize=1&page_size=2", "pageSize"),
        ("run=a&run=b", "run"),
        ("states=GONE", "states"),
        ("nonsense=1", "nonsense"),
        ("run.name=1", "run.name"),
        ("a.b.c=1", "a"),
        ("x" * 300 + "=1", "x" * 200),
        ("run=%ff", "query"),
        ("run", "query"),
        ("&".join(["states=HELD"] * 201), "query"),
    ],
)
async def test_a_query_that_does_not_fit_is_refused_with_its_place(client, behind, query, field):
    answer = await client.get(f"/v1/slots?{query}")
    assert (answer.status_code, answer.json()["facts"].get("field")) == (400, field), answer.text
    assert behind.seen == []


@pytest.mark.parametrize(
    ("query", "hinted"),
    [
        ("fromTime=2027-03-01T08:00:00+01:00", True),
        ("from_time=2027-03-01T08:00:00+01:00", True),
        ("fromTime=2027-03-01T08:00:00%2B25:00", False),
        ("fromTime=2027-03-01%2008:00:00Z", False),
        ("pageSize=1e+2", True),
        ("pageSize=x", False),
    ],
)
async def test_a_plus_that_became_a_blank_is_hinted_at(client, behind, query, hinted):
    answer = await client.get(f"/v1/isotopeDeliveries?{query}")
    assert (answer.status_code, "write %2B" in answer.json()["detail"]) == (400, hinted), answer.text


async def test_a_query_beside_a_whole_body_is_refused(client):
    answer = await client.post("/v1/slots:claim?reason=x", json={})
    assert (answer.status_code, answer.json()["facts"]["field"]) == (400, "reason")


async def test_a_field_of_the_address_is_no_parameter_of_the_query(client):
    assert (await client.get("/v1/slots/1?name=slots/2")).status_code == 400


async def test_another_name_in_the_body_than_in_the_address_is_refused(client):
    answer = await client.post("/v1/slots/1:confirm", json={"name": "slots/2"})
    assert (answer.status_code, answer.json()["facts"]) == (400, {"field": "name", "in_address": "slots/1"})
    assert (await client.post("/v1/slots/1:confirm", json={"name": "slots/1"})).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/csv",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "application/merge-patch+json",
    ],
)
async def test_a_body_that_is_not_json_is_refused(client, behind, content_type):
    answer = await client.post("/v1/slots:claim", content="{}", headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["reason"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    facts = {"field": "content-type", "content_type": content_type, "accepted": "application/json"}
    assert answer.json()["facts"] == facts
    assert answer.headers["accept"] == "application/json"
    assert behind.seen == []


async def test_a_body_where_none_belongs_is_refused(client):
    answer = await client.request("GET", "/v1/slots/1", json={})
    assert (answer.status_code, answer.json()["reason"]) == (400, "BODY_NOT_EXPECTED")


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_body_of_ten_megabytes_is_refused_and_the_sender_hears_of_it(client, behind, streamed):
    async def pieces():
        for _ in range(160):
            yield b" " * 65536

    content = pieces() if streamed else b" " * 10_485_760
    answer = await client.post("/v1/slots:claim", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (413, "BODY_TOO_LARGE")
    assert answer.json()["facts"] == {"body_bytes_max": "1048576"}
    assert behind.seen == []


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/slot", "/v1/slots/", "/v1/slots/1/2", "/v1/slots/1:nonsense", "/x"]
)
async def test_an_address_that_is_none_is_not_found(client, path):
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["reason"]) == (404, "ROUTE_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/slots/1", "GET, HEAD, OPTIONS"),
        ("GET", "/v1/slots:claim", "OPTIONS, POST"),
        ("POST", "/v1/runs/1", "GET, HEAD, OPTIONS"),
        ("PATCH", "/v1/runs", "GET, HEAD, OPTIONS, POST"),
    ],
)
async def test_another_method_is_refused_and_the_right_ones_named(client, method, path, allow):
    answer = await client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert answer.json()["reason"] == "METHOD_NOT_ALLOWED"


async def test_options_name_the_methods(client):
    answer = await client.options("/v1/runs")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, "GET, HEAD, OPTIONS, POST", b"")


async def test_head_is_get_without_the_body(client):
    answer = await client.head("/v1/slots/1")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


async def test_a_head_that_is_too_large_is_refused(client):
    answer = await client.get("/v1/slots/1", headers={"x-padding": "x" * 100_000})
    assert answer.status_code == 431


async def test_bytes_that_are_no_http_are_answered(client):
    reader, writer = await asyncio.open_connection("127.0.0.1", client.door.port)
    writer.write(b"\x16\x03\x01\x00\x00 not http\r\n\r\n")
    assert (await asyncio.wait_for(reader.read(), 60)).startswith(b"HTTP/1.1 400")
    writer.close()


async def status_of_a_connection(port: int, token: str) -> bytes:
    """The first line of the answer to one request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET /v1/slots/1 HTTP/1.1\r\nhost: door\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    writer.write(head.encode())
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n")[0]


async def test_two_thousand_connections_at_once_are_all_answered(services, behind, token):
    behind.answers["GetSlot"] = pb.Slot(name="slots/1")
    async with open_door(services, at_once_max=64) as client:
        answers = await asyncio.gather(*(status_of_a_connection(client.door.port, token) for _ in range(2000)))
    assert set(answers) == {b"HTTP/1.1 200 OK"}
    assert len(behind.seen) == 2000


async def test_when_a_callers_queue_is_full_the_rest_is_told_when_to_come_again_and_others_are_served(
    services, behind, token, issuer
):
    let_go = asyncio.Event()

    async def wait(_: object) -> pb.Slot:
        await let_go.wait()
        return pb.Slot(name="slots/1")

    behind.answers["GetSlot"] = wait
    other = {"authorization": f"Bearer {issuer.token('partners/other', ['capacity.read'])}"}
    async with open_door(services, token, at_once_max=8, waiting_max=12) as client:
        calls = [asyncio.ensure_future(client.get("/v1/slots/1")) for _ in range(20)]
        refused: set[asyncio.Future[httpx.Response]] = set()
        while len(refused) < 15:
            refused, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED, timeout=60)
        assert (await client.get("/v1/runs/1", headers=other)).status_code == 200
        let_go.set()
        answers = await asyncio.gather(*calls)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] * 5 + [429] * 15
    told = next(answer for answer in answers if answer.status_code == 429)
    assert (told.json()["reason"], told.headers["retry-after"]) == ("SERVER_FULL", "1")
