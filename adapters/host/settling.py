"""Load, decide, save, for a batch of pushes: which facts are new, the verdicts, and the events that say so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import asyncpg
from doselane.courier.v1.courier_pb2 import Push

from adapters.host import judge, store
from adapters.host.events import milestone_reported, push_refused
from adapters.host.values import Case, Claim, Verdict, digest
from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.references import canonical

# Another process may have counted the same fact since we looked; looking again finds it.
TRIES = 5

_Claims = dict[int, Claim]


async def settle(conn: Connection, cases: Sequence[Case], at: datetime) -> tuple[list[Verdict], bool]:
    """The verdicts on pushes that had none, and whether anything was published."""
    for attempt in range(TRIES):
        known = await _load(conn, cases, look_for_verdicts=attempt > 0)
        verdicts, events, facts = _decide(cases, known, at)
        new = {
            case.arrival.push_id: (case.arrival, found)
            for case, found in zip(cases, verdicts, strict=True)
            if case.arrival.push_id not in known.verdicts
        }
        subjects = {arrival.name for arrival, _ in new.values()}
        try:
            await store.save(
                conn,
                at,
                [row for row in facts if row.place[0] in new],
                [arrival for arrival, found in new.values() if found.state == Push.ACCEPTED],
                {push_id: found for push_id, (_, found) in new.items()},
                [event for event in events if event.subject in subjects],
            )
        except asyncpg.UniqueViolationError:
            if attempt == TRIES - 1:
                raise
            continue
        return verdicts, bool(events)
    raise AssertionError("unreachable: the last attempt raises")


async def settle_again(conn: Connection, case: Case, actor: str, traceparent: str, at: datetime) -> None:
    """Gives a push a new verdict, inside the caller's transaction."""
    push_id = case.arrival.push_id
    stored = await store.push(conn, push_id, lock=True)
    before = stored.verdict if stored else None
    again = replace(case, arrival=replace(case.arrival, actor=actor, traceparent=traceparent))
    known = await _load(conn, [again], look_for_verdicts=False)
    (found,), events, facts = _decide([again], known, at, before.published if before else 0)
    if before and found.state == before.state == Push.REFUSED and found.reason == before.reason:
        events = []  # Whoever looks after refused pushes knows of this one.
    bodies = [again.arrival] if found.state == Push.ACCEPTED and 0 not in known.bodies else []
    await store.save(conn, at, facts, bodies, {}, [])
    read = again.judgement
    for fact in judge.to_publish(again, judge.claims(again, known.facts, 0, {})):
        await store.note_published(conn, case.arrival.courier, read.keys[fact.index], read.milestones[fact.index])
    published = (before.published if before else 0) + len(events)
    await store.save_again(conn, push_id, replace(found, published=published))
    await outbox.append(conn, events)


async def _load(conn: Connection, cases: Sequence[Case], *, look_for_verdicts: bool) -> store.Known:
    facts = [(case, fact) for case in cases for fact in case.judgement.facts]
    return await store.load(
        conn,
        [(case.arrival.courier, case.judgement.keys[fact.index]) for case, fact in facts],
        [(case.arrival.courier, case.arrival.body_sha256) for case in cases],
        [
            (number, case.arrival.courier, reference)
            for number, (case, fact) in enumerate(facts)
            for reference in set(map(canonical, fact.milestone.shipment_references))
        ],
        [case.arrival.push_id for case in cases] if look_for_verdicts else (),
    )


def _decide(
    cases: Sequence[Case], known: store.Known, at: datetime, before: int = 0
) -> tuple[list[Verdict], list[Event], list[store.FactRow]]:
    told: judge.Told = {}
    taken: dict[tuple[str, bytes], UUID] = {}  # bodies that pushes of this batch brought
    verdicts: list[Verdict] = []
    events: list[Event] = []
    rows: list[store.FactRow] = []
    number = 0
    for nth, case in enumerate(cases):
        body = (case.arrival.courier, case.arrival.body_sha256)
        first = known.bodies.get(nth) or taken.get(body, case.arrival.push_id)
        of_case = judge.claims(case, known.facts, number, told)
        shipments = frozenset(
            fact.index for at_, fact in enumerate(case.judgement.facts, number) if at_ in known.shipments
        )
        number += len(case.judgement.facts)
        found = judge.verdict(case, of_case, shipments, first, at)
        made = _events(case, found, of_case, at, before)
        verdicts.append(replace(found, published=before + len(made)))
        events += made
        rows += _counted(case, found, of_case)
        # What is refused counts for nothing: a copy of it may still be the first to be taken.
        if found.state != Push.REFUSED:
            judge.remember(case, of_case, told)
            taken.setdefault(body, first)
    return verdicts, events, rows


def _counted(case: Case, found: Verdict, claims: _Claims) -> list[store.FactRow]:
    if found.state == Push.REFUSED:
        return []
    return [
        store.FactRow(
            case.arrival.courier,
            case.judgement.keys[fact.index],
            digest(fact.milestone.event_id.encode()),
            (case.arrival.push_id, fact.index),
            fact.content,
            case.judgement.milestones[fact.index],
        )
        for fact in case.judgement.facts
        if claims[fact.index].fresh
    ]


def _events(case: Case, found: Verdict, claims: _Claims, at: datetime, before: int) -> list[Event]:
    if found.state == Push.REFUSED:
        return [push_refused(case, found, before + 1, at)]
    facts = judge.to_publish(case, claims)
    return [milestone_reported(case, fact, before + number, at) for number, fact in enumerate(facts, 1)]
