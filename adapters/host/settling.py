"""One transaction for a batch of verdicts: which facts are new, the verdicts, and the events that say so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from doselane.courier.v1.courier_pb2 import Push

from adapters.host import judge, store
from adapters.host.events import milestone_reported, push_refused
from adapters.host.values import Case, Claim, Verdict, digest
from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.event import Event

_Claims = dict[int, Claim]


async def settle(conn: Connection, cases: Sequence[Case], at: datetime) -> tuple[list[Verdict], bool]:
    """The verdicts on pushes that had none, and whether anything was published."""
    digests = [_digests(case) for case in cases]
    claims = await _claim(conn, cases, digests)
    known = await _known(conn, cases)
    verdicts = [judge.verdict(*each, at) for each in zip(cases, claims, known, strict=True)]
    verdicts = await _mark_repeated(conn, cases, verdicts)
    events = [_events(*each, at) for each in zip(cases, verdicts, claims, digests, strict=True)]
    verdicts = [replace(found, published=len(made)) for found, made in zip(verdicts, events, strict=True)]
    by_push = {case.arrival.push_id: found for case, found in zip(cases, verdicts, strict=True)}
    first = await store.save(conn, by_push)
    published = [event for push_id, made in zip(by_push, events, strict=True) if push_id in first for event in made]
    await outbox.append(conn, published)
    return verdicts, bool(published)


async def settle_again(conn: Connection, case: Case, actor: str, traceparent: str, at: datetime) -> None:
    """Gives a push a new verdict."""
    push_id = case.arrival.push_id
    stored = await store.push(conn, push_id, lock=True)
    before = stored.verdict.published if stored and stored.verdict else 0
    digests = _digests(case)
    claims = (await _claim(conn, [case], [digests]))[0]
    found = judge.verdict(case, claims, (await _known(conn, [case]))[0], at)
    found = (await _mark_repeated(conn, [case], [found]))[0]
    same = stored and stored.verdict and (stored.verdict.state, stored.verdict.reason) == (found.state, found.reason)
    again = replace(case, arrival=replace(case.arrival, actor=actor, traceparent=traceparent))
    events = [] if same and found.state == Push.REFUSED else _events(again, found, claims, digests, at, before)
    for fact in judge.to_publish(case, claims, digests):
        await store.note_published(conn, case.arrival.courier, digest(fact.key.encode()), digests[fact.index])
    await store.save_again(conn, push_id, replace(found, published=before + len(events)))
    await outbox.append(conn, events)


async def _claim(conn: Connection, cases: Sequence[Case], digests: Sequence[dict[int, bytes]]) -> list[_Claims]:
    rows = [
        store.FactRow(
            case.arrival.courier,
            digest(fact.key.encode()),
            case.arrival.push_id,
            fact.index,
            fact.content,
            of_case[fact.index],
        )
        for case, of_case in zip(cases, digests, strict=True)
        for fact in case.judgement.facts
    ]
    found = await store.claim_facts(conn, rows)
    winners = judge.winners_of(cases, found)
    return [judge.claims_of(case, found, winners) for case in cases]


async def _known(conn: Connection, cases: Sequence[Case]) -> list[frozenset[int]]:
    """For each push the facts that name a shipment which some dose travels with."""
    facts = [(at, fact) for at, case in enumerate(cases) for fact in case.judgement.facts]
    found = await store.known_shipments(
        conn,
        (
            (number, cases[at].arrival.courier, reference)
            for number, (at, fact) in enumerate(facts)
            for reference in fact.milestone.shipment_references
        ),
    )
    known: list[set[int]] = [set() for _ in cases]
    for number in found:
        at, fact = facts[number]
        known[at].add(fact.index)
    return [frozenset(each) for each in known]


async def _mark_repeated(conn: Connection, cases: Sequence[Case], verdicts: Sequence[Verdict]) -> list[Verdict]:
    taken = [case.arrival for case, found in zip(cases, verdicts, strict=True) if found.state == Push.ACCEPTED]
    first: set[UUID] = await store.claim_bodies(conn, taken)
    return [
        judge.repeated(found) if found.state == Push.ACCEPTED and case.arrival.push_id not in first else found
        for case, found in zip(cases, verdicts, strict=True)
    ]


def _events(
    case: Case, found: Verdict, claims: _Claims, digests: dict[int, bytes], at: datetime, before: int = 0
) -> list[Event]:
    if found.state == Push.REFUSED:
        return [push_refused(case, found, before + 1, at)]
    facts = judge.to_publish(case, claims, digests)
    return [milestone_reported(case, fact, before + number, at) for number, fact in enumerate(facts, 1)]


def _digests(case: Case) -> dict[int, bytes]:
    return {fact.index: digest(fact.milestone.SerializeToString(deterministic=True)) for fact in case.judgement.facts}
