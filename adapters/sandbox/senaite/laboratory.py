"""What people do in a laboratory that works with SENAITE, by the workflows of its samples and analyses.

It keeps its state in memory, as a sandbox may.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from services.kernel.clock import Clock

SAMPLE, ANALYSIS = "AnalysisRequest", "Analysis"
Record = dict[str, Any]

OPEN = frozenset({"unassigned", "assigned"})
# Ignored when the laboratory asks whether a sample is done.
_ASIDE = frozenset({"retracted", "rejected", "cancelled"})
_MADE_ANEW = (
    "Result",
    "ResultCaptureDate",
    "DetectionLimitOperand",
    "Uncertainty",
    "getSubmittedBy",
    "getVerificators",
)


class WorkflowRefused(Exception):
    """A step that SENAITE does not allow in the state in which the thing is."""


@dataclass(frozen=True, slots=True)
class LaboratoryService:
    """What the laboratory can test, by its keyword."""

    uid: str
    keyword: str
    unit: str = ""
    method: str = ""
    allows_operand: bool = True
    lower: str = ""
    upper: str = ""
    options: Sequence[Mapping[str, str]] = ()
    is_text: bool = False


class SenaiteLaboratory:
    """Samples and analyses, and what may be done with them."""

    def __init__(
        self,
        clock: Clock,
        client: str,
        contact: str,
        sample_types: Sequence[str],
        services: Sequence[LaboratoryService],
        profiles: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._clock, self.client, self._contact, self._sample_types = clock, client, contact, sample_types
        self._services, self._profiles = {each.uid: each for each in services}, profiles or {}
        self.objects: dict[str, Record] = {}
        self._last_change = clock.now()
        self.changes_samples = True  # whether what happens to an analysis counts as a change of its sample

    # What the API asks.

    def add_sample(self, client: str, fields: Mapping[str, Any]) -> Record | None:
        """A new sample; None if it cannot be made. A missing contact is let through."""
        if client != self.client or fields.get("SampleType") not in self._sample_types:
            return None
        number = sum(each["portal_type"] == SAMPLE for each in self.objects.values()) + 1
        sample = self._added(SAMPLE, f"LS-{number:04d}", "sample_due")
        sample |= {"SampleType": fields["SampleType"], "getClientUID": client, "Invalidated": None}
        self.set_fields(sample, {name: each for name, each in fields.items() if name != "SampleType"})
        return sample

    def set_fields(self, sample: Record, fields: Mapping[str, Any]) -> None:
        """Sets what can be set, and drops the rest without a word."""
        if fields.get("Contact") == self._contact:
            sample["Contact"] = self._contact
        for name in ("ClientSampleID", "DateSampled"):
            if isinstance(fields.get(name), str):
                sample[name] = fields[name]
        is_new = not self.analyses(sample)
        asked = [uid for profile in fields.get("Profiles") or () for uid in self._profiles.get(profile, ())]
        asked += [uid for each in fields.get("Analyses") or () if (uid := _uid_of(each, bare=is_new))]
        if asked:
            self._set_analyses(sample, list(dict.fromkeys(asked)))
        self._changed(sample)

    def analyses(self, sample: Record) -> list[Record]:
        """The analyses of a sample."""
        return [each for each in self.objects.values() if each.get("getRequestID") == sample["id"]]

    def analysis(self, sample: Record, keyword: str) -> Record:
        """The newest analysis of a sample with this keyword."""
        return [each for each in self.analyses(sample) if each["getKeyword"] == keyword][-1]

    def sample(self, reference: str) -> Record:
        """The newest sample with a client's reference."""
        return [each for each in self.objects.values() if each.get("ClientSampleID") == reference][-1]

    # What people do.

    def receive(self, sample: Record) -> None:
        """The sample has arrived; its analyses may begin."""
        self._step(sample, {"sample_due"}, "sample_received")
        for each in self.analyses(sample):
            if each["review_state"] == "registered":
                self._step(each, {"registered"}, "unassigned")

    def submit(self, analysis: Record, result: str, by: str = "analyst", **fields: Any) -> None:
        """A result is in."""
        if self._sample_of(analysis)["review_state"] != "sample_received" or not result:
            raise WorkflowRefused("a result needs a received sample, and a value")
        service = self._services[analysis["getServiceUID"]]
        operand, digits = (result[0], result[1:]) if result[0] in "<>" else (None, result)
        analysis |= {"Result": digits, "DetectionLimitOperand": operand if service.allows_operand else None, **fields}
        analysis |= {"ResultCaptureDate": self._clock.now().isoformat(), "getSubmittedBy": by}
        self._step(analysis, OPEN, "to_be_verified")
        sample = self._sample_of(analysis)
        if not any(each["review_state"] in OPEN for each in self.analyses(sample)):
            self._step(sample, {"sample_received"}, "to_be_verified")

    def verify(self, analysis: Record, by: str = "reviewer") -> None:
        """Somebody else has looked at the result. The sample does not follow by itself."""
        if by == analysis.get("getSubmittedBy"):
            raise WorkflowRefused("who submitted a result does not verify it")
        self._step(analysis, {"to_be_verified"}, "verified")
        analysis["getVerificators"] = by

    def verify_sample(self, sample: Record) -> None:
        """All of its analyses are verified."""
        states = {each["review_state"] for each in self.analyses(sample)} - _ASIDE
        if states != {"verified"}:
            raise WorkflowRefused("an analysis is not verified")
        self._step(sample, {"to_be_verified"}, "verified")

    def publish(self, sample: Record) -> None:
        """The report is out. Without a contact there is nobody to report to."""
        if not sample.get("Contact"):
            raise WorkflowRefused("the sample has no contact")
        self._step(sample, {"verified"}, "published")
        for each in self.analyses(sample):
            if each["review_state"] == "verified":
                self._step(each, {"verified"}, "published")

    def retest(self, analysis: Record) -> Record:
        """Made again: the old one counts as verified, and the new one begins without a result."""
        self._step(analysis, {"to_be_verified"}, "verified")
        return self._copied(analysis)

    def retract(self, analysis: Record) -> Record:
        """Taken back, and made again."""
        self._step(analysis, {"to_be_verified"}, "retracted")
        return self._copied(analysis)

    def reject(self, analysis: Record) -> None:
        """Not made."""
        self._step(analysis, {*OPEN, "to_be_verified"}, "rejected")

    def cancel(self, analysis: Record) -> None:
        """Not wanted any more."""
        self._step(analysis, {*OPEN, "registered"}, "cancelled")

    def invalidate(self, sample: Record) -> Record:
        """What was reported does not hold. A copy takes over, with the old results as if they were still to come."""
        self._step(sample, {"verified", "published"}, "invalid")
        copy = self._added(SAMPLE, f"{sample['id']}-R01", "sample_received")
        taken_over = ("SampleType", "getClientUID", "Contact", "ClientSampleID", "DateSampled")
        copy |= {name: sample[name] for name in taken_over if name in sample} | {"Invalidated": sample["uid"]}
        for each in self.analyses(sample):
            if each["review_state"] != "retracted" and not each.get("getRetestOfUID"):
                new = self._added(ANALYSIS, each["id"], "unassigned")
                self.objects[new["uid"]] = {**each, **new, "getRequestID": copy["id"]}
        return copy

    # How it is done.

    def _step(self, thing: Record, allowed: set[str] | frozenset[str], to: str) -> None:
        if thing["review_state"] not in allowed:
            raise WorkflowRefused(f"{thing['id']} is {thing['review_state']}, and cannot become {to}")
        thing["review_state"] = to
        if thing["portal_type"] == SAMPLE or self.changes_samples:
            self._changed(thing if thing["portal_type"] == SAMPLE else self._sample_of(thing))

    def _changed(self, sample: Record) -> None:
        """No two changes at one instant, as between two of people there is time."""
        self._last_change = max(self._last_change + timedelta(milliseconds=1), self._clock.now())
        sample["modified"] = self._last_change.isoformat()

    def _sample_of(self, analysis: Record) -> Record:
        return next(each for each in self.objects.values() if each["id"] == analysis["getRequestID"])

    def _added(self, portal_type: str, name: str, state: str) -> Record:
        record = {"uid": uuid4().hex, "id": name, "portal_type": portal_type, "review_state": state}
        record |= {"created": self._clock.now().isoformat()}
        self.objects[record["uid"]] = record
        if portal_type == SAMPLE:
            self._changed(record)
        return record

    def _set_analyses(self, sample: Record, asked: Sequence[str]) -> None:
        there = {each["getServiceUID"]: each for each in self.analyses(sample)}
        for uid in there.keys() - set(asked):
            del self.objects[there[uid]["uid"]]
        for uid in asked:
            if uid not in there and (service := self._services.get(uid)):
                self._add_analysis(sample, service)

    def _add_analysis(self, sample: Record, service: LaboratoryService) -> None:
        analysis = self._added(ANALYSIS, service.keyword, "registered")
        analysis |= {"getRequestID": sample["id"], "getKeyword": service.keyword, "getServiceUID": service.uid}
        analysis |= {"Unit": service.unit, "getMethodTitle": service.method, "getRetestOfUID": None, "RetestOf": None}
        analysis |= {"LowerDetectionLimit": service.lower, "UpperDetectionLimit": service.upper}
        analysis |= {"ResultOptions": list(service.options), "StringResult": service.is_text, "InterimFields": []}
        analysis |= dict.fromkeys(_MADE_ANEW)

    def _copied(self, analysis: Record) -> Record:
        """A new analysis in place of one, and the sample open again."""
        number = sum(each["getKeyword"] == analysis["getKeyword"] for each in self._beside(analysis))
        new = self._added(ANALYSIS, f"{analysis['getKeyword']}-{number}", "unassigned")
        empty = dict.fromkeys(_MADE_ANEW)
        self.objects[new["uid"]] = copy = {**analysis, **empty, **new}
        copy |= {"RetestOf": analysis["uid"], "getRetestOfUID": analysis["uid"]}
        sample = self._sample_of(analysis)
        if sample["review_state"] != "sample_received":
            self._step(sample, {"to_be_verified", "verified"}, "sample_received")
        return copy

    def _beside(self, analysis: Record) -> Iterator[Record]:
        return iter(self.analyses(self._sample_of(analysis)))


def _uid_of(given: Any, *, bare: bool) -> str | None:
    """The uid of a service: a new sample takes bare ones too, one that is there takes objects only."""
    if isinstance(given, dict):
        given, bare = given.get("uid"), True
    return given if bare and isinstance(given, str) else None
