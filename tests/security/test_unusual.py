"""What is unusual and still has one right answer, at the real doors: more inputs of each kind that was once misread."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from services.kernel.ids import uuid7
from services.local.gateway import Gateway
from services.local.world import CENTRES, NORTHLAKE, PARCEL_CREDENTIAL, SPECIALTY, SPONSOR_SCOPES
from tests.security.doors import HOST, port_of, push, rest
from tests.support.couriers import epcis_document, epcis_event, ups
from tests.support.gateway import Desk
from tests.support.sockets import Answer, ask

JSON = "content-type: application/json"
CAPTURE, EVENTS = "/push/epcis/coldway/capture", "/push/epcis/coldway/events"


@pytest.fixture
def gateway(shared_gateway: Gateway) -> Gateway:
    """One gateway for all: what one test stores does not bear on another."""
    return shared_gateway


async def _post(gateway: Gateway, path: str, body: Any, *lines: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = [JSON, *lines, f"content-length: {len(content)}"]
    told = told[1:] if any(line.lower().startswith("content-type:") for line in lines) else told
    return await ask(port_of(gateway), f"POST {path} HTTP/1.1", HOST, *told, body=content)


async def _ups(gateway: Gateway, message: Any, *lines: str) -> Answer:
    return await _post(gateway, "/push/ups/swiftline", message, f"credential: {PARCEL_CREDENTIAL}", *lines)


async def _epcis(gateway: Gateway, path: str, body: Any, *lines: str) -> Answer:
    return await _post(gateway, path, body, _courier(gateway), *lines)


def _courier(gateway: Gateway) -> str:
    return f"authorization: Bearer {gateway.token(SPECIALTY, 'courier.push', 'courier.read')}"


def _sponsor(gateway: Gateway) -> str:
    return f"authorization: Bearer {gateway.token(NORTHLAKE, *SPONSOR_SCOPES)}"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _deep(name: str, inner: str = "1") -> bytes:
    return (f"{{{name}:" * 70 + inner + "}" * 70).encode()


# Bodies whose fault is explained by reading on, and bodies whose explanation cannot be written as it stands there.
BAD_BODIES = {
    "a name twice, then half a body": b'{"a":1,"a":2}}',
    "half a character as a name, twice": rb'{"\ud800":1,"\ud800":2}',
    "NUL as a name, twice": rb'{"a\u0000":1,"a\u0000":2}',
    "an endless name, twice": b'{"%s":1,"%s":2}' % ((b"x" * 100_000,) * 2),
    "no name, twice": b'{"":1,"":2}',
    "a name twice inside what is overwritten": b'{"x":{"a":1,"a":2},"x":3}',
    "a name twice, then no number": b'{"a":1,"a":2,"b":NaN}',
    "a name twice, then an endless number": b'{"a":1,"a":2,"b":' + b"9" * 5000 + b"}",
    "a name twice, then too deep": b'{"a":1,"a":2,"b":' + b"[" * 5000,
    "a name twice, far down": _deep('"a"', '{"b":1,"b":2}'),
    "half a character on the way down": _deep(r'"\ud800"'),
    "NUL on the way down": _deep(r'"\u0000"'),
    "slashes on the way down": _deep('"~/"'),
    "half a character as a text": rb'{"trackingNumber":"\udfff"}',
    "half a character as a name": rb'{"\udfff":1}',
    "two byte order marks": b"\xef\xbb\xbf\xef\xbb\xbf{}",
    "an overlong slash": b'{"a":"\xc0\xaf"}',
    "a control character in a text": b'{"a":"\x01"}',
    "a comma too many": b'{"a":1,}',
    "a comment": b'{"a":1} // done',
    "many documents": b"{}\n{}\n",
    "a blank that is none in JSON": b"{}\xc2\xa0",
}


@pytest.mark.parametrize("kind", BAD_BODIES)
async def test_a_bad_body_is_explained_at_every_address_whatever_it_holds(gateway: Gateway, kind: str) -> None:
    for address in (*rest(), *push()):
        if address.takes_body:
            media_type = f"content-type: {address.media_type}"
            body = BAD_BODIES[kind]
            lines = (address.credential(gateway, body), media_type, f"content-length: {len(body)}")
            answer = await ask(port_of(gateway), address.line(), HOST, *lines, body=body)
            assert answer.status == 400, (address, answer)
            assert answer.problem["detail"] and answer.reason != "INTERNAL", address


ABSENT = ("", None, " ", "\t", "\u00a0", [], {}, {"value": ""}, {"inner": {"inner": None}})


@pytest.mark.parametrize("absent", ABSENT, ids=ascii)
async def test_ups_may_leave_a_field_blank_in_any_way(gateway: Gateway, absent: Any) -> None:
    names = """scheduledDeliveryDate actualDeliveryDate actualDeliveryTime deliveryStartTime deliveryEndTime
        deliveryTimeDescription deliveryPhoto alternateTrackingNumber receivedBy activityLocation gmtOffset""".split()
    answer = await _ups(gateway, ups(_now(), **dict.fromkeys(names, absent)))
    assert (answer.status, json.loads(answer.body)["state"]) in ((200, "ACCEPTED"), (200, "REPEATED")), answer
    assert not any("NOT_VALID" in each for note in json.loads(answer.body)["notes"] for each in note["warnings"])


@pytest.mark.parametrize("changes", [
    {"trackingNumber": "1z999aa10123456784"}, {"trackingNumber": "1Z 999 AA1 01 2345 6784"},
    {"activityLocation": {"city": "Łódź", "stateProvince": "Województwo łódzkie", "postalCode": "90-001"}},
    {"activityLocation": {"city": "서울", "postalCode": "03187", "country": "kr"}},
    {"activityLocation": {"postalCode": 2100, "stateProvince": None, "country": "DK"}},
    {"activityLocation": {"city": "x" * 5000}}, {"activityLocation": [{"city": "Atlanta"}]},
    {"deliveryPhoto": "x" * 100_000}, {"receivedBy": {"name": "x"}}, {"deliveryTimeDescription": 12},
    {"localActivityDate": "soon", "localActivityTime": None}, {"gmtOffset": "EST"}, {"scheduledDeliveryDate": True},
    {"newField": {"of": ["UPS"]}},
], ids=ascii)  # fmt: skip
async def test_ups_is_taken_whatever_stands_where_nothing_is_decided(gateway: Gateway, changes: dict[str, Any]) -> None:
    answer = await _ups(gateway, ups(_now(), **changes))
    assert (answer.status, json.loads(answer.body)["notes"][0]["kind"]) == (200, "OUT_FOR_DELIVERY"), answer


DELIVERED = {"type": "D", "description": "Delivered"}


@pytest.mark.parametrize(("status", "kind"), [
    ({"type": "X", "code": "11", "description": "Exception"}, "EXCEPTION"),
    ({"type": "D", "code": " 011 "}, "DELIVERED"),
    ({"type": "D", "code": "٠١١"}, ""),
    ({"type": "D", "code": "011", "descriptionCode": "013"}, "EXCEPTION"),
    ({"type": "D", "code": "1 1"}, ""),
    ({"type": "D", "code": "11.0"}, ""),
    ({"type": "D", "code": "+11"}, ""),
    ({"type": "D", "code": -11}, ""),
    ({"type": "D", "code": 0}, ""),
    ({"type": "D", "descriptionCode": "-11", "code": "ZZ"}, ""),
    ({**DELIVERED, "code": "KB"}, "DELIVERED"),
    ({**DELIVERED, "code": "9E", "description": "DELIVERED, LEFT AT FRONT DOOR"}, "DELIVERED"),
    ({**DELIVERED, "code": "OF"}, "OUT_FOR_DELIVERY"),
    ({**DELIVERED, "code": "3J"}, "EXCEPTION"),
    *(({**DELIVERED, "code": "KB", "description": words}, "") for words in (
        "Delivered to the wrong address", "Delivered in error", "Misdelivered", "Delivered back to shipper",
        "Delivered to sender", "Scheduled to be delivered", "It could not be delivered", "Was the package delivered?",
        "Partially delivered", "Expected delivered tomorrow", "Delivered pending confirmation", "Non-delivered",
        "Delivered to UPS", "No package delivered", "It hasn\u2019t been delivered", "Delivered soon",
    )),
], ids=ascii)  # fmt: skip
async def test_a_code_of_ups_means_what_its_own_list_says(gateway: Gateway, status: dict[str, Any], kind: str) -> None:
    at = _now()
    answer = await _ups(
        gateway, ups(at, f"1Z{uuid7().hex[-16:].upper()}", activityStatus=status, actualDeliveryDate=f"{at:%Y%m%d}")
    )
    note = json.loads(answer.body)["notes"][0]
    assert (answer.status, note.get("kind", "")) == (200, kind), answer
    assert ("CODE_UNKNOWN" in note["warnings"]) == (not kind or "KIND_FROM_WORDS" in note["warnings"])


async def test_one_fact_in_other_spellings_is_one_event(gateway: Gateway) -> None:
    at = _now() - timedelta(minutes=5)
    event = epcis_event(at, **{"ex:weight": 1.5, "ex:count": 100, "sensorElementList": [
        {"sensorMetadata": {"time": f"{at:%Y-%m-%dT%H:%M:%SZ}"}, "sensorReport": [{"type": "Temperature", "value": 5}]}
    ]})  # fmt: skip
    event["@context"] = ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {"ex": "https://ex.example/"}]
    elsewhere = (at + timedelta(hours=5, minutes=45)).isoformat()[:19]
    spellings: list[dict[str, Any]] = [
        {"eventTime": f"{elsewhere}+05:45"},
        {"eventTime": f"{elsewhere}.000000000+05:45"},
        {"eventTime": f"{at:%Y-%m-%dt%H:%M:%Sz}"},
        {"eventTimeZoneOffset": "-00:00"},
        {"ex:weight": 15e-1, "ex:count": 1e2},
        {"epcList": ["https://id.gs1.org/00/106141412345678908"]},
        {"epcList": ["HTTPS://COURIER.example:8443/parcels/00/106141412345678908?linkType=x#top"]},
        {"epcList": ["URN:EPC:id:sscc:0614141.1234567890"]},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-departing"},
        {"ex:empty": []},
        {"ex:nothing": None},
        {"eventID": event["eventID"].upper().replace("URN:UUID", "urn:uuid")},
    ]
    assert (await _epcis(gateway, EVENTS, event)).status == 201
    for changes in spellings:
        answer = await _epcis(gateway, EVENTS, {**event, **changes})
        assert answer.status == 200, (changes, answer)
    for changes in ({"eventTime": f"{at:%Y-%m-%dT%H:%M:%S}.000000001Z"}, {"ex:count": 100.5}, {"ex:count": "100"}):
        answer = await _epcis(gateway, EVENTS, {**event, **changes})
        assert (answer.status, answer.reason) == (409, "EVENT_CHANGED"), (changes, answer)


EVENT_IDS = (
    "ni:///sha-256;df7bb3c352fef055578554f09f5e2aa41782150ced7bd0b8af24dd3ccb30ba69?ver=CBV2.0",
    "https://events.example/a/b?c=d&e=f#g",
    "https://events.example/a%2Fb%20c",
    "urn:example:ümlaut",
    "urn:x:a+b",
    "ex:with'quote\"and;semicolon",
    "https://events.example/" + "x" * 900,
    "urn:example:%00",
)


@pytest.mark.parametrize("event_id", EVENT_IDS, ids=lambda text: ascii(text[:40]))
async def test_where_an_event_is_said_to_be_it_is(gateway: Gateway, event_id: str) -> None:
    event = epcis_event(_now(), eventID=event_id)
    declared = {
        "errorDeclaration": {"declarationTime": f"{_now():%Y-%m-%dT%H:%M:%SZ}", "correctiveEventIDs": ["urn:x:y"]}
    }
    answer = await _epcis(gateway, EVENTS, event)
    if answer.status == 400:
        assert answer.reason == "BODY_NOT_EPCIS", answer  # No URI; then nothing is said to be anywhere.
        return
    declaration = await _epcis(gateway, EVENTS, {**event, **declared})
    assert (answer.status, declaration.status) == (201, 201)
    for location in {
        answer.headers["location"],
        declaration.headers["location"],
        f"{EVENTS}/{quote(event_id, safe='')}",
    }:
        found = await ask(port_of(gateway), f"GET {location} HTTP/1.1", HOST, _courier(gateway))
        assert found.status == 200, location
        listed = json.loads(found.body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        assert [{**each, "recordTime": None} for each in listed] == [
            {**each, "recordTime": None} for each in (event, {**event, **declared})
        ]


async def test_a_document_that_says_two_things_of_one_event_fails_as_a_whole(gateway: Gateway) -> None:
    known, new = epcis_event(_now()), epcis_event(_now())
    assert (await _epcis(gateway, CAPTURE, epcis_document(known))).status == 202
    capitals = {**known, "eventID": known["eventID"].upper().replace("URN:UUID", "urn:uuid"), "action": "ADD"}
    for changed in ({**known, "bizStep": "receiving"}, capitals, {**known, "epcList": ["urn:x:other"]}):
        answer = await _epcis(gateway, CAPTURE, epcis_document(new, changed))
        assert (answer.status, answer.reason) == (400, "EVENT_CHANGED"), answer
        name = answer.headers["doselane-push"].partition("/")[2]
        job = await ask(port_of(gateway), f"GET {CAPTURE}/{name} HTTP/1.1", HOST, _courier(gateway))
        assert (json.loads(job.body)["success"], json.loads(job.body)["errors"][0]["title"]) == (False, "EVENT_CHANGED")
    assert json.loads((await _epcis(gateway, CAPTURE, epcis_document(new))).body)["state"] == "ACCEPTED"


CODINGS = (
    "gzip;q=1",
    "aws-chunked",
    "identity, identity, br",
    "GZIP",
    "deflate,",
    "compress",
    "zstd",
    "*",
    "x-identity",
)
CHARSETS = (
    "charset = utf-16", "charset=UTF-16LE", "CHARSET=latin1", "charset*=utf-16''x", "charset*=UTF-8''utf-16",
    "charset='utf-8'", "boundary=x; charset=windows-1252", "charset=utf-8, utf-16", "charset=utf-7",
    "charset=utf-8-sig",
)  # fmt: skip
TAKEN = (
    "content-encoding: IDENTITY", "content-encoding: identity, identity", "content-encoding: ,", "content-encoding:",
    'content-type: application/json; charset="utf-8"',
    "content-type: application/json ; Charset=UTF8", "content-type: APPLICATION/JSON; charset=us-ascii",
    "content-type: application/json; version=1",
)  # fmt: skip


async def test_how_a_body_is_coded_is_read_in_one_way_at_both_doors(gateway: Gateway) -> None:
    claim = "/v1/slots:claim"
    for path, line in (
        (claim, _sponsor(gateway)),
        ("/push/ups/swiftline", f"credential: {PARCEL_CREDENTIAL}"),
        (CAPTURE, _courier(gateway)),
    ):
        for coding in CODINGS:
            answer = await _post(gateway, path, b"{}", line, f"content-encoding: {coding}")
            assert (answer.status, answer.reason) == (415, "ENCODING_NOT_SUPPORTED"), (path, coding)
            assert answer.headers["accept-encoding"] == "identity"
        for charset in CHARSETS:
            answer = await _post(gateway, path, b"{}", line, f"content-type: application/json; {charset}")
            assert (answer.status, answer.reason) == (415, "CHARSET_NOT_SUPPORTED"), (path, charset)
            assert answer.headers["accept-encoding"] == "identity"
        for taken in TAKEN:
            assert (await _post(gateway, path, b"{}", line, taken)).status == 400, (path, taken)


async def test_a_request_is_known_again_by_its_id_in_any_spelling_and_any_place(gateway: Gateway) -> None:
    desk = Desk(gateway)
    run, request_id = await desk.open_run(), str(uuid7())
    await desk.close()
    demand = {
        "run": run,
        "site": CENTRES[0],
        "administration": {"activityMbq": 7400, "time": (_now() + timedelta(hours=48)).isoformat()},
        "orderReference": "ORDER-SPELLED",
    }
    plain = request_id.replace("-", "")
    in_body = (
        request_id.upper(),
        f"{{{request_id}}}",
        f"urn:uuid:{request_id}",
        plain,
        f"URN:UUID:{{{plain.upper()}}}",
    )
    in_header = (request_id, f'"{request_id.upper()}"', f"urn:uuid:{plain}", f"{{{plain}}}")
    slots = set()
    for spelled in in_body:
        slots.add((await _claimed(gateway, {"demand": demand, "requestId": spelled}))["name"])
    for spelled in in_header:
        slots.add((await _claimed(gateway, {"demand": demand}, f"Idempotency-Key: {spelled}"))["name"])
        both = {"demand": demand, "requestId": request_id.upper()}
        slots.add((await _claimed(gateway, both, f"idempotency-key: {spelled}"))["name"])
    assert len(slots) == 1
    nil = "0" * 32
    wrong = (
        nil,
        f"urn:uuid:{nil}",
        f"{{{nil}",
        f"{plain[:16]}-{plain[16:]}",
        f"{plain}0",
        f"{request_id}\u200b",
        "\uff10" * 32,
    )
    for spelled in wrong:
        answer = await _post(gateway, "/v1/slots:claim", {"demand": demand, "requestId": spelled}, _sponsor(gateway))
        assert (answer.status, answer.problem["facts"]["field"]) == (400, "requestId"), (spelled, answer)
    for repeated in ("idempotency-key: a", "Idempotency-Key: a", "IDEMPOTENCY-KEY: a"):
        answer = await _post(gateway, "/v1/slots:claim", {}, _sponsor(gateway), f"idempotency-key: {plain}", repeated)
        assert (answer.status, answer.reason) == (400, "HEADER_REPEATED")
    answer = await _post(
        gateway, "/v1/slots:claim", {"demand": demand}, _sponsor(gateway), f"idempotency-key: {plain}, {plain}"
    )
    assert answer.status == 400


async def _claimed(gateway: Gateway, body: Any, *lines: str) -> Any:
    answer = await _post(gateway, "/v1/slots:claim", body, _sponsor(gateway), *lines)
    assert answer.status == 200, answer
    return json.loads(answer.body)


NO_NAMES = (
    "requestId\0",
    "requestId\0x",
    "\0requestId",
    "request_id\0",
    "requestId ",
    "requestId\u200b",
    "ｒequestId",
    "requestid",
    "request-id",
    "requestId\n",
    "\ud800",
)


@pytest.mark.parametrize("name", NO_NAMES, ids=ascii)
async def test_what_only_begins_like_a_name_is_none_in_a_body_a_query_and_an_enum(gateway: Gateway, name: str) -> None:
    line = _sponsor(gateway)
    answer = await _post(gateway, "/v1/slots:claim", {name: str(uuid7())}, line)
    assert (answer.status, answer.reason) == (400, "FIELD_UNKNOWN"), answer
    answer = await _post(gateway, "/v1/slots:claim", {"demand": {f"run{name[9:]}\0": "runs/x"}}, line)
    assert (answer.status, answer.reason) == (400, "FIELD_UNKNOWN"), answer
    spelled = quote(name.replace("requestId", "pageSize").encode("utf-8", "surrogatepass"))
    for path in (f"/v1/slots?{spelled}=1", "/v1/runs?pageSize%00=1", "/v1/runs?pageToken%00x=a"):
        answer = await ask(port_of(gateway), f"GET {path} HTTP/1.1", HOST, line)
        assert answer.status == 400 and answer.reason in ("FIELD_UNKNOWN", "INVALID_ARGUMENT"), (path, answer)


@pytest.mark.parametrize("text", ["a\0", "\0", "a\0b", "\0\0"], ids=ascii)
async def test_nul_in_a_text_is_refused_with_its_field_and_never_stored(gateway: Gateway, text: str) -> None:
    demand = {
        "run": "runs/x",
        "site": CENTRES[0],
        "administration": {"activityMbq": 7400, "time": (_now() + timedelta(hours=48)).isoformat()},
    }
    body = {"demand": {**demand, "orderReference": text}, "requestId": str(uuid7())}
    answer = await _post(gateway, "/v1/slots:claim", body, _sponsor(gateway))
    assert (answer.status, answer.problem["facts"]["field"]) == (400, "demand.orderReference"), answer


async def test_errors_in_the_results_of_a_batch_name_fields_as_rest_does(gateway: Gateway) -> None:
    wrong: dict[str, Any] = {
        "demand": {"run": "runs/x", "site": CENTRES[0], "orderReference": "x" * 5000},
        "requestId": str(uuid7()),
    }
    missing: dict[str, Any] = {"demand": {"run": "runs/x"}, "requestId": str(uuid7())}
    answer = await _post(gateway, "/v1/slots:batchClaim", {"requests": [wrong, missing]}, _sponsor(gateway))
    text = answer.body.decode()
    assert "order_reference" not in text and "request_id" not in text and "activity_mbq" not in text, text
    assert "orderReference" in text
