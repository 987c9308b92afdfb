"""JSON-LD in whatever spelling: one event is one event, and no context makes a small body a large one."""

import json
from typing import Any

import pytest
from doselane.courier.v1.courier_pb2 import Milestone

from adapters.manifest import Refused
from tests.support.onerecord import CARRIER, NOW, SHIPMENT, body_of, event, fetched, only, posted

CARGO, API = "https://onerecord.iata.org/ns/cargo#", "https://onerecord.iata.org/ns/api#"
WHEN = {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "2026-11-22T09:00:00Z"}
CODE = "https://onerecord.iata.org/ns/code-lists/StatusCode#DEP"
EXPANDED = {
    "@type": [f"{CARGO}LogisticsEvent"],
    f"{CARGO}eventDate": [WHEN],
    f"{CARGO}eventCode": [{"@id": CODE}],
    f"{CARGO}eventTimeType": [{"@id": f"{CARGO}ACTUAL"}],
    f"{CARGO}eventFor": [{"@id": SHIPMENT}],
    f"{CARGO}recordingOrganization": [{"@id": CARRIER}],
}
BARE = {
    "@type": "LogisticsEvent", "eventDate": "2026-11-22T09:00:00Z", "eventCode": {"@id": CODE},
    "eventTimeType": {"@id": f"{CARGO}ACTUAL"}, "eventFor": {"@id": SHIPMENT},
}  # fmt: skip


def renamed(value: Any, names: dict[str, str]) -> Any:
    text = json.dumps(value)
    for ours, theirs in names.items():
        text = text.replace(ours, theirs)
    return json.loads(text)


COMPACT = event()
SPELLINGS = [
    COMPACT,
    EXPANDED,
    [EXPANDED],
    {"@graph": [EXPANDED]},
    {"@context": COMPACT["@context"], "@graph": {name: said for name, said in COMPACT.items() if name != "@context"}},
    {"@context": {"@vocab": CARGO}, **BARE},
    {"@context": [{"@vocab": CARGO}, None, {"@vocab": CARGO}], **BARE},
    {"@context": {"@vocab": "c:", "c": CARGO}, **BARE},
    {"@context": "https://onerecord.iata.org/ns/cargo", **{k: v for k, v in COMPACT.items() if k != "@context"}},
    {k: v for k, v in COMPACT.items() if k != "@context"},  # the standard's own prefixes, and nobody says so
    {**renamed({k: v for k, v in COMPACT.items() if k != "@context"}, {"cargo:": "c:"}), "@context": {"c": CARGO}},
    {"@context": {"kind": "@type", "id": "@id", "value": "@value", "when": {"@id": f"{CARGO}eventDate"},
                  "what": f"{CARGO}eventCode", "sure": "c:eventTimeType", "of": "c:eventFor", "c": CARGO},
     "kind": "c:LogisticsEvent", "when": {"value": "2026-11-22T10:00:00+01:00"}, "what": {"id": CODE},
     "sure": {"id": "c:ACTUAL"}, "of": {"id": SHIPMENT}},
    {"@graph": [{"@id": "_:b1", "@type": f"{CARGO}EventTimeType", f"{CARGO}code": "ACTUAL"},
                {**EXPANDED, f"{CARGO}eventTimeType": {"@id": "_:b1"}}]},
    {**EXPANDED, f"{CARGO}eventDate": {"@list": [WHEN]}, f"{CARGO}eventCode": {"@set": [{"@id": f" {CODE} "}]}},
    {**COMPACT, "wish": {"deep": [1, 2, {"cargo:eventDate": "1999-01-01T00:00:00Z"}]}},
]  # fmt: skip


@pytest.mark.parametrize("value", SPELLINGS)
def test_one_event_is_one_event_however_it_is_spelled(value: Any) -> None:
    fact, known = only(posted(value)), only(posted(COMPACT))
    assert fact.said.kind == Milestone.DEPARTED
    assert fact.said.time.ToDatetime() == NOW.replace(tzinfo=None)
    assert (fact.key, fact.content) == (known.key, known.content)
    assert SHIPMENT in fact.references


