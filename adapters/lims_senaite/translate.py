"""From a sample of SENAITE with its analyses to results: pure, and the unknown stays unknown."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doselane.lims.v1.lims_pb2 import Result

from adapters.facts import check_size, check_time, stamp_if_possible, time_warnings
from adapters.json_body import pointer, read_json
from adapters.lims_senaite.codes import ANALYSES_SPEAK, SHOWS_VALUE, STATE_OF_ANALYSIS, STATE_OF_SAMPLE, State
from adapters.lims_senaite.values import text_of, uncertainty_of, value_of
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.mapping import AccountMapping, Mapped
from adapters.ports.lims import fact

BODY = "BODY_NOT_SAMPLE"
UNKNOWN = "CODE_UNKNOWN"
OLD_VALUE = "VALUE_OF_INVALIDATED_SAMPLE"


@dataclass(frozen=True, slots=True)
class SenaiteReader:
    """Reads what the polls make of a sample: `{"sample": object, "analyses": [objects]}`."""

    given: Mapped

    def translate(self, incoming: Incoming) -> Translation:
        """Reads a sample. Of many analyses one that cannot be read keeps back none of the others."""
        sample, analyses = _parts(read_json(incoming.body))
        found = _SampleFound(sample, self.given.mapping, incoming.received_at)
        facts: list[Fact] = [] if found.ruling is None else [found.fact_of_sample()]
        refused: dict[int, Refused] = {}
        for index, analysis in _newest_first(analyses):
            try:
                facts.append(found.fact_of(index, analysis))
            except Refused as refusal:
                refused[index] = refusal
        if refused and not facts:
            raise next(iter(refused.values()))
        return Translation(tuple(facts), refused, proceeds=True)


def _parts(value: Any) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    sample = value.get("sample") if isinstance(value, dict) else None
    if not isinstance(sample, dict) or not isinstance(sample.get("uid"), str):
        raise Refused(BODY, "A sample with its uid is required.", "/sample/uid")
    analyses = value.get("analyses")
    if not isinstance(analyses, list) or not all(isinstance(each, dict) for each in analyses):
        raise Refused(BODY, "A list of analyses is required.", "/analyses")
    return sample, analyses


def _newest_first(analyses: list[Mapping[str, Any]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Those that replace another come before it, or for a moment the one that they replace would count."""
    numbered = list(enumerate(analyses, 1))
    yield from (each for each in numbered if _retest_of(each[1]))
    yield from (each for each in numbered if not _retest_of(each[1]))


def _retest_of(analysis: Mapping[str, Any]) -> str:
    """The uid of the analysis that this one repeats: as the catalogue has it, or the object."""
    return _uid_in(analysis.get("getRetestOfUID")) or _uid_in(analysis.get("RetestOf"))


def _uid_in(given: Any) -> str:
    """The uid of a reference: one comes as a text, in a list as an object."""
    if isinstance(given, list):
        given = given[0] if given else None
    if isinstance(given, dict):
        given = given.get("uid")
    return given if isinstance(given, str) else ""


class _SampleFound:
    """One sample, with what of it holds for all of its analyses."""

    def __init__(self, sample: Mapping[str, Any], mapping: AccountMapping, received_at: datetime) -> None:
        self._mapping, self._received_at, self._sample = mapping, received_at, sample
        self._state = text_of(sample, "review_state", "/sample")
        self.ruling = STATE_OF_SAMPLE.get(self._state)
        self._is_copy = bool(_uid_in(sample.get("Invalidated")))
        self._copied_at = _instant(text_of(sample, "created", "/sample"))
        names = (text_of(sample, "ClientSampleID", "/sample"), text_of(sample, "id", "/sample"))
        self._names = [name for name in names if name]

    def fact_of_sample(self) -> Fact:
        """What the laboratory says of the sample as a whole."""
        said = Result(
            result_id=self._sample["uid"],
            sample_references=self._names,
            state=self.ruling,
            state_code=self._state,
            capture_time=stamp_if_possible(_instant(text_of(self._sample, "modified", "/sample"))),
        )
        return _fact(0, said, [])

    def fact_of(self, index: int, analysis: Mapping[str, Any]) -> Fact:
        """What the laboratory says of one analysis."""
        place = pointer("analyses", index - 1)
        uid = analysis.get("uid")
        if not isinstance(uid, str) or not uid:
            raise Refused(BODY, "An analysis needs its uid.", f"{place}/uid")
        captured_at, warnings = self._captured(analysis, place)
        state_code, keyword = text_of(analysis, "review_state", place), text_of(analysis, "getKeyword", place)
        state, remarks = self._state_of(state_code, captured_at)
        test = self._mapping.ours("test", keyword) or ""
        value = value_of(analysis, place) if state in SHOWS_VALUE else ""
        said = Result(
            result_id=uid,
            sample_references=self._names,
            test=test,
            test_code=keyword,
            state=state,
            state_code=state_code,
            value=value,
            unit=text_of(analysis, "Unit", place),
            uncertainty=uncertainty_of(analysis, value, place),
            method=text_of(analysis, "getMethodTitle", place),
            instrument=_uid_in(analysis.get("Instrument")),
            capture_time=stamp_if_possible(captured_at) if value else None,
            replaces=_retest_of(analysis),
        )
        return _fact(index, said, [*warnings, *remarks, *([] if test else ["TEST_NOT_MAPPED"])])

    def _state_of(self, code: str, captured_at: datetime | None) -> tuple[Any, list[str]]:
        state = STATE_OF_ANALYSIS.get(code, State.STATE_UNSPECIFIED)
        warnings = [] if state and (self.ruling or self._state in ANALYSES_SPEAK) else [UNKNOWN]
        if self.ruling is not None and state != State.RETRACTED:
            return self.ruling, warnings
        if self._is_copy and state in SHOWS_VALUE and not self._is_fresh(captured_at):
            return State.PENDING, [*warnings, OLD_VALUE]
        return state, warnings

    def _is_fresh(self, captured_at: datetime | None) -> bool:
        """Whether a value on the copy of an invalidated sample was captured after the copy was made."""
        return captured_at is not None and self._copied_at is not None and captured_at > self._copied_at

    def _captured(self, analysis: Mapping[str, Any], place: str) -> tuple[datetime | None, list[str]]:
        written = text_of(analysis, "ResultCaptureDate", place)
        at = _instant(written)
        if at is None:
            return None, ["TIME_ZONE_UNKNOWN"] if written else []
        check_time(at, self._received_at, f"{place}/ResultCaptureDate")
        return at, list(time_warnings(at, self._received_at))


def _fact(index: int, said: Result, warnings: list[str]) -> Fact:
    """One analysis says several things in its life, each of which counts once: its key is what it says."""
    check_size(said, said.result_id, pointer("analyses", index - 1) if index else "/sample")
    content = hashlib.sha256(said.SerializeToString(deterministic=True)).digest()
    return fact(index, f"urn:doselane:senaite:sha-256:{content.hex()}", content, said, tuple(warnings))


def _instant(written: str) -> datetime | None:
    """An instant with its offset; nothing for one whose zone is not said."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
