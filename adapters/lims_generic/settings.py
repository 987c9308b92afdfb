"""The options of an account whose laboratory pushes results."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from doselane.lims.v1.lims_pb2 import Result

from adapters.json_body import is_number
from adapters.lims_generic.codes import NOT_SAMPLES, STATE_OF_WORD

_OPTIONS = frozenset({"zone", "decimal_mark", "allotrope"})
_OF_ALLOTROPE = frozenset({"state", "peak_height", "peak_area", "not_samples"})
# What a file may count as: it says nothing of a verification, so the account must.
_STATES = ("preliminary", "verified")


@dataclass(frozen=True, slots=True)
class PlausibleRange:
    """What the main peak of a radio signal may measure; no other peak may measure more."""

    lowest: Decimal
    highest: Decimal


@dataclass(frozen=True, slots=True)
class ChromatogramSettings:
    """How Allotrope files of an account are read."""

    state: Result.State
    peak_height: PlausibleRange
    peak_area: PlausibleRange
    not_samples: frozenset[str]


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from laboratory to laboratory and is no word of theirs."""

    zone: ZoneInfo | None = None  # of times that say none
    decimal_mark: str = ""
    allotrope: ChromatogramSettings | None = None  # None: the laboratory sends no such files


def settings(options: Mapping[str, Any]) -> Settings:
    """Reads `{"zone": …, "decimal_mark": ",", "allotrope": {…}}`; all may be left out."""
    if wrong := [*_wrong(options), *_wrong_in_allotrope(options.get("allotrope"))]:
        raise ValueError("; ".join(wrong))
    zone, allotrope = options.get("zone"), options.get("allotrope")
    return Settings(
        ZoneInfo(zone) if zone else None,
        options.get("decimal_mark", ""),
        _chromatograms(allotrope) if allotrope is not None else None,
    )


def _wrong(options: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"there is no option {name!r}" for name in options if name not in _OPTIONS)
    if "zone" in options and str(options["zone"]) not in available_timezones():
        yield f"zone must be a time zone such as Europe/Zurich, not {str(options['zone'])[:40]!r}"
    if options.get("decimal_mark", ".") not in (".", ","):
        yield "decimal_mark must be '.' or ','"


def _wrong_in_allotrope(given: Any) -> Iterator[str]:
    if given is None:
        return
    if not isinstance(given, dict):
        yield "allotrope must be an object"
        return
    yield from (f"allotrope: there is no option {name!r}" for name in given if name not in _OF_ALLOTROPE)
    if given.get("state", "preliminary") not in _STATES:
        yield f"allotrope.state must be one of {', '.join(_STATES)}"
    for name in ("peak_height", "peak_area"):
        if not _is_range(given.get(name)):
            yield f"allotrope.{name} must be two numbers, the lowest and the highest that is plausible"
    words = given.get("not_samples", [])
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        yield "allotrope.not_samples must be a list of words"


def _is_range(given: Any) -> bool:
    if not isinstance(given, list) or len(given) != 2 or not all(map(is_number, given)):
        return False
    return 0 <= given[0] < given[1]


def _chromatograms(given: Mapping[str, Any]) -> ChromatogramSettings:
    height, area = (
        PlausibleRange(*(Decimal(str(each)) for each in given[name])) for name in ("peak_height", "peak_area")
    )
    words = given.get("not_samples", NOT_SAMPLES)
    state = STATE_OF_WORD[given.get("state", "preliminary")]
    return ChromatogramSettings(state, height, area, frozenset(word.casefold() for word in words))
