"""Parts of the host that need neither network nor database."""

import json
import tracemalloc
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.exchange.v1 import exchange_pb2
from google.protobuf.json_format import MessageToJson, Parse
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.host.answers import message_json
from adapters.host.discover import discover
from adapters.host.judge import shown
from adapters.host.routes import Routes
from adapters.host.settings import Settings, accounts
from adapters.host.values import ReceivedMessage, Verdict, digest
from adapters.json_body import pointer, read_json
from adapters.manifest import Refused
from adapters.ports.courier import push
from services.kernel.ids import uuid7
from services.kernel.settings import SettingsError, load
from tests.support.couriers import ACCOUNTS, KEY, NOW, SWIFT
from tests.support.tokens import Issuer

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=30,
)
REASONS = {
    "BODY_EMPTY", "BODY_NOT_UTF8", "BODY_NOT_JSON", "KEY_REPEATED", "NUMBER_TOO_LONG", "NESTED_TOO_DEEP",
    "TEXT_NOT_STORABLE",
}  # fmt: skip
Message, Note = exchange_pb2.Message, exchange_pb2.MessageNote


def test_adapters_are_found_by_their_manifest_alone() -> None:
    assert {"courier_epcis", "courier_ups"} <= set(discover())
    assert "sandbox" not in discover()


def test_every_wrong_account_is_named_at_once_and_no_secret_is_shown() -> None:
    wrong: dict[str, Any] = {
        "Bad Name": {**ACCOUNTS["swift-ups"]},
        "no-adapter": {**ACCOUNTS["swift-ups"], "adapter": "courier_carrier_pigeon"},
        "short-secret": {**ACCOUNTS["swift-ups"], "auth": {"type": "header_key", "header": "x", "secrets": ["hush"]}},
        "three-secrets": {**ACCOUNTS["swift-ups"], "auth": {"type": "basic", "user": "u", "secrets": [KEY] * 3}},
        "no-type": {**ACCOUNTS["swift-ups"], "auth": {"type": "trust-me"}},
        "bad-partner": {**ACCOUNTS["swift-ups"], "partner": "swift", "extra": 1},
        "bad-option": {**ACCOUNTS["swift-ups"], "options": {"speed": 9}},
        "not-an-object": 1,
    }
    with pytest.raises(SettingsError) as refused:
        accounts(json.dumps(wrong), discover(), Issuer().verifier())
    assert len(refused.value.problems) == len(wrong)
    assert "hush" not in str(refused.value)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_accounts_that_are_no_json_object_are_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        accounts(text, {}, Issuer().verifier())


def test_settings_come_from_the_environment() -> None:
    found = load(Settings, {"DOSELANE_EXCHANGE_BODY_BYTES_MAX": "4096"}, "DOSELANE_EXCHANGE")
    assert found.body_bytes_max == 4096
    assert found.accounts.get_secret_value() == "{}"
    with pytest.raises(SettingsError):
        load(Settings, {"DOSELANE_EXCHANGE_BODY_BYTES_MAX": "1"}, "DOSELANE_EXCHANGE")


def test_a_parameter_of_a_path_may_hold_an_encoded_slash() -> None:
    routes = Routes(discover().values())
    found = routes.find("GET", "/epcis/cold/events/ni%3A%2F%2F%2Fsha-256%3B1%3Fver")
    assert not isinstance(found, frozenset)
    assert found[1] == {"account": "cold", "eventID": "ni:///sha-256;1?ver"}
    assert routes.find("PUT", "/ups/x") == {"POST"}
    assert routes.find("POST", "/") == frozenset()


def an_arrival() -> ReceivedMessage:
    return ReceivedMessage(
        uuid7(), "a", SWIFT, "courier_ups", "w", NOW, {}, b"{}", 2, digest(b"{}"), "", "", None, "courier", "pushes"
    )


