"""Verdicts: from what an adapter read and what was known already to what is stored, published and answered. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from doselane.exchange.v1.exchange_pb2 import Message, MessageNote

from adapters.host.values import Account, Deduplication, PendingMessage, ReceivedMessage, TranslationResult, Verdict
from adapters.manifest import DETAIL_CHARACTERS_MAX, Fact, Refused

REPEATED, CHANGED = "EVENT_REPEATED", "EVENT_CHANGED"
LEFT_OUT = "EVENT_REFUSED"
REMARKS_MAX = 3

# Facts of earlier messages of the same batch, by port, partner and key.
Told = dict[tuple[str, str, str], Deduplication]


def verdict(pending: PendingMessage, deduplicated: Mapping[int, Deduplication], first: UUID, at: datetime) -> Verdict:
    """The verdict on a message, with notes on what is left out of it; on what is taken, `note` has one for each fact.

    `deduplicated` says what became of each of its facts, and `first` with which message its body came first.
    """
    result = pending.result
    if result.refusal:
        return refused(result.refusal, at)
    changed = dict(_changed(pending, deduplicated))
    if changed and (not result.proceeds or len(changed) == len(result.facts)):
        return refused(next(iter(changed.values())), at)
    left_out = {**result.refused, **changed}
    notes = [MessageNote(index=index, warnings=[LEFT_OUT, refusal.reason]) for index, refusal in left_out.items()]
    remarks = [result.remark, *(refusal.words for refusal in list(changed.values())[:REMARKS_MAX])]
    return Verdict(
        Message.ACCEPTED if first == pending.received.message_id else Message.REPEATED,
        reason="PARTLY_REFUSED" if left_out else "",
        detail="; ".join(filter(None, remarks))[:DETAIL_CHARACTERS_MAX],
        notes=tuple(notes),
        judged_at=at,
    )


def refused(refusal: Refused, at: datetime) -> Verdict:
    """The verdict on a message of which nothing can be taken."""
    return Verdict(
        Message.REFUSED, refusal.reason, refusal.words, place=refusal.place, status=refusal.status, judged_at=at
    )


def to_publish(pending: PendingMessage, deduplicated: Mapping[int, Deduplication]) -> Iterator[Fact]:
    """The facts that others must hear of: the new ones, and, judged again, those that now read otherwise."""
    for fact in pending.result.facts:
        found = deduplicated[fact.index]
        mine = pending.again and found.owner == (pending.received.message_id, fact.index)
        if found.fresh or (mine and found.said != pending.result.said[fact.index]):
            yield fact


def deduplicate(
    pending: PendingMessage, known: Mapping[int, Deduplication], number: int, told: Told
) -> dict[int, Deduplication]:
    """What became of each fact of a message: whether it is new, or what stood there already.

    `known` goes by the number of the fact in its batch, `number` is that of the first one here, and `told` has what
    earlier messages of the batch brought. Of equal facts the first one is new.
    """
    here: Told = {}
    found: dict[int, Deduplication] = {}
    for at, fact in enumerate(pending.result.facts, number):
        name, place = _name(pending, fact), (pending.received.message_id, fact.index)
        found[fact.index] = known.get(at) or told.get(name) or here.get(name) or Deduplication(True, place)
        here.setdefault(name, Deduplication(False, place, fact.content))
    return found


def remember(pending: PendingMessage, deduplicated: Mapping[int, Deduplication], told: Told) -> None:
    """Notes for the later messages of the batch what this one brought. Call only if it was not refused."""
    for fact in pending.result.facts:
        if deduplicated[fact.index].fresh:
            place = (pending.received.message_id, fact.index)
            told[_name(pending, fact)] = Deduplication(False, place, fact.content)


def shown(received: ReceivedMessage, found: Verdict | None, *, body: bool = False) -> Message:
    """A message as it is shown to whoever may see it."""
    told = Message(
        name=received.name,
        partner=received.partner,
        account=received.account,
        adapter=received.adapter,
        port=received.port,
        source=received.source,
        state=Message.RECEIVED,
        body_sha256=received.body_sha256.hex(),
        body_bytes=received.body_bytes,
        body=(received.body or b"") if body else b"",
    )
    told.receive_time.FromDatetime(received.received_at)
    if found:
        told.state, told.reason, told.detail = found.state, found.reason, found.detail
        told.mapping_version = found.mapping_version
        told.notes.extend(found.notes)
    return told


def permitted(account: Account, read: TranslationResult) -> TranslationResult:
    """What the account may tell: what is the manufacturer's to say, nobody else's system says."""
    barred = account.port.manufacturers
    denied = {fact.index: _denied(fact) for fact in read.facts if not account.manufacturer and barred(fact.said)}
    if not denied:
        return read
    if len(denied) == len(read.facts) and not read.refused:
        return TranslationResult(refusal=next(iter(denied.values())))
    permitted = tuple(fact for fact in read.facts if fact.index not in denied)
    return TranslationResult(permitted, {**read.refused, **denied}, read.remark, read.proceeds)


def unread(refusal: Refused) -> TranslationResult:
    """The result for a message that is not read at all."""
    return TranslationResult(refusal=refusal)


def _name(pending: PendingMessage, fact: Fact) -> tuple[str, str, str]:
    return pending.port.name, pending.received.partner, fact.key


def _changed(pending: PendingMessage, deduplicated: Mapping[int, Deduplication]) -> Iterator[tuple[int, Refused]]:
    """The events whose id stands for another content already, where the other side takes that for an error."""
    status = pending.webhook.changed_event_status if pending.webhook else None
    for fact in pending.result.facts if status is not None else ():
        found = deduplicated[fact.index]
        if _told_before(fact, found, pending.received.message_id) and _differs(fact, found):
            words = f"event {fact.index}: an event with this id and another content was taken before."
            yield fact.index, Refused(CHANGED, words, status=status or 400)


def _told_before(fact: Fact, found: Deduplication, message_id: UUID) -> bool:
    return not found.fresh and found.owner != (message_id, fact.index)


def _differs(fact: Fact, found: Deduplication) -> bool:
    return found.content not in (None, fact.content)


def note(fact: Fact, found: Deduplication, message_id: UUID, unknown: str) -> MessageNote:
    """What its sender is told of a fact that is taken; `unknown`: what is said of one that names nothing of ours."""
    warnings = list(fact.warnings)
    if unknown:
        warnings.append(unknown)
    if _told_before(fact, found, message_id):
        warnings.append(CHANGED if _differs(fact, found) else REPEATED)
    return MessageNote(index=fact.index, event_id=fact.event_id, kind=fact.kind, warnings=warnings)


def _denied(fact: Fact) -> Refused:
    what = fact.said.DESCRIPTOR.name
    words = f"Only a system of the manufacturer tells of a {what}; this account is not one (`manufacturer`)."
    return Refused("NOT_THE_MANUFACTURERS", words, f"/{fact.index}", status=403)
