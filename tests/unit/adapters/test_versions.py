"""By the same version of a mapping the same message is read alike: whatever decides a reading changes the version."""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.courier_epcis import ADAPTER as EPCIS
from adapters.courier_ups import ADAPTER as UPS
from adapters.host.discover import discover
from adapters.host.versions import mapping_version, said
from adapters.mapping import AccountMapping, Mapped


@dataclass(frozen=True)
class Options:
    """Options with one that nobody is shown."""

    codes: dict[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    pause: timedelta = timedelta(seconds=1)
    secret: str = field(default="", repr=False)


# Those that an adapter cannot do without.
OPTIONS: dict[str, dict[str, Any]] = {
    "alert_smtp": {"host": "mail.cdmo.example", "sender": "doselane@cdmo.example", "user": "us", "password": "hush"},
    "alert_twilio": {"account_sid": "AC" + "0" * 32, "sender": "+15550100100"},
    "alert_webhook": {"secrets": ["whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNoaHVzaGh1c2g="]},
    "courier_dhl": {"service": "express"},
    "courier_onerecord": {"server": "https://doselane.example/push/one-record/cargo"},
    "lims_limsml": {
        "user": "us",
        "password": "hush",
        "log_in": {"action": "LOGIN", "fields": {"EXTERNAL_REFERENCE": "{sample}"}},
        "find": {"table": "SAMPLE", "column": "external_reference", "field": "EXTERNAL_REFERENCE"},
    },
    "lims_senaite": {"client": "c" * 32, "contact": "c" * 32},
}
MAPPING = AccountMapping("4", {"sample": "getSampleID"}, {"test": {"LAL": "endotoxin", "ENDO": "endotoxin"}})
GIVEN = Mapped(Options({"a": "b"}), MAPPING)


def changed(**mapping: Any) -> Mapped:
    return replace(GIVEN, mapping=replace(MAPPING, **mapping))


@pytest.mark.parametrize(
    "other",
    [
        changed(version="5"),
        changed(fields={"sample": "SampleID"}),
        changed(tables={"test": {"LAL": "endotoxin"}}),
        changed(tables={"test": {"ENDO": "endotoxin", "LAL": "endotoxin"}}),  # another one is sent
        changed(constants={"client": "DOSELANE"}),
        replace(GIVEN, settings=Options({"a": "c"})),
        replace(GIVEN, settings=Options({"a": "b"}, frozenset({"w"}))),
        replace(GIVEN, settings=Options({"a": "b"}, pause=timedelta(seconds=2))),
        replace(GIVEN, manufacturer=True),
    ],
)
def test_whatever_decides_a_reading_changes_the_version(other: Mapped) -> None:
    assert mapping_version(UPS, GIVEN) != mapping_version(UPS, other)


def test_the_code_of_the_adapter_is_in_it_and_a_secret_is_not() -> None:
    assert mapping_version(UPS, GIVEN) != mapping_version(EPCIS, GIVEN)
    kept = replace(GIVEN, settings=Options({"a": "b"}, secret="hush"))
    assert mapping_version(UPS, kept) == mapping_version(UPS, GIVEN)


def test_it_is_the_operators_word_and_a_digest_or_the_digest_alone() -> None:
    assert re.fullmatch(r"4\+[0-9a-f]{12}", mapping_version(UPS, GIVEN))
    for given in (GIVEN.settings, changed(version="none")):
        assert re.fullmatch("[0-9a-f]{12}", mapping_version(UPS, given))


def test_sets_are_said_in_one_order_and_what_is_no_json_as_text() -> None:
    assert said(Options(words=frozenset("cab"))) == {
        "codes": [],
        "words": ['"a"', '"b"', '"c"'],
        "pause": "0:00:01",
    }


def test_the_settings_of_every_adapter_are_the_same_in_every_process() -> None:
    told = {name: json.dumps(said(each.settings(OPTIONS.get(name, {})))) for name, each in discover().items()}
    assert len(told) > 10
    assert {name for name, text in told.items() if " at 0x" in text or "hush" in text} == set()
