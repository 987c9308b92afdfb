"""How a body of EPCIS is read as a whole: what one bad event spoils, what is said of it, what a problem is called."""

import json
from typing import Any

import pytest

from adapters.courier_epcis.answers import problem_type
from adapters.courier_epcis.headers import capture_headers, proceeds
from adapters.courier_epcis.port import CAPTURE, EVENTS, EpcisReader
from adapters.courier_epcis.settings import settings
from adapters.manifest import Incoming, Refused, Translation
from tests.support.couriers import NOW, epcis_document, epcis_event

PROCEED = {"gs1-capture-error-behaviour": "proceed"}


def read(body: Any, headers: dict[str, str] | None = None, webhook: str = CAPTURE, **options: Any) -> Translation:
    return EpcisReader(settings(options)).translate(Incoming(webhook, json.dumps(body).encode(), headers or {}, NOW))


def spoilt() -> dict[str, Any]:
    return epcis_event(eventTimeZoneOffset="+15:00")


@pytest.mark.parametrize("headers", [{}, {"gs1-capture-error-behaviour": "rollback"}])
def test_one_bad_event_spoils_its_document(headers: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        read(epcis_document(epcis_event(), spoilt()), headers)
    assert refused.value.place.startswith("/epcisBody/eventList/1/")
    whole = read(epcis_document(epcis_event()), headers)
    assert (len(whole.facts), whole.refused, whole.proceeds) == (1, {}, False)


def test_a_sender_may_ask_that_the_good_events_are_taken() -> None:
    found = read(epcis_document(spoilt(), epcis_event(), spoilt()), PROCEED)
    assert ([fact.index for fact in found.facts], sorted(found.refused), found.proceeds) == ([1], [0, 2], True)
    assert "offset" in found.remark.lower()
    with pytest.raises(Refused) as refused:
        read(epcis_document(spoilt()), PROCEED)
    assert refused.value.place.startswith("/epcisBody/eventList/0/")


def test_a_single_event_is_taken_or_refused_whatever_was_asked_for() -> None:
    assert not read({**epcis_event(), "@context": epcis_document()["@context"]}, PROCEED, EVENTS).proceeds
    with pytest.raises(Refused):
        read({**spoilt(), "@context": epcis_document()["@context"]}, PROCEED, EVENTS)


def test_what_is_asked_for_is_one_of_two_words() -> None:
    assert [proceeds({}), proceeds(PROCEED), proceeds({"gs1-capture-error-behaviour": "rollback"})] == [
        False,
        True,
        False,
    ]
    with pytest.raises(Refused, match="HEADER_NOT_VALID") as refused:
        proceeds({"gs1-capture-error-behaviour": "x" * 41})
    assert refused.value.detail.endswith(f"not '{'x' * 40}'.")


def test_the_limits_of_a_push_are_told_as_they_are() -> None:
    assert dict(capture_headers(1000, 7)) == {
        "GS1-EPCIS-Capture-Limit": "7",
        "GS1-EPCIS-Capture-File-Size-Limit": "1000",
        "GS1-Capture-Error-Behaviour": "all",
    }
    assert len(read(epcis_document(*[epcis_event()] * 3), events_max=3).facts) == 3
    with pytest.raises(Refused, match="TOO_MANY_EVENTS") as refused:
        read(epcis_document(*[epcis_event()] * 4), events_max=3)
    assert refused.value.status == 413


INPUT, OUTPUT = (
    {"inputEPCList": ["urn:epc:id:sgtin:4012345.011111.1"]},
    {"outputEPCList": ["urn:epc:id:sgtin:4012345.022222.1"]},
)
RUN = {"transformationID": "urn:uuid:8ab2a3c4-0000-4000-8000-000000000001"}


@pytest.mark.parametrize(("said", "words"), [
    ({**INPUT, **OUTPUT}, ""), ({**RUN, **INPUT}, ""), ({**RUN, **OUTPUT}, ""), ({**RUN, **INPUT, **OUTPUT}, ""),
    (RUN, "must have inputs or outputs"),
    (INPUT, "must have inputs and outputs, or a `transformationID` and one of them"),
    (OUTPUT, "must have inputs and outputs"), ({}, "must have inputs and outputs"),
])  # fmt: skip
def test_a_transformation_has_both_sides_or_an_id_and_one_of_them(said: dict[str, Any], words: str) -> None:
    event = {
        name: value
        for name, value in epcis_event(type="TransformationEvent").items()
        if name not in ("epcList", "action")
    }
    body = {**event, **said, "@context": epcis_document()["@context"]}
    if not words:
        assert len(read(body, webhook=EVENTS).facts) == 1
        return
    with pytest.raises(Refused) as refused:
        read(body, webhook=EVENTS)
    assert words in refused.value.detail


@pytest.mark.parametrize(("status", "reason", "called"), [
    (400, "", "ValidationException"), (401, "", "SecurityException"), (404, "", "NoSuchNameException"),
    (406, "", "NotAcceptableException"), (409, "", "ResourceAlreadyExistsException"),
    (413, "", "CaptureLimitExceededException"), (414, "", "URITooLongException"),
    (415, "", "UnsupportedMediaTypeException"), (500, "", "ImplementationException"),
    (418, "", "ImplementationException"),
    (400, "SUBSCRIPTION_NOT_VALID", "SubscriptionControlsException"),
])  # fmt: skip
def test_a_problem_is_called_as_the_binding_calls_it(status: int, reason: str, called: str) -> None:
    assert problem_type(status, reason) == f"epcisException:{called}"


def test_of_several_mistakes_each_is_said_with_its_place_in_small_letters() -> None:
    event = {**epcis_event(), "eventTimeZoneOffset": "x", "action": "WISH"}
    with pytest.raises(Refused) as refused:
        read({**event, "@context": epcis_document()["@context"]}, webhook=EVENTS)
    first, second = refused.value.detail.removesuffix(".").split("; ")
    assert first.startswith(("/eventTimeZoneOffset ", "/action ")) and second.startswith(
        ("/eventTimeZoneOffset ", "/action ")
    )
    assert first.partition(" ")[2][0].islower() and second.partition(" ")[2][0].islower()
