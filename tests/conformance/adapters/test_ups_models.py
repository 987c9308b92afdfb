"""Our model of a Track Alert message takes what UPS's specification allows, and refuses only what decides."""

import copy
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from adapters.courier_ups import codes
from adapters.courier_ups.model import TIMES, TrackingEvent, tracking_event
from adapters.manifest import Refused
from tests.conformance.adapters.mutations import UPS
from tests.support.interfaces import interface

Judge = Callable[[Any], bool]
BLANK: tuple[Any, ...] = (None, "", " ", [])
DECIDES = ("/trackingNumber", "/activityStatus", *(f"/{name}" for name in TIMES))


@pytest.fixture(scope="module")
def specification() -> Any:
    return yaml.safe_load(interface("couriers/ups/UPSTrackAlert.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def by_schema(specification: Any) -> Judge:
    """The verdict of UPS's schema."""
    root = {"$ref": "#/components/schemas/TrackingEventRequest", "components": specification["components"]}
    return Draft202012Validator(root).is_valid


@pytest.fixture(scope="module")
def examples(specification: Any) -> list[Any]:
    """The messages in UPS's specification, and one with everything."""
    content = specification["webhooks"]["TrackingEvent"]["post"]["requestBody"]["content"]["application/json"]
    found = [json.loads(json.dumps(each["value"])) for each in content["examples"].values()]
    more = {
        "gmtOffset": "-04.00",
        "deliveryStartTime": "150000",
        "deliveryEndTime": "170000",
        "deliveryPhoto": "aGk=",
        "alternateTrackingNumber": "1R12345678912345",
    }
    return [*found, {**found[1], **more}]


def as_meant(message: Any) -> Any:
    """The message without what is blank, which UPS sends where it has nothing to say; with a postal code as it is.

    Nine digits with a sign between are UPS's own example and fit its pattern, but not its greatest length.
    """
    if not isinstance(message, dict):
        return message
    kept = {name: as_meant(value) for name, value in message.items() if value not in BLANK}
    code = kept.get("postalCode")
    if isinstance(code, str) and re.fullmatch(r"\d{5}[-\s]\d{4}", code):
        kept["postalCode"] = code[:5]
    return kept


def names_no_day(message: Any) -> bool:
    """Whether a date has the shape of one and is none, such as 31 February: UPS's pattern lets it pass."""
    for name, value in message.items() if isinstance(message, dict) else ():
        if name.endswith("Date") and isinstance(value, str) and re.fullmatch(r"\d{8}", value):
            try:
                date(int(value[:4]), int(value[4:6]), int(value[6:]))
            except ValueError:
                return True
    return False


def read(message: Any) -> TrackingEvent | Refused:
    try:
        return tracking_event(message)
    except Refused as refused:
        return refused


def compare(examples: list[Any], by_schema: Judge, seed: int, count: int) -> None:
    """What UPS's schema allows is taken without a doubt; what it does not is refused for what decides, or doubted."""
    rng = random.Random(seed)
    seen = Counter[str]()
    for _ in range(count):
        message, done = UPS.of(rng.choice(examples), rng)
        valid = by_schema(as_meant(copy.deepcopy(message))) and not names_no_day(message)
        found = read(message)
        if isinstance(found, Refused):
            assert not valid, f"{done}: {message}"
            assert found.place.startswith(DECIDES), f"{done}: {message}"
            seen["refused"] += 1
        else:
            doubted = set(found.not_valid) - {"/activityStatus/descriptionCode"}  # which the schema does not know
            assert not (valid and doubted), f"{done}: {message}"
            seen["doubted" if doubted else "taken"] += 1
    assert min(seen[each] for each in ("taken", "doubted", "refused")) > count / 20, seen


def test_every_example_of_ups_is_taken(examples: list[Any], by_schema: Judge) -> None:
    for example in examples:
        assert by_schema(example)
        assert read(example) == replace(tracking_event(example), not_valid=())


def test_we_agree_with_ups_schema_on_changed_examples(examples: list[Any], by_schema: Judge) -> None:
    compare(examples, by_schema, seed=1, count=1500)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 8))
def test_we_agree_with_ups_schema_on_very_many_changed_examples(
    examples: list[Any], by_schema: Judge, seed: int
) -> None:
    compare(examples, by_schema, seed, count=50_000)


def test_every_code_that_ups_lists_has_a_meaning_or_is_known_to_say_nothing() -> None:
    page = interface("couriers/ups/Tracking-status-description-codes.html").read_text("utf-8")
    listed = {int(code) for code in re.findall(r"<t[dh][^>]*>\s*(?:<[^>]+>\s*)*(\d+)\s*<", page)}
    assert len(listed) > 150
    assert listed == set(codes.KIND_OF_DESCRIPTION_CODE) | codes.SAYS_NOTHING
    assert not set(codes.KIND_OF_DESCRIPTION_CODE) & codes.SAYS_NOTHING


@pytest.mark.parametrize("page", ["Tracking-manifest-codes.html", "Tracking-updates.html"])
def test_every_code_of_two_letters_that_ups_lists_has_a_meaning(page: str) -> None:
    text = interface(f"couriers/ups/{page}").read_text("utf-8")
    listed = set(re.findall(r">\s*([A-Z]{2})\s*<", text))
    assert listed
    assert listed <= {code for _, code in codes.KIND_OF_STATUS_CODE}
