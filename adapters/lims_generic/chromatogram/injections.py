"""From the injections of a document to results: of samples only, of the radio signal only, of named peaks only."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from doselane.lims.v1.lims_pb2 import Result

from adapters.content import digest
from adapters.facts import stamp_if_possible, time_warnings
from adapters.lims_generic import codes, schema
from adapters.lims_generic.chromatogram.peaks import Peak, peaks_of
from adapters.lims_generic.chromatogram.tree import Branch
from adapters.lims_generic.results import instant, renamed
from adapters.lims_generic.settings import ChromatogramSettings
from adapters.manifest import Fact, Refused, Translation
from adapters.mapping import Mapped
from adapters.ports import lims

_WORD = re.compile(r"[^\W_]+")
_REMARKS_MAX = 5


@dataclass
class ChromatogramReport:
    """What a document was found to say, while it is read."""

    given: Mapped
    settings: ChromatogramSettings
    received_at: datetime
    parser: str
    instrument: str
    facts: list[Fact] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def read(self, injection: Branch) -> None:
        """Takes one injection; what is wrong with it keeps back the document, but not the search for more."""
        signals = injection.branch("measurement aggregate document").branches("measurement document")
        if not signals:
            raise Refused("BODY_NOT_ALLOTROPE", "An injection has no measurement.", injection.place)
        if other := next(filter(None, (no_sample(each, self.settings) for each in signals)), ""):
            self.remarks.append(f"{_injection(signals[0])}: {other}, so it is no result")
            return
        self._take(self._radio(signals))

    def _radio(self, signals: list[Branch]) -> Branch:
        """The one signal that the account's mapping takes for the radio detector's: never the unit says so."""
        found = [each for each in signals if self._channel(each) == codes.RADIO]
        if len(found) == 1:
            return found[0]
        names = ", ".join(filter(None, ("/".join(filter(None, channel(each))) for each in signals)))[:200]
        if found:
            raise Refused(
                "CHANNEL_AMBIGUOUS", f"Several signals are radio by the mapping; there are {names}.", found[1].place
            )
        raise Refused("CHANNEL_UNKNOWN", f"No signal is radio by the mapping; there are {names}.", signals[0].place)

    def _channel(self, signal: Branch) -> str | None:
        label, detection = channel(signal)
        lines = (f"{label}/{detection}", label, f"/{detection}" if detection else "")
        found = (self.given.mapping.ours("channel", line) for line in lines if line)
        return next(filter(None, found), None)

    def _take(self, signal: Branch) -> None:
        peaks = peaks_of(signal, self.settings)
        named = [(test, peak) for peak in peaks if (test := self.given.mapping.ours("peak", peak.name))]
        if not named:
            why = "no peak of it is in the mapping" if peaks else "it was not integrated"
            self.remarks.append(f"{_injection(signal)}: {why}, so there is no result")
        for test, peak in named:
            if [each for each, _ in named].count(test) > 1:
                raise Refused("PEAK_AMBIGUOUS", f"Several peaks are {test} by the mapping.", peak.place)
            self.facts.append(self._fact(signal, test, peak))

    def _fact(self, signal: Branch, test: str, peak: Peak) -> Fact:
        injection = signal.branch("injection document")
        number, at, why = _needed(injection, "injection identifier"), *self._time(injection)
        result = Result(
            result_id=f"{number}/{test}",
            sample_references=_samples(signal.branch("sample document")),
            test=test,
            test_code=peak.name,
            state=self.settings.state,
            value=f"{peak.share:f}",
            unit=renamed(self.given.mapping, "unit", "%"),
            method=self._method(injection),
            instrument=self.instrument,
            capture_time=stamp_if_possible(at),
            parser=self.parser,
        )
        warnings = (why,) if at is None else time_warnings(at, self.received_at)
        # Read once more by a newer converter, it is the same result as long as it says the same.
        content = digest([result.value, result.unit, result.test_code, result.method, *result.sample_references])
        return lims.fact(len(self.facts), f"{result.result_id}\n{result.state}", content, result, warnings)

    def _time(self, injection: Branch) -> tuple[datetime | None, str]:
        if not (text := injection.text("injection time")):
            return None, "TIME_MISSING"
        return instant(text, self.given.settings, self.received_at, injection.below("injection time"))

    def _method(self, injection: Branch) -> str:
        method = injection.branch_if_any("custom information document").text("injection method")
        return renamed(self.given.mapping, "method", method)


def reports(value: Any, given: Mapped, received_at: datetime) -> Translation:
    """The results in a document. Raises Refused, with all that is wrong."""
    settings = given.settings.allotrope
    if settings is None:
        raise Refused("FORMAT_NOT_AGREED", "This account sends no chromatograms: its options say nothing of them.")
    document = Branch(value if isinstance(value, dict) else {})
    if document.value.get("$asm.manifest") != codes.MANIFEST:
        detail = f"The manifest must be {codes.MANIFEST}; no other edition is read."
        raise Refused("MANIFEST_UNKNOWN", detail, document.below("$asm.manifest"))
    top = document.branch("liquid chromatography aggregate document")
    instrument = top.branch_if_any("device system document").text("asset management identifier")
    report = ChromatogramReport(given, settings, received_at, _parser(top), instrument)
    for injection in top.branches("liquid chromatography document"):
        try:
            report.read(injection)
        except Refused as refusal:
            report.refused.append(refusal)
    if report.refused:
        raise schema.together(report.refused)
    return Translation(tuple(report.facts), remark="; ".join(_few(report.remarks)))


def no_sample(signal: Branch, settings: ChromatogramSettings) -> str:
    """Why an injection is of no sample, such as a blank; empty if it is of one."""
    sample, custom = (
        signal.branch("sample document"),
        signal.branch("injection document").branch_if_any("custom information document"),
    )
    role, kind = sample.text("sample role type"), custom.text("injection type")
    if role and role.casefold() not in codes.SAMPLE_ROLES:
        return f"its sample role is {role!r}"
    if kind and kind.casefold() not in codes.SAMPLE_TYPES:
        return f"its injection type is {kind!r}"
    names = (*_names(sample), custom.text("injection name"))
    word = next((each for name in names for each in _WORD.findall(name) if each.casefold() in settings.not_samples), "")
    return f"its name says {word!r}" if word else ""


def channel(signal: Branch) -> tuple[str, str]:
    """The label of a signal and how it was detected; empty where the document does not say."""
    devices = signal.branch_if_any("device control aggregate document").branches("device control document")
    label = signal.branch_if_any("chromatogram data cube").text("label")
    device = devices[0] if len(devices) == 1 else Branch({})
    return label or device.text("device type"), device.text("detection type")


def _parser(top: Branch) -> str:
    system = top.branch("data system document")
    return f"{_needed(system, 'ASM converter name')} {_needed(system, 'ASM converter version')}"


def _samples(sample: Branch) -> list[str]:
    names = [name for name in _names(sample) if name.casefold() not in codes.NO_NAME]
    if not names:
        raise Refused("SAMPLE_MISSING", "The injection names no sample.", sample.place)
    return list(dict.fromkeys(names))


def _names(sample: Branch) -> tuple[str, str]:
    return sample.text("sample identifier"), sample.text("written name")


def _injection(signal: Branch) -> str:
    return f"injection {signal.branch('injection document').text('injection identifier') or 'without a name'}"


def _needed(branch: Branch, key: str) -> str:
    if found := branch.text(key):
        return found
    raise Refused("BODY_NOT_ALLOTROPE", "is missing", branch.below(key))


def _few(remarks: list[str]) -> Iterator[str]:
    yield from remarks[:_REMARKS_MAX]
    if len(remarks) > _REMARKS_MAX:
        yield f"and {len(remarks) - _REMARKS_MAX} more"
