"""Load, decide, save, for a batch of messages: which facts are new, the verdicts, and the events that say so."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import asyncpg
from doselane.exchange.v1.exchange_pb2 import Message, MessageNote

from adapters.host import events as published
from adapters.host import judge, store
from adapters.host.record import RecordRow
from adapters.host.values import Deduplication, PendingMessage, Verdict, digest
from adapters.manifest import Fact
from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.references import canonical
from services.kernel.steps import in_steps

# Another process may have counted the same fact since we looked; looking again finds it.
TRIES = 5

_Deduplicated = dict[int, Deduplication]


async def settle(conn: Connection, batch: Sequence[PendingMessage], at: datetime) -> tuple[list[Verdict], bool]:
    """The verdicts on messages that had none, and whether anything was published."""
    for attempt in range(TRIES):
        known = await _load(conn, batch, look_for_verdicts=attempt > 0)
        verdicts, events, facts = await _decide(batch, known, at)
        new = {
            pending.received.message_id: (pending.received, found)
            for pending, found in zip(batch, verdicts, strict=True)
            if pending.received.message_id not in known.verdicts
        }
        subjects = {received.name for received, _ in new.values()}
        try:
            await store.save(
                conn,
                at,
                [row for row in facts if row.place[0] in new],
                [received for received, found in new.values() if found.state == Message.ACCEPTED],
                {message_id: found for message_id, (_, found) in new.items()},
                [event for event in events if event.subject in subjects],
                _recorded(batch, facts, new),
            )
        except asyncpg.UniqueViolationError:
            if attempt == TRIES - 1:
                raise
            continue
        await _end_following(conn, batch)
        return verdicts, bool(events)
    raise AssertionError("unreachable: the last attempt raises")


async def settle_again(
    conn: Connection, pending: PendingMessage, actor: str, traceparent: str, at: datetime
) -> Verdict:
    """Gives a message a new verdict, inside the caller's transaction."""
    message_id = pending.received.message_id
    stored = await store.one(conn, message_id, lock=True)
    before = stored.verdict if stored else None
    again = replace(pending, received=replace(pending.received, actor=actor, traceparent=traceparent))
    known = await _load(conn, [again], look_for_verdicts=False)
    (found,), events, facts = await _decide([again], known, at, before.published if before else 0)
    if before and found.state == before.state == Message.REFUSED and found.reason == before.reason:
        events = []  # Whoever looks after refused messages knows of this one.
    bodies = [again.received] if found.state == Message.ACCEPTED and 0 not in known.bodies else []
    await store.save(conn, at, facts, bodies, {}, [], _recorded([again], facts, [message_id]))
    read = again.result
    for fact in judge.to_publish(again, judge.deduplicate(again, known.facts, 0, {})):
        await store.note_published(conn, *_whose(pending), read.keys[fact.index], read.said[fact.index])
    told = (before.published if before else 0) + len(events)
    found = replace(found, published=told)
    await store.save_again(conn, message_id, found)
    await outbox.append(conn, events)
    return found


async def foresee(conn: Connection, pending: PendingMessage, at: datetime) -> tuple[Verdict, frozenset[int]]:
    """The verdict that a message would get now, and the positions of what would be published; saves nothing."""
    known = await _load(conn, [pending], look_for_verdicts=False)
    (found,), _, _ = await _decide([pending], known, at)
    taken = found.state != Message.REFUSED
    facts = judge.to_publish(pending, judge.deduplicate(pending, known.facts, 0, {})) if taken else ()
    return found, frozenset(fact.index for fact in facts)


def _whose(pending: PendingMessage) -> tuple[str, str]:
    """Facts, bodies and names are a partner's at one port: its laboratory may number as its ERP does."""
    return pending.port.name, pending.received.partner


def _recorded(
    batch: Sequence[PendingMessage], facts: Sequence[store.FactRow], new: Collection[UUID]
) -> list[RecordRow]:
    """What the records of accounts grow by: of each message the events that count from now on."""
    counting: dict[UUID, set[int]] = {}
    for row in facts:
        counting.setdefault(row.place[0], set()).add(row.place[1])
    return [
        RecordRow(pending.received.account, message_id, sorted(counting[message_id]))
        for pending in batch
        if pending.on_record and (message_id := pending.received.message_id) in new and message_id in counting
    ]


