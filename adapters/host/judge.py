"""Verdicts: from what an adapter read and what was known already to what is stored, published and answered. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from doselane.courier.v1.courier_pb2 import Push, PushNote

from adapters.host.values import Arrival, Case, Claim, Judgement, Verdict
from adapters.manifest import DETAIL_CHARACTERS_MAX, Fact, Refused

REPEATED, CHANGED, UNKNOWN_SHIPMENT = "EVENT_REPEATED", "EVENT_CHANGED", "SHIPMENT_UNKNOWN"
LEFT_OUT = "EVENT_REFUSED"
REMARKS_MAX = 3

Told = dict[tuple[str, str], Claim]  # facts of earlier pushes of the same batch, by courier and key


def verdict(case: Case, claims: Mapping[int, Claim], known: frozenset[int], first: UUID, at: datetime) -> Verdict:
    """The verdict on a push.

    `claims` says what became of each of its facts, `known` which of them name a shipment that a dose travels with, and
    `first` with which push its body came first.
    """
    judgement = case.judgement
    if judgement.refusal:
        return refused(judgement.refusal, at)
    changed = dict(_changed(case, claims))
    if changed and (not judgement.proceeds or len(changed) == len(judgement.facts)):
        return refused(next(iter(changed.values())), at)
    left_out = {**judgement.refused, **changed}
    notes = [
        _note(fact, claims[fact.index], case.arrival.push_id, fact.index in known)
        for fact in judgement.facts
        if fact.index not in changed
    ]
    notes += [PushNote(index=index, warnings=[LEFT_OUT, refusal.reason]) for index, refusal in left_out.items()]
    remarks = [judgement.remark, *(refusal.words for refusal in list(changed.values())[:REMARKS_MAX])]
    return Verdict(
        Push.ACCEPTED if first == case.arrival.push_id else Push.REPEATED,
        reason="PARTLY_REFUSED" if left_out else "",
        detail="; ".join(filter(None, remarks))[:DETAIL_CHARACTERS_MAX],
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


def claims(case: Case, known: Mapping[int, Claim], number: int, told: Told) -> dict[int, Claim]:
    """What became of each fact of a push: whether it is new, or what stood there already.

    `known` goes by the number of the fact in its batch, `number` is that of the first one here, and `told` has what
    earlier pushes of the batch brought. Of equal facts the first one is new.
    """
    here: Told = {}
    found: dict[int, Claim] = {}
    for at, fact in enumerate(case.judgement.facts, number):
        name, place = (case.arrival.courier, fact.key), (case.arrival.push_id, fact.index)
        found[fact.index] = known.get(at) or told.get(name) or here.get(name) or Claim(True, place)
        here.setdefault(name, Claim(False, place, fact.content))
    return found


def remember(case: Case, claims: Mapping[int, Claim], told: Told) -> None:
    """Notes for the later pushes of the batch what this one brought. Call only if it was not refused."""
    for fact in case.judgement.facts:
        if claims[fact.index].fresh:
            place = (case.arrival.push_id, fact.index)
            told[case.arrival.courier, fact.key] = Claim(False, place, fact.content)


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


def _changed(case: Case, claims: Mapping[int, Claim]) -> Iterator[tuple[int, Refused]]:
    """The events whose id stands for another content already, where the other side takes that for an error."""
    status = case.webhook.changed_event_status if case.webhook else None
    for fact in case.judgement.facts if status is not None else ():
        claim = claims[fact.index]
        if _told_before(fact, claim, case.arrival.push_id) and _differs(fact, claim):
            words = f"event {fact.index}: an event with this id and another content was taken before."
            yield fact.index, Refused(CHANGED, words, status=status or 400)


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
