"""Taking in what was measured of lanes, and accepting or rejecting the proposals that it makes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from services.kernel import idempotency
from services.kernel.clock import Clock
from services.kernel.event import Event
from services.masterdata.documents import kind_of
from services.masterdata.domain import Change, Lane, Provenance, Version
from services.masterdata.domain import transit_proposal as rules
from services.masterdata.domain.transit_proposal import TransitProposal, TransitProposalState
from services.masterdata.events import SOURCE
from services.masterdata.events.proposals import lane_document, measured_in
from services.masterdata.ledger import NetworkLedger
from services.masterdata.store import Store, Unit, proposals
from services.masterdata.usecases.resources import ResourceAsk, ResourceWish, change

_LANE = kind_of("lane")
_FIGURES = ("transit_quantiles", "promised_percentile")


async def take_in(unit: Unit, event: Event, now: datetime) -> None:
    """Proposes what was measured, if the lane says something else; it takes the place of an older proposal.

    What was told before of the lane as it is now is not proposed again, whatever became of it.
    """
    measured = measured_in(event)
    if measured is None:
        return
    latest = next(iter(await proposals.page(unit.conn, measured.lane, (), None, 1)), None)
    lane = (await unit.load([measured.lane])).get(measured.lane)
    if latest and not rules.is_news(latest, measured, _changed(latest.lane_document, lane), event.time):
        return
    by = Provenance(SOURCE, now)
    if latest and latest.state is TransitProposalState.OPEN:
        await proposals.save(unit.conn, rules.superseded(latest, by), event.traceparent)
    then = await unit.revision(measured.lane, measured.lane_version)
    if then is None or lane is None or rules.is_of_the_way(_changed(then.document, lane)):
        return
    own = _LANE.content(lane.document)
    assert isinstance(own, Lane)
    if rules.differs_from(measured, own):
        name = f"transitProposals/{event.id}"  # one measurement, one proposal
        await proposals.save(unit.conn, TransitProposal(name, measured, then.document, by), event.traceparent)


async def accept(
    name: str,
    etag: str,
    ask: ResourceAsk,
    store: Store,
    ledger: NetworkLedger,
    clock: Clock,
    render: Callable[[TransitProposal, Change, Sequence[str]], bytes],
) -> bytes:
    """Makes the proposed figures the lane's, as any change of a lane is made, and in the same transaction."""

    async def decide() -> bytes:
        async with store.reader() as reader:
            before = await proposals.load(reader.conn, name)
            lane = (await reader.load([before.measured.lane])).get(before.measured.lane)
        by = Provenance(ask.actor, clock.now(), ask.reason)
        rules.accepted(before, etag, _changed(before.lane_document, lane), by)
        done: list[TransitProposal] = []

        async def also(unit: Unit, changes: Sequence[Change]) -> None:
            """Decided anew: until now somebody else may have decided."""
            there, [made] = await proposals.load(unit.conn, name), changes
            changed = _changed(there.lane_document, made.before)
            done.append(rules.accepted(there, etag, changed, replace(by, at=clock.now())))
            await proposals.save(unit.conn, done[0], ask.traceparent)

        wish = ResourceWish(_LANE, before.measured.lane, "lane", lane_document(before.measured), _FIGURES)
        whole = replace(ask, wishes=(wish,), also=also, render=lambda made, slots: render(done[0], made[0], slots))
        return await change(whole, store, ledger, clock)

    return await store.unless_answered(ask.request_key, decide)


async def reject(
    name: str, etag: str, ask: ResourceAsk, store: Store, clock: Clock, render: Callable[[TransitProposal], bytes]
) -> bytes:
    """Leaves the lane as it is."""
    async with store.unit() as unit:
        if (answered := await idempotency.answered(unit.conn, ask.request_key)) is not None:
            return answered
        now = clock.now()
        after = rules.rejected(await proposals.load(unit.conn, name), etag, Provenance(ask.actor, now, ask.reason))
        await proposals.save(unit.conn, after, ask.traceparent)
        await idempotency.remember(unit.conn, ask.request_key, render(after), now)
        return render(after)


def _changed(then: bytes, now: Version | None) -> tuple[str, ...]:
    """In what a lane changed since; all of it, if it is no more."""
    if now is None or now.deleted:
        return tuple(rules.OF_THE_WAY)
    return _LANE.differing(then, now.document)
