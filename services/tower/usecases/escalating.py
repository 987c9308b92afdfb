"""Ladders are written and played, and whoever looks after an incident stops them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.errors import Denied
from services.kernel.event import Event
from services.kernel.idempotency import RequestKey
from services.kernel.ids import uuid7
from services.network.refusals import ProductUnknown
from services.tower.domain import escalation as rules
from services.tower.domain import ladder as ladders
from services.tower.domain.escalation import Escalation, EscalationChange
from services.tower.domain.incident import Incident, IncidentState
from services.tower.domain.ladder import EscalationLadder, LadderStep
from services.tower.events.escalations import HeardAlert, alert_in
from services.tower.store import Store, Unit
from services.tower.store import escalations as rows
from services.tower.store.others import product_named

AT_ONCE_MAX = 20


@dataclass(frozen=True, slots=True)
class LadderAsk:
    """Who asks for a change and why, and how a repetition is known. `sponsor`: not one of the manufacturer's."""

    partner: str
    sponsor: bool
    actor: str
    reason: str
    request_key: RequestKey
    traceparent: str
    name: str = ""
    etag: str = ""

    @property
    def viewer(self) -> str | None:
        """With whose eyes."""
        return self.partner if self.sponsor else None


@dataclass(frozen=True, slots=True)
class Escalations:
    """Ladders and what is played of them."""

    store: Store
    clock: Clock

    async def set_ladder(
        self, ask: LadderAsk, product: str, steps: Sequence[LadderStep], render: Callable[[EscalationLadder], bytes]
    ) -> bytes:
        """A partner writes its ladder for a product."""
        now = self.clock.now()

        async def once(conn: Connection) -> bytes:
            await Unit(conn).lock()
            await _require_known(conn, product, ask)
            before = await rows.any_ladder(conn, ladders.name_of_ladder(ask.partner, product), lock=True)
            if before is not None:
                before.require_etag(ask.etag)
            owner, by = (ask.partner, ask.sponsor), (ask.actor, ask.reason)
            change = ladders.set_ladder(before, owner, product, steps, now, by)
            await rows.save_ladder(conn, change, ask.traceparent)
            return render(change.ladder)

        return await self.store.perform(ask.request_key, now, once)

    async def withdraw_ladder(self, ask: LadderAsk, render: Callable[[EscalationLadder], bytes]) -> bytes:
        """A partner takes a ladder away."""
        now = self.clock.now()

        async def once(conn: Connection) -> bytes:
            await Unit(conn).lock()
            ladder = await rows.find_ladder(conn, ask.name, ask.viewer, lock=True)
            _require_own(ladder.sponsor, ask)
            ladder.require_etag(ask.etag)
            change = ladders.withdraw_ladder(ladder, now, (ask.actor, ask.reason))
            await rows.save_ladder(conn, change, ask.traceparent)
            return render(change.ladder)

        return await self.store.perform(ask.request_key, now, once)

    async def acknowledge(self, ask: LadderAsk, render: Callable[[Escalation], bytes]) -> bytes:
        """Somebody looks after what an escalation tells of."""
        now = self.clock.now()

        async def once(conn: Connection) -> bytes:
            await Unit(conn).lock()
            found = await rows.find_escalation(conn, ask.name, ask.viewer)
            _require_own(found.sponsor, ask)
            found.require_etag(ask.etag)
            change = rules.acknowledge_escalation(found, now, ask.actor, ask.reason)
            await rows.save_escalations(conn, [change], now, ask.traceparent)
            return render(change.escalation)

        return await self.store.perform(ask.request_key, now, once)


async def _require_known(conn: Connection, product: str, ask: LadderAsk) -> None:
    """A ladder for a product that is none, such as one that is misspelt, would never be played."""
    found = await product_named(conn, product)
    if found is None or (ask.sponsor and ask.partner not in found.partners):
        raise ProductUnknown("There is no such product.", field="product", product=product)


def _require_own(sponsor: bool, ask: LadderAsk) -> None:
    """What is a sponsor's own the manufacturer sees, and leaves alone."""
    if sponsor and not ask.sponsor:
        raise Denied("Only the sponsor whose ladder it is may do this.", field="name")


async def play_due(store: Store, clock: Clock) -> int:
    """Takes the steps whose time has come, of all escalations that there are or that begin; answers how many."""
    taken, found = 0, AT_ONCE_MAX
    while found >= AT_ONCE_MAX:
        if not await rows.anything_to_play(store.database.pool, clock.now()):
            break
        async with store.unit("") as unit:
            now = clock.now()
            incidents = await rows.incidents_to_play(unit.conn, now, AT_ONCE_MAX)
            changes = [change for each in incidents for change in await _played(unit.conn, each, now)]
            await rows.save_escalations(unit.conn, changes, now, unit.traceparent)
            await rows.note_played(unit.conn, incidents)
        found = len(incidents)
        taken += sum(1 for change in changes if change.step)
    return taken


async def _played(conn: Connection, incident: Incident, now: datetime) -> list[EscalationChange]:
    """What becomes of the escalations of an incident, and which begin."""
    products = await rows.products_of(conn, [each.dose for each in incident.doses if not each.left])
    running = await rows.escalations_of(conn, incident.name)
    changes: list[EscalationChange] = []
    for escalation in running.values():
        doses = rules.concerned(escalation, incident, products)
        changes += rules.play(escalation, incident, doses, now)
    for ladder in await rows.ladders_of(conn, set(products.values())):
        if ladder.name not in running and _begins(ladder, incident):
            doses = rules.concerned(ladder, incident, products)
            begun = rules.begin(f"escalations/{uuid7()}", ladder, incident, now)
            played = rules.play(begun, incident, doses, now)
            # While nothing can be saved, or nothing is at risk, there is nothing to tell anybody.
            changes += played if any(each.escalation.until_at for each in played) else []
    return changes


def _begins(ladder: EscalationLadder, incident: Incident) -> bool:
    """Whether an incident is told of in which somebody may have said already that they look after it."""
    return incident.state is IncidentState.OPEN or (ladder.sponsor and incident.state is IncidentState.ACKNOWLEDGED)


async def note_alerts(conn: Connection, batch: Sequence[Event]) -> None:
    """What became of telling contacts, in the transaction that applies the events."""
    for event in batch:
        heard = alert_in(event)
        if heard is not None:
            await _note(conn, heard, event.traceparent)


async def _note(conn: Connection, heard: HeardAlert, traceparent: str) -> None:
    found = await rows.ESCALATIONS.find(conn, heard.escalation)
    if found is None:
        return
    change = rules.note_outcome(found, heard.step, heard.contact, heard.state, heard.at, heard.detail)
    if change is not None:
        await rows.save_escalations(conn, [change], heard.at, traceparent)