@pytest.mark.parametrize(("context", "reason", "place"), [
    ("https://schema.example/context.jsonld", "CONTEXT_NOT_KNOWN", "/@context"),
    (["https://onerecord.iata.org/ns/cargo", "http://169.254.169.254/"], "CONTEXT_NOT_KNOWN", "/@context"),
    ({"@import": "https://schema.example/context.jsonld"}, "BODY_NOT_ONE_RECORD", "/@context"),
    (7, "BODY_NOT_ONE_RECORD", "/@context"),
    ({"cargo": "https://other.example/cargo#"}, "BODY_NOT_ONE_RECORD", ""),
    ({"cargo": None}, "BODY_NOT_ONE_RECORD", ""),
    ({"cargo": "x:", "x": "cargo:"}, "BODY_NOT_ONE_RECORD", ""),
    ({f"name{number}": "https://a.example/" for number in range(1001)}, "BODY_NOT_ONE_RECORD", "/@context"),
    ({"cargo": "https://a.example/" + "a" * 200}, "BODY_NOT_ONE_RECORD", "/@context"),
])  # fmt: skip
def test_a_wrong_context_refuses_and_is_never_fetched(context: Any, reason: str, place: str) -> None:
    with pytest.raises(Refused) as refused:
        posted({**event(), "@context": context})
    assert (refused.value.reason, refused.value.place) == (reason, place)


@pytest.mark.parametrize(("body", "reason"), [
    (b"", "BODY_EMPTY"), (b"  ", "BODY_EMPTY"), (body_of(event())[:-7], "BODY_NOT_JSON"), (b"7", "BODY_NOT_ONE_RECORD"),
    (b"[]", "BODY_NOT_ONE_RECORD"), (b"[1, 2]", "BODY_NOT_ONE_RECORD"), (b"[" * 100_000, "NESTED_TOO_DEEP"),
    (b'{"@graph":' * 66 + b"1" + b"}" * 66, "NESTED_TOO_DEEP"), (b'{"@type": 1, "@type": 2}', "KEY_REPEATED"),
    (b'{"a": NaN}', "BODY_NOT_JSON"), (b"\xff{}", "BODY_NOT_UTF8"), (b'{"a": "\\u0000"}', "TEXT_NOT_STORABLE"),
    (b"[" + b"{}," * 20_001 + b"{}]", "BODY_NOT_ONE_RECORD"),
    (b"[" + b'{"@context": {"a": "b"}},' * 101 + b"{}]", "BODY_NOT_ONE_RECORD"),
])  # fmt: skip
def test_what_is_no_json_ld_is_refused_whatever_it_is(body: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        posted(body)
    assert refused.value.reason == reason


def test_many_names_of_one_context_stay_as_small_as_they_are() -> None:
    """Each name would stand for 200 characters; none of them is one that anybody asks for."""
    names = {f"x:{number}": number for number in range(100_000)}
    value = {**event(), **names, "@context": {**event()["@context"], "x": f"{CARGO}{'a' * 150}"}}
    assert only(posted(value)).said.kind == Milestone.DEPARTED


def test_objects_that_point_at_one_another_do_not_turn_in_circles() -> None:
    here, there = f"{SHIPMENT}-a", f"{SHIPMENT}-b"
    kind, of, waybill = f"{CARGO}Shipment", f"{CARGO}ofShipment", f"{CARGO}waybill"
    circle = [
        {"@id": here, "@type": kind, of: {"@id": there}, waybill: {"@id": here}},
        {"@id": there, "@type": kind, of: {"@id": here}, waybill: {"@id": there}},
        {**EXPANDED, f"{CARGO}eventFor": {"@id": here}},
    ]  # fmt: skip
    assert only(fetched(*circle)).said.kind == Milestone.DEPARTED