@pytest.mark.parametrize(
    "verdict",
    [
        None,
        Verdict(Message.ACCEPTED, notes=(Note(), Note(index=3, event_id="é", kind="DELIVERED", warnings=["A", "B"]))),
        Verdict(Message.REFUSED, "R", 'say "no"\n'),
        Verdict(Message.REPEATED, "PARTLY_REFUSED", "words"),
    ],
)
def test_a_push_is_written_as_protobuf_writes_it(verdict: Verdict | None) -> None:
    arrival = an_arrival()
    written, expected = message_json(arrival, verdict, "courier"), push(shown(arrival, verdict))
    assert json.loads(written) == json.loads(MessageToJson(expected))
    assert Parse(written, courier_pb2.Push()) == expected


@given(value=JSON)
def test_json_is_read_as_it_was_written(value: Any) -> None:
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


# Pieces of JSON, right and wrong: strung together they say what no sender should say.
PIECES = st.sampled_from([
    "{", "}", "[", "]", ",", ":", '"a"', '"b"', '"a":1', '"a":1,"a":2', '{"a":1,"a":2}', "NaN", "-Infinity", "1e999",
    "1" * 5000, '"\\u0000"', '"\\ud800"', '"\\ud83d\\ude00"', '"', "\\", "\x00", "\ufeff", "true", " ", "[" * 70,
    "]" * 70, '{"a":' * 70,
])  # fmt: skip


@given(body=st.binary(max_size=200) | st.lists(PIECES, max_size=12).map(lambda pieces: "".join(pieces).encode()))
@example(b'{"a":1,"a":2}}')
@example(b'{"a":1,"a":2')
@example(b'[{"a":1,"a":2},NaN]')
@example(b'{"a":1,"a":2}' + b"[" * 100_000)
@example(b"[" * 1_000_000)
def test_no_bytes_do_worse_than_be_refused(body: bytes) -> None:
    try:
        read_json(body)
    except Refused as refused:
        assert refused.reason


@given(value=JSON, data=st.data())
def test_no_json_that_was_tampered_with_does_worse_than_be_refused(value: Any, data: st.DataObject) -> None:
    body = json.dumps({"a": value, "b": value}).replace('"b"', '"a"').encode()
    at, piece = data.draw(st.integers(0, len(body))), data.draw(PIECES)
    for changed in (body, body[:at], body[:at] + piece.encode() + body[at:]):
        try:
            read_json(changed)
        except Refused as refused:
            assert refused.reason in REASONS
        else:
            assert changed not in (body, body[:at])


def test_the_place_of_a_fault_costs_no_more_than_the_body() -> None:
    # A long name with many values below it, of which the last holds what no text can hold: their product is gigabytes.
    body = b'{"' + b"k" * 100_000 + b'":[' + b"[]," * 50_000 + b'"\\u0000"]}'
    tracemalloc.start()
    with pytest.raises(Refused, match="TEXT_NOT_STORABLE"):
        read_json(body)
    assert tracemalloc.get_traced_memory()[1] < 40 * len(body)
    tracemalloc.stop()


def test_a_name_that_stands_twice_is_found_wherever_it_is() -> None:
    with pytest.raises(Refused) as refused:
        read_json(b'{"a": [{}, {"b/c": {"d~": 1, "d~": 2}}]}')
    assert (refused.value.reason, refused.value.place) == ("KEY_REPEATED", "/a/1/b~1c/d~0")
    assert pointer("a", 1, "b/c", "d~") == refused.value.place
    with pytest.raises(Refused) as refused:
        read_json(b'{"a": {"b": 1, "b": 2}, "a": 3}')
    assert refused.value.place == "/a"


def test_a_byte_order_mark_is_passed_over_and_a_pair_of_surrogates_is_a_character() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": "\\ud83d\\ude00"}') == {"a": "😀"}


def test_words_that_quote_the_body_can_be_stored() -> None:
    refused = Refused("R", "a\0b\ud800", "/x\0" + "y" * 5000)
    assert refused.words.encode()
    assert "\0" not in refused.words
    assert len(refused.words) < 3000