async def _end_following(conn: Connection, batch: Sequence[PendingMessage]) -> None:
    """What a poll brought the end of, it brought all of; a push of the end may have come before what it lacks."""
    for pending in batch:
        ended = [fact for fact in pending.result.facts if fact.ends] if pending.webhook is None else []
        names = {canonical(reference) for fact in ended for reference in fact.references}
        if names:
            await store.end_following(conn, *_whose(pending), sorted(names))


async def _load(conn: Connection, batch: Sequence[PendingMessage], *, look_for_verdicts: bool) -> store.Known:
    facts = [(pending, fact) for pending in batch for fact in pending.result.facts]
    referred = await in_steps(lambda each: set(map(canonical, each[1].references)), facts)
    return await store.load(
        conn,
        [(*_whose(pending), pending.result.keys[fact.index]) for pending, fact in facts],
        [(*_whose(pending), pending.received.body_sha256) for pending in batch],
        [
            (number, *_whose(pending), reference)
            for number, ((pending, _), references) in enumerate(zip(facts, referred, strict=True))
            for reference in references
        ],
        [pending.received.message_id for pending in batch] if look_for_verdicts else (),
    )


async def _decide(
    batch: Sequence[PendingMessage], known: store.Known, at: datetime, before: int = 0
) -> tuple[list[Verdict], list[Event], list[store.FactRow]]:
    told: judge.Told = {}
    taken: dict[tuple[str, str, bytes], UUID] = {}  # bodies that messages of this batch brought
    verdicts: list[Verdict] = []
    events: list[Event] = []
    rows: list[store.FactRow] = []
    number = 0
    for nth, pending in enumerate(batch):
        body = (*_whose(pending), pending.received.body_sha256)
        first = known.bodies.get(nth) or taken.get(body, pending.received.message_id)
        of_message = judge.deduplicate(pending, known.facts, number, told)
        ours = frozenset(
            fact.index for nth_, fact in enumerate(pending.result.facts, number) if nth_ in known.references
        )
        number += len(pending.result.facts)
        found = judge.verdict(pending, of_message, first, at)
        notes = await _notes(pending, found, of_message, ours)
        found = replace(found, notes=notes, mapping_version=pending.mapping_version)
        made = await _events(pending, found, of_message, at, before)
        verdicts.append(replace(found, published=before + len(made)))
        events += made
        rows += await _accepted(pending, found, of_message)
        # What is refused counts for nothing: a copy of it may still be the first to be taken.
        if found.state != Message.REFUSED and nth + 1 < len(batch):
            judge.remember(pending, of_message, told)
            taken.setdefault(body, first)
    return verdicts, events, rows


async def _notes(
    pending: PendingMessage, found: Verdict, deduplicated: _Deduplicated, ours: frozenset[int]
) -> tuple[MessageNote, ...]:
    """What a sender is told of each part of a message, in the order of the parts."""
    if found.state == Message.REFUSED:
        return found.notes
    left_out = {note.index for note in found.notes}

    def note(fact: Fact) -> MessageNote:
        unknown = "" if fact.index in ours else pending.port.unknown_reference
        return judge.note(fact, deduplicated[fact.index], pending.received.message_id, unknown)

    notes = await in_steps(note, [fact for fact in pending.result.facts if fact.index not in left_out])
    return tuple(sorted((*found.notes, *notes), key=lambda each: each.index))


async def _accepted(pending: PendingMessage, found: Verdict, deduplicated: _Deduplicated) -> list[store.FactRow]:
    if found.state == Message.REFUSED:
        return []

    def row(fact: Fact) -> store.FactRow:
        return store.FactRow(
            *_whose(pending),
            pending.result.keys[fact.index],
            digest(fact.event_id.encode()),
            (pending.received.message_id, fact.index),
            fact.content,
            pending.result.said[fact.index],
        )

    return await in_steps(row, [fact for fact in pending.result.facts if deduplicated[fact.index].fresh])


async def _events(
    pending: PendingMessage, found: Verdict, deduplicated: _Deduplicated, at: datetime, before: int
) -> list[Event]:
    if found.state == Message.REFUSED:
        return [published.refused(pending, found, before + 1, at)]
    facts = judge.to_publish(pending, deduplicated)
    numbered = enumerate(facts, before + 1)
    return await in_steps(lambda each: published.reported(pending, each[1], each[0], at), numbered)
