"""What outsiders send in other shapes than the vendors document: read as it was meant, or refused; never lost."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.courier_epcis.port import EVENTS, EpcisReader
from adapters.courier_epcis.settings import settings as epcis_settings
from adapters.courier_fedex import ADAPTER as FEDEX
from adapters.courier_mydhl import ADAPTER as MYDHL
from adapters.courier_ups.translate import ALERT, UpsReader
from adapters.json_body import read_json
from adapters.manifest import Adapter, Incoming, Refused, Translation
from tests.support import dhl, fedex, generic_courier
from tests.support.couriers import epcis_event, ups

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
Read = Callable[[Any], Translation]


def by_ups(time: Any, **changes: Any) -> Translation:
    said = {**ups(AT), "gmtActivityDate": None, "gmtActivityTime": None, "gmtOffset": None, **changes}
    body = json.dumps({**said, "localActivityDate": "20261122", "localActivityTime": time}).encode()
    return UpsReader().translate(Incoming(ALERT, body, {}, AT))


def by_fedex(time: Any, **changes: Any) -> Translation:
    return fedex.read(fedex.a_body(fedex.a_result(fedex.a_scan(date=time, **changes))))


def by_dhl(time: Any, **changes: Any) -> Translation:
    return dhl.read(json.dumps(dhl.shipments(dhl.scan(time, **changes))).encode())


def by_anybody(time: Any, **changes: Any) -> Translation:
    return generic_courier.read(generic_courier.milestones(generic_courier.a_milestone(occurred_at=time, **changes)))


def by_epcis(time: Any, **changes: Any) -> Translation:
    body = json.dumps(epcis_event(eventTime=time, **changes)).encode()
    return EpcisReader(epcis_settings({})).translate(Incoming(EVENTS, body, {}, AT))


READERS: Mapping[str, Callable[..., Translation]] = {
    "ups": by_ups, "fedex": by_fedex, "dhl": by_dhl, "generic": by_anybody, "epcis": by_epcis,
}  # fmt: skip
# None of these says an instant by itself: 24:00 is the next day to some and a mistake to others, a week date and an
# ordinal date are ISO 8601 and no vendor's, and what has no zone needs a place that tells it.
DOUBTFUL: tuple[Any, ...] = (
    "2026-11-22T24:00:00Z", "2026-W47-7T09:30:00Z", "2026-326T09:30:00Z", "2026-11-22", "22.11.2026 09:30",
    "2026-11-22T09:30:60Z", "2026-11-22T09:30:00+99:00", "1764408600", 1764408600, 1764408600.5, True, [], {}, "NaN",
    "2026-11-22T09:30:00Z; 2026-11-22T10:30:00Z", "\u0662\u0660\u0662\u0666-11-22T09:30:00Z", "x" * 100_000,
)  # fmt: skip


def outcome(read: Callable[..., Translation], *given: Any, **changes: Any) -> tuple[str, Translation | None]:
    """`refused`, `left out`, `doubtful` (a fact without an instant) or `dated`. Anything else but a refusal fails."""
    try:
        found = read(*given, **changes)
    except Refused as refusal:
        assert refusal.reason and refusal.words and len(refusal.words) < 1100
        return "refused", None
    if found.refused:
        return "left out", found
    (fact,) = found.facts
    return ("dated" if fact.said.HasField("time") else "doubtful"), found


@pytest.mark.parametrize("courier", READERS)
@pytest.mark.parametrize("time", DOUBTFUL, ids=lambda time: repr(time)[:30])
def test_what_is_no_instant_never_becomes_one(courier: str, time: Any) -> None:
    how, found = outcome(READERS[courier], time)
    assert how != "dated"
    if how == "doubtful":
        assert found is not None
        (fact,) = found.facts
        assert any(warning.startswith(("TIME_", "ZONE_", "FIELD_NOT_VALID")) for warning in fact.warnings)


def test_a_time_without_a_zone_is_the_places_where_it_tells_one_and_else_unknown() -> None:
    local = "2026-11-22T09:30:00"
    assert outcome(by_dhl, local, country="NL")[0] == "dated"
    assert outcome(by_dhl, local, country="US")[0] == "doubtful"
    assert outcome(by_fedex, local)[0] == "dated"  # Minnesota has one zone
    assert outcome(by_anybody, local)[0] == "doubtful"
    assert outcome(by_epcis, local)[0] == "refused"  # the standard asks for an offset


HTML = "Caf&eacute; &amp; <b>Dock</b> &#39;7&#39;"


@pytest.mark.parametrize(
    ("courier", "changes"),
    [
        ("fedex", {"eventDescription": HTML}),
        ("dhl", {"description": HTML}),
        ("generic", {"description": HTML}),
    ],
)
def test_words_stay_as_they_were_written(courier: str, changes: dict[str, Any]) -> None:
    """What is escaped once more or once less would be other words; who shows them escapes them for himself."""
    how, found = outcome(READERS[courier], "2026-11-22T09:30:00Z", **changes)
    assert (how, found and found.facts[0].said.description) == ("dated", HTML)


@pytest.mark.parametrize("courier", ["fedex", "dhl", "generic"])
@pytest.mark.parametrize("words", ["x" * 100_000, "\u202eevil\u2066", "\ufeff", "e\u0301" * 500, "\U0001f680"])
def test_strange_words_are_taken_whole_or_refused_and_never_cut(courier: str, words: str) -> None:
    name = "eventDescription" if courier == "fedex" else "description"
    how, found = outcome(READERS[courier], "2026-11-22T09:30:00Z", **{name: words})
    if how == "dated":
        assert found is not None
        assert found.facts[0].said.description in (words, words.strip("\ufeff").strip())


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\udc00x", "\\uDBFF\\u0041"])
@pytest.mark.parametrize("body", ['{{"a": "{}"}}', '{{"{}": 1}}', '[[["{}"]]]'])
def test_what_no_text_can_hold_is_refused_with_its_place(text: str, body: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_json(body.format(text).encode())
    assert refusal.value.reason == "TEXT_NOT_STORABLE"


@pytest.mark.parametrize(
    ("courier", "changes"),
    [
        ("ups", {"activityStatus": {"type": "I", "code": "ZZ", "description": "?", "descriptionCode": "997"}}),
        ("fedex", {"eventType": "ZZ", "derivedStatusCode": "ZZ"}),
        ("dhl", {"word": "teleported"}),
        ("epcis", {"bizStep": "https://example.org/steps/teleporting"}),
    ],
)
def test_a_code_that_nobody_knows_stays_unknown_and_is_pointed_out(courier: str, changes: dict[str, Any]) -> None:
    time = "093000" if courier == "ups" else "2026-11-22T09:30:00Z"
    _, found = outcome(READERS[courier], time, **changes)
    assert found is not None
    (fact,) = found.facts
    assert (fact.said.kind, "CODE_UNKNOWN" in fact.warnings) == (0, True)


def test_an_event_for_many_parcels_is_one_fact_of_all_of_them() -> None:
    parcels = [f"VEGA-{number:04}" for number in range(200)]
    how, found = outcome(by_anybody, "2026-11-22T09:30:00Z", shipments=parcels)
    if how == "dated":
        assert found is not None
        assert list(found.facts[0].references) == parcels
    else:
        assert how in ("left out", "refused")
    some = [f"urn:epc:id:sscc:0614141.{number:010d}" for number in range(500)]
    _, told = outcome(by_epcis, "2026-11-22T09:30:00Z", epcList=some)
    assert told is not None
    assert set(some) <= set(told.facts[0].references)


@pytest.mark.parametrize("number", [123456789012, "123456789012", "1234 5678 9012"])
def test_a_number_is_the_same_as_a_text_or_refused(number: Any) -> None:
    body = fedex.a_body(fedex.a_result(fedex.a_scan(), number=number), number=number)
    try:
        found = fedex.read(body)
    except Refused:
        return
    assert [fact.references for fact in found.facts] in ([("123456789012",)], [])
    assert found.facts or found.refused


@pytest.mark.parametrize("courier", ["fedex", "dhl", "generic"])
def test_an_event_that_comes_again_with_another_story_has_one_key_only_where_its_sender_named_it(courier: str) -> None:
    """One id with two stories is the host's to judge (EVENT_CHANGED): the key is one, the content is not."""
    name = "eventDescription" if courier == "fedex" else "description"
    given = {} if courier != "generic" else {"event_id": "E-9"}
    first = outcome(READERS[courier], "2026-11-22T09:30:00Z", **{name: "one story", **given})[1]
    again = outcome(READERS[courier], "2026-11-22T09:30:00Z", **{name: "another story", **given})[1]
    assert first is not None
    assert again is not None
    assert first.facts[0].content != again.facts[0].content or first.facts[0].key == again.facts[0].key


@pytest.mark.parametrize("adapter", [FEDEX, MYDHL], ids=lambda each: each.name)
def test_an_account_without_options_has_none_and_says_which_are_too_many(adapter: Adapter) -> None:
    assert adapter.settings({}) is None
    with pytest.raises(ValueError, match="there is no option 'zone', 'speed'"):
        adapter.settings({"zone": "UTC", "speed": 1})
