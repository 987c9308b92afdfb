"""Every request there is, read as the library reads it. From the descriptors, so that a new call is read so too."""

import json
import re
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st

from services.edge.api import Binding, load
from services.edge.json_in import read, read_text
from services.edge.requests import request_of
from services.edge.spelling import respelled
from services.kernel.errors import Invalid
from services.kernel.http.problem import problem_of
from tests.support.messages import ODD, TEXTS, messages, nearly

BINDINGS = load().bindings
REQUESTS = {binding.method.input_type.full_name: binding.request for binding in BINDINGS}
SMALL_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[tT]\S+")
request_types = st.sampled_from(sorted(REQUESTS)).map(REQUESTS.__getitem__)


def as_bytes(message: Any) -> bytes:
    return message.SerializeToString(deterministic=True)


@settings(max_examples=150)
@given(request_types.flatmap(lambda kind: messages(kind.DESCRIPTOR)), st.booleans())
def test_what_the_library_writes_of_any_request_is_read_as_it_was(message, proto_names):
    written = json_format.MessageToJson(message, preserving_proto_field_name=proto_names)
    read_back = type(message)()
    read(read_back, read_text(written.encode()))
    assert as_bytes(read_back) == as_bytes(message)


@settings(max_examples=200)
@given(request_types.flatmap(lambda kind: st.tuples(st.just(kind), nearly(kind.DESCRIPTOR))))
def test_what_is_read_is_what_the_library_reads(asked):
    kind, value = asked
    ours = kind()
    try:
        read(ours, value)
    except Invalid as refused:
        assert refused.facts["field"]
        return
    try:
        theirs = json_format.ParseDict(value, kind())
    except json_format.ParseError:
        theirs = json_format.ParseDict(as_the_library_spells(value), kind())
    assert as_bytes(ours) == as_bytes(theirs)


def as_the_library_spells(value: Any) -> Any:
    """RFC 3339 lets an instant have a small `t` and `z`; the library reads capitals only."""
    if isinstance(value, dict):
        return {name: as_the_library_spells(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_the_library_spells(each) for each in value]
    return value.upper() if isinstance(value, str) and SMALL_INSTANT.fullmatch(value) else value


def test_every_request_is_read_by_these_tests():
    assert len(REQUESTS) > 40


def fields_of(value: Any) -> list[str]:
    """Names to try as parameters: those of the body, with their parts."""
    return [name for name in value if name.isascii() and name.isidentifier()] if isinstance(value, dict) else []


@settings(max_examples=200)
@given(st.data())
def test_whatever_is_sent_to_any_call_is_read_or_refused_in_words_that_can_be_sent(data):
    binding: Binding = data.draw(st.sampled_from(BINDINGS))
    value = data.draw(nearly(binding.method.input_type))
    body = data.draw(st.just(b"") | st.binary(max_size=40) | st.sampled_from(bodies(value)))
    query = data.draw(queries(fields_of(value)))
    path = {name: data.draw(TEXTS) for name in binding.template.fields}
    try:
        request_of(binding, path, query, body, {"content-type": "application/json"})
    except Invalid as refused:
        answer = problem_of(respelled(refused, binding.method.input_type))
        assert answer.status_code in (400, 413, 415)
        assert json.loads(answer.body)["reason"] == refused.reason


def bodies(value: Any) -> list[bytes]:
    """A value as JSON, whole, cut, doubled, and with its names given twice."""
    text = json.dumps(value).encode()
    twice = b'{"\\ud800": 1, "a": ' + text + b', "\\ud800": 2}'
    return [text, text[:-1], text + b"}", b"[" + text, b'{"a":1,"a":2}}', twice, b"\xff" + text, b"\xef\xbb\xbf" + text]


def queries(names: list[str]) -> st.SearchStrategy[bytes]:
    """Parameters of these and other names, with odd values."""
    odd = [each for each in ODD if isinstance(each, str) and each.isascii()]
    pair = st.tuples(st.sampled_from([*names, "a", "a.b", "requestId", "%00", "updateMask"]), st.sampled_from(odd))
    return st.lists(pair, max_size=3).map(lambda pairs: "&".join("=".join(each) for each in pairs).encode())


# Where the library takes what we do not: each is a mistake of the sender that it would not hear of.
ONLY_THE_LIBRARY = [
    ("doselane.slotting.v1.ListSlotsRequest", {"pageSize": "+1"}),
    ("doselane.slotting.v1.ListSlotsRequest", {"pageSize": "1_0"}),
    ("doselane.slotting.v1.ListSlotsRequest", {"pageSize": "٣"}),
    ("doselane.slotting.v1.ListSlotsRequest", {"pageSize": "1."}),
    ("doselane.slotting.v1.ListSlotsRequest", {"states": [99]}),
    ("doselane.slotting.v1.ListSlotsRequest", {"states": ["1"]}),
    ("doselane.slotting.v1.ListSlotsRequest", {"states": ["CONFIRMED\0x"]}),
    ("doselane.slotting.v1.ClaimSlotRequest", {"demand": []}),
    ("doselane.slotting.v1.ClaimSlotRequest", {"demand": {"administration": {"time": "2027-03-01T08:00:00+25:00"}}}),
    ("doselane.slotting.v1.ClaimSlotRequest", {"demand": {"administration": {"activityMbq": " 1"}}}),
    ("doselane.slotting.v1.ClaimSlotRequest", {"demand\0x": {}}),
]


@pytest.mark.parametrize(("kind", "value"), ONLY_THE_LIBRARY)
def test_what_only_the_library_takes_is_refused_here(kind, value):
    json_format.ParseDict(value, REQUESTS[kind]())
    with pytest.raises(Invalid):
        read(REQUESTS[kind](), value)


def test_an_instant_in_small_letters_is_the_same_instant() -> None:
    kind = next(kind for kind in REQUESTS.values() if kind.DESCRIPTOR.name == "MoveSlotRequest")
    small, capital = kind(), kind()
    read(small, {"departureTime": "2027-03-01t08:00:00z"})
    read(capital, {"departureTime": "2027-03-01T08:00:00Z"})
    assert small == capital
