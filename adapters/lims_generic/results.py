"""From one result in the words of our schema to a fact."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from doselane.lims.v1.lims_pb2 import Result

from adapters.content import digest
from adapters.facts import check_time, stamp_if_possible, time_warnings
from adapters.lims_generic.codes import STATE_OF_WORD
from adapters.lims_generic.settings import Settings
from adapters.lims_generic.times import instant_of
from adapters.manifest import Fact, Refused
from adapters.mapping import AccountMapping, Mapped
from adapters.ports import lims

TIMES = ("captured_at", "verified_at", "changed_at")


def word_of(mapping: AccountMapping, table: str, theirs: str) -> str:
    """Our word for theirs. Without a table their words are ours; with one, what it does not list is unknown: empty."""
    return theirs if table not in mapping.tables else mapping.ours(table, theirs) or ""


def renamed(mapping: AccountMapping, table: str, theirs: str) -> str:
    """Our word for theirs, and theirs where the table says nothing."""
    return mapping.ours(table, theirs) or theirs


def fact(
    index: int,
    said: Mapping[str, Any],
    given: Mapped,
    received_at: datetime,
    places: Mapping[str, str],
    state_code: str,
) -> Fact:
    """A result that fits our schema, as a fact. `places`: where its times stand. Raises Refused."""
    settings: Settings = given.settings
    times, warnings = _times(said, settings, received_at, places)
    result = _result(said, given, times, state_code)
    warnings += time_warnings(changed, received_at) if (changed := times["changed_at"]) else ()
    warnings += ("TEST_UNKNOWN",) if result.test_code and not result.test else ()
    # The laboratory's word on an analysis, at a time: all that it says besides is its content.
    key = f"{result.result_id}\n{said['state']}\n{changed.isoformat() if changed else said['changed_at']}"
    content = digest({**said, **{name: at.isoformat() for name, at in times.items() if at}})
    return lims.fact(index, key, content, result, tuple(dict.fromkeys(warnings)))


def _result(said: Mapping[str, Any], given: Mapped, times: Mapping[str, datetime | None], state_code: str) -> Result:
    mapping = given.mapping
    test_code, value = said.get("test", ""), said.get("value", "")
    return Result(
        result_id=said["result_id"],
        sample_references=said["samples"],
        test=word_of(mapping, "test", test_code),
        test_code=test_code,
        replicate=said.get("replicate"),
        state=STATE_OF_WORD[said["state"]],
        state_code=state_code,
        value=value,
        decimal_mark=given.settings.decimal_mark if value else "",
        unit=renamed(mapping, "unit", said.get("unit", "")),
        uncertainty=said.get("uncertainty", ""),
        method=renamed(mapping, "method", said.get("method", "")),
        instrument=said.get("instrument", ""),
        capture_time=stamp_if_possible(times.get("captured_at")),
        verify_time=stamp_if_possible(times.get("verified_at")),
        replaces=said.get("replaces", ""),
    )


def _times(
    said: Mapping[str, Any], settings: Settings, received_at: datetime, places: Mapping[str, str]
) -> tuple[dict[str, datetime | None], tuple[str, ...]]:
    """The instants of a result, None where one cannot be known, and why."""
    found: dict[str, datetime | None] = {}
    warnings: list[str] = []
    for name in TIMES:
        if name in said:
            found[name], why = instant(said[name], settings, received_at, places[name])
            warnings += [why] if why else []
    return found, tuple(warnings)


def instant(text: str, settings: Settings, received_at: datetime, place: str) -> tuple[datetime | None, str]:
    """The instant of a text by the account's zone, not in the future; or None and why it cannot be known."""
    try:
        at, why = instant_of(text, settings.zone)
    except ValueError as wrong:
        raise Refused("TIME_NOT_VALID", f"The time {wrong}.", place) from None
    if at is not None:
        check_time(at, received_at, place)
    return at, why
