"""Verdicts: from what an adapter read and what was known already to what is stored, published and answered. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from doselane.courier.v1.courier_pb2 import Push, PushNote

from adapters.host.values import Arrival, Case, Claim, Judgement, Verdict
from adapters.manifest import DETAIL_CHARACTERS_MAX, Fact, Refused

REPEATED, CHANGED, UNKNOWN_SHIPMENT = "EVENT_REPEATED", "EVENT_CHANGED", "SHIPMENT_UNKNOWN"
LEFT_OUT = "EVENT_REFUSED"


def verdict(case: Case, claims: Mapping[int, Claim], known: frozenset[int], first: UUID, at: datetime) -> Verdict:
    """The verdict on a push.

    `claims` says what became of each of its facts, `known` which of them name a shipment that a dose travels with, and
    `first` with which push its body came first.
    """
    judgement = case.judgement
    if judgement.refusal:
        return refused(judgement.refusal, at)
    facts = judgement.facts
    if status := _taken_by_another(case, claims):
        detail = "An event with this id and another content was taken before."
        return refused(Refused("EVENT_CHANGED", detail, status=status), at)
    notes = [_note(fact, claims[fact.index], case.arrival.push_id, fact.index in known) for fact in facts]
    notes += [
        PushNote(index=index, warnings=[LEFT_OUT, refusal.reason]) for index, refusal in judgement.refused.items()
    ]
    return Verdict(
        Push.ACCEPTED if first == case.arrival.push_id else Push.REPEATED,
        reason="PARTLY_REFUSED" if judgement.refused else "",
        detail=judgement.remark[:DETAIL_CHARACTERS_MAX],
        notes=tuple(sorted(notes, key=lambda note: note.index)),
        judged_at=at,
    )


def refused(refusal: Refused, at: datetime) -> Verdict:
    """The verdict on a push of which nothing can be taken."""
    return Verdict(
        Push.REFUSED, refusal.reason, refusal.words, place=refusal.place, status=refusal.status, judged_at=at
    )


def to_publish(case: Case, claims: Mapping[int, Claim]) -> Iterator[Fact]:
    """The facts that others must hear of: the new ones, and, judged again, those that now read otherwise."""
    for fact in case.judgement.facts:
        claim = claims[fact.index]
        mine = case.again and claim.owner == (case.arrival.push_id, fact.index)
        if claim.fresh or (mine and claim.milestone != case.judgement.milestones[fact.index]):
            yield fact


def claims(cases: Sequence[Case], known: Mapping[int, Claim]) -> list[dict[int, Claim]]:
    """For each push what became of each of its facts. `known` goes by the number of the fact in the whole batch.

    Of equal facts in one batch the first one is new.
    """
    told: dict[tuple[str, str], Claim] = {}
    number = 0
    found: list[dict[int, Claim]] = []
    for case in cases:
        of_case: dict[int, Claim] = {}
        for fact in case.judgement.facts:
            name, place = (case.arrival.courier, fact.key), (case.arrival.push_id, fact.index)
            before = known.get(number) or told.get(name)
            of_case[fact.index] = before or Claim(True, place)
            told.setdefault(name, Claim(False, place, fact.content))
            number += 1
        found.append(of_case)
    return found


def first_pushes(cases: Sequence[Case], known: Mapping[int, UUID]) -> list[UUID]:
    """For each push the one that its body came with first. `known` goes by the number of the push in the batch."""
    told: dict[tuple[str, bytes], UUID] = {}
    found: list[UUID] = []
    for number, case in enumerate(cases):
        name = (case.arrival.courier, case.arrival.body_sha256)
        # A body that is refused is never taken, so a copy of it may still be the first.
        if case.judgement.refusal is None:
            told.setdefault(name, known.get(number, case.arrival.push_id))
        found.append(told.get(name, case.arrival.push_id))
    return found


def message(arrival: Arrival, found: Verdict | None, *, body: bool = False) -> Push:
    """A push as the port shows it."""
    shown = Push(
        name=arrival.name,
        courier=arrival.courier,
        adapter=arrival.adapter,
        state=Push.RECEIVED,
        body_sha256=arrival.body_sha256.hex(),
        body_bytes=arrival.body_bytes,
        body=(arrival.body or b"") if body else b"",
    )
    shown.receive_time.FromDatetime(arrival.received_at)
    if found:
        shown.state, shown.reason, shown.detail = found.state, found.reason, found.detail
        shown.notes.extend(found.notes)
    return shown


def unread(refusal: Refused) -> Judgement:
    """The judgement on a push that is not read at all."""
    return Judgement(refusal=refusal)


def _taken_by_another(case: Case, claims: Mapping[int, Claim]) -> int | None:
    """The status for an event that came alone, if its id stands for another content already."""
    status = case.webhook.changed_event_status if case.webhook else None
    if status is None or len(case.judgement.facts) != 1:
        return None
    fact = case.judgement.facts[0]
    claim = claims[fact.index]
    told_before = _told_before(fact, claim, case.arrival.push_id)
    return status if told_before and _differs(fact, claim) else None


def _told_before(fact: Fact, claim: Claim, push_id: UUID) -> bool:
    return not claim.fresh and claim.owner != (push_id, fact.index)


def _differs(fact: Fact, claim: Claim) -> bool:
    return claim.content not in (None, fact.content)


def _note(fact: Fact, claim: Claim, push_id: UUID, known: bool) -> PushNote:
    warnings = list(fact.warnings)
    if not known:
        warnings.append(UNKNOWN_SHIPMENT)
    if _told_before(fact, claim, push_id):
        warnings.append(CHANGED if _differs(fact, claim) else REPEATED)
    return PushNote(index=fact.index, event_id=fact.milestone.event_id, kind=fact.milestone.kind, warnings=warnings)
