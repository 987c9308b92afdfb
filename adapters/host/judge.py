"""Verdicts: from what an adapter read and what was known already to what is stored, published and answered. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from doselane.courier.v1.courier_pb2 import Push, PushNote

from adapters.host.values import Arrival, Case, Claim, Judgement, Verdict
from adapters.manifest import DETAIL_CHARACTERS_MAX, Fact, Refused

REPEATED, CHANGED, UNKNOWN_SHIPMENT = "EVENT_REPEATED", "EVENT_CHANGED", "SHIPMENT_UNKNOWN"
LEFT_OUT = "EVENT_REFUSED"

Place = tuple[UUID, int]  # a push, and the position of a fact in it
Winners = dict[tuple[str, str], tuple[Place, bytes]]  # by courier and key of the fact: where it stands, its content


def verdict(case: Case, claims: Mapping[int, Claim], known: frozenset[int], at: datetime) -> Verdict:
    """The verdict on a push, given what became of each of its facts and which name a shipment that is known.

    Whether its body came before is not known yet; see `repeated`.
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
        Push.ACCEPTED,
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


def repeated(found: Verdict) -> Verdict:
    """The verdict on a push whose body was taken before."""
    return replace(found, state=Push.REPEATED)


def to_publish(case: Case, claims: Mapping[int, Claim], digests: Mapping[int, bytes]) -> Iterator[Fact]:
    """The facts that others must hear of: the new ones, and, judged again, those that now read otherwise."""
    for fact in case.judgement.facts:
        claim = claims[fact.index]
        mine = case.again and claim.owner == (case.arrival.push_id, fact.index)
        if claim.fresh or (mine and claim.milestone != digests[fact.index]):
            yield fact


def claims_of(case: Case, found: Mapping[Place, Claim], winners: Winners) -> dict[int, Claim]:
    """What became of each fact of a push. `winners` are the facts that were new in this batch."""
    claims: dict[int, Claim] = {}
    for fact in case.judgement.facts:
        claim = found.get((case.arrival.push_id, fact.index))
        if claim is None:
            owner, content = winners.get((case.arrival.courier, fact.key), (None, None))
            claim = Claim(False, owner, content)
        claims[fact.index] = claim
    return claims


def winners_of(cases: Sequence[Case], found: Mapping[Place, Claim]) -> Winners:
    """The facts that were new in this batch, by courier and key."""
    return {
        (case.arrival.courier, fact.key): ((case.arrival.push_id, fact.index), fact.content)
        for case in cases
        for fact in case.judgement.facts
        if (claim := found.get((case.arrival.push_id, fact.index))) and claim.fresh
    }


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
