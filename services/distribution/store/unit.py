"""One transaction on shipments and what belongs to them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.distribution.domain.changing import OrderAsked, Replanned, ShipmentChange, What
from services.distribution.domain.course import next_due_at
from services.distribution.domain.milestone import ShipmentState
from services.distribution.domain.refusals import ShipmentUnknown
from services.distribution.domain.shipment import ENDED, Shipment
from services.distribution.events import Stops, events_of
from services.distribution.store import measurements, others
from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.stored import Stored

SHIPMENT = Stored(Shipment)

_LOCK_KNOWN = "SELECT pg_advisory_xact_lock{}(hashtextextended('distribution known', 0))"
_COLUMNS = (
    "name, partner, site, lane, courier, state, departure_at, next_due_at, in_doubt, is_overdue, created_at, version, "
    "value"
)
_PLACES = ", ".join(f"${place}" for place in range(1, _COLUMNS.count(",") + 2))
_PUT = f"""
INSERT INTO shipment ({_COLUMNS}) VALUES ({_PLACES}) ON CONFLICT (name) DO UPDATE SET
    ({_COLUMNS.removeprefix("name, ")}) = ROW ({", ".join(f"excluded.{name}" for name in _COLUMNS.split(", ")[1:])})"""
_PUT_CARRIED = """
INSERT INTO carried (shipment, dose, run, active) VALUES ($1, $2, $3, $4)
ON CONFLICT (shipment, dose) DO UPDATE SET run = excluded.run, active = excluded.active"""
_WAITING = """
SELECT name FROM shipment WHERE state <> ALL ($2::smallint[]) AND lane = ANY ($1)
UNION
SELECT c.shipment FROM promise p JOIN carried c ON c.dose = p.dose AND c.active JOIN shipment s ON s.name = c.shipment
WHERE p.product = ANY ($1) AND s.state <> ALL ($2::smallint[])"""
_RELEASE_RETURNED = """
UPDATE carried c SET active = false FROM shipment s
WHERE s.name = c.shipment AND c.active AND c.dose = ANY ($1) AND s.state = $2"""
# News after which a shipment may carry other doses than before, or none.
_OF_DOSES = frozenset({What.BOOKED, What.REPLANNED, What.CANCELLED, What.LOST})


class Unit:
    """Reads and writes inside one transaction."""

    def __init__(self, conn: Connection, traceparent: str = "") -> None:
        self.conn = conn
        self.traceparent = traceparent
        self._to_measure: set[str] = set()

    def measure(self, lanes: Iterable[str]) -> None:
        """From now on these lanes are to be measured anew."""
        self._to_measure.update(lanes)

    async def tell_measured(self, now: datetime) -> None:
        """Tells what shipments have come to say of their lanes. The last thing that a transaction does."""
        await measurements.tell(self.conn, self._to_measure, now, self.traceparent)

    async def lock_known(self, *, to_change: bool) -> None:
        """Until the transaction ends, what is known of others stays as it is; comes before every other lock.

        So a shipment and what it is booked from cannot both look before the other is there.
        """
        await self.conn.execute(_LOCK_KNOWN.format("" if to_change else "_shared"))

    async def lock(self, names: Iterable[str]) -> dict[str, Shipment]:
        """These shipments, which nobody else changes until this transaction ends; in one order, against deadlocks."""
        rows = await self.conn.fetch(
            "SELECT name, value FROM shipment WHERE name = ANY ($1) ORDER BY name FOR UPDATE", sorted(set(names))
        )
        return {row["name"]: SHIPMENT.read(row["value"]) for row in rows}

    async def lock_one(self, name: str) -> Shipment:
        """One shipment, locked."""
        found = await self.lock([name])
        if name not in found:
            raise ShipmentUnknown("There is no such shipment.", name=name)
        return found[name]

    async def courier_of(self, name: str) -> str:
        """Its courier, to be locked before the shipment is."""
        courier = await self.conn.fetchval("SELECT courier FROM shipment WHERE name = $1", name)
        if courier is None:
            raise ShipmentUnknown("There is no such shipment.", name=name)
        return str(courier)

    async def carrying(self, doses: Iterable[str]) -> dict[str, str]:
        """The shipment that each of these doses is in, if it is in one."""
        rows = await self.conn.fetch("SELECT dose, shipment FROM carried WHERE dose = ANY ($1) AND active", list(doses))
        return {row["dose"]: row["shipment"] for row in rows}

    async def release_returned(self, doses: Iterable[str]) -> None:
        """Those of these doses that came back are in no shipment any more: they may be booked anew."""
        await self.conn.execute(_RELEASE_RETURNED, list(doses), int(ShipmentState.RETURNED))

    async def shipments_of_runs(self, runs: Iterable[str]) -> list[str]:
        """The shipments with a dose of one of these runs."""
        rows = await self.conn.fetch(
            "SELECT DISTINCT shipment FROM carried WHERE run = ANY ($1) AND active", list(runs)
        )
        return [row["shipment"] for row in rows]

    async def waiting_for(self, resources: Iterable[str]) -> list[str]:
        """The shipments on these lanes or with doses of these products, of which something may not be known yet."""
        rows = await self.conn.fetch(_WAITING, list(resources), [int(state) for state in ENDED])
        return [row["name"] for row in rows]

    async def shipments_that_asked(self, event_ids: Iterable[str]) -> dict[str, str]:
        """By the event of ours that asked a courier something, the shipment of which it did."""
        rows = await self.conn.fetch(
            "SELECT event_id, shipment FROM courier_order WHERE event_id = ANY ($1)", list(event_ids)
        )
        return {row["event_id"]: row["shipment"] for row in rows}

    async def save(self, changes: Sequence[ShipmentChange]) -> None:
        """Stores shipments after their changes, with the events that publish them."""
        changes = [each for each in changes if each.news]
        if not changes:
            return
        await self.conn.executemany(_PUT, [_row(each.shipment) for each in changes])
        for each in changes:
            if _OF_DOSES.intersection(news.what for news in each.news):
                await self._put_carried(each)
        self.measure(each.shipment.lane for each in changes if _tells_of_its_lane(each))
        published = []
        for each in changes:
            asked = [
                (news.about.event_id, each.shipment.name) for news in each.news if isinstance(news.about, OrderAsked)
            ]
            await self.conn.executemany("INSERT INTO courier_order (event_id, shipment) VALUES ($1, $2)", asked)
            stops = await self._stops(each.shipment) if asked else None
            published += events_of(each, stops, self.traceparent)
        await outbox.append(self.conn, published)

    async def _put_carried(self, changed: ShipmentChange) -> None:
        shipment = changed.shipment
        removed = {dose for news in changed.news if isinstance(news.about, Replanned) for dose in news.about.removed}
        # What was called off never comes back, even if it is on its way all the same: its doses may be booked anew.
        active = shipment.cancelled_at is None and shipment.loss is None
        rows = [(shipment.name, each.dose, each.run, active and each.dose not in removed) for each in shipment.doses]
        await self.conn.execute(
            "UPDATE carried SET active = false WHERE shipment = $1 AND dose = ANY ($2)", shipment.name, list(removed)
        )
        await self.conn.executemany(_PUT_CARRIED, rows)

    async def _stops(self, shipment: Shipment) -> Stops:
        lane = (await others.lanes(self.conn, [shipment.lane])).get(shipment.lane)
        products = await others.products(self.conn, {each.product for each in shipment.doses})
        facility = await others.place(self.conn, lane.facility) if lane and lane.facility else None
        return Stops(facility, await others.place(self.conn, shipment.site), products)


def _tells_of_its_lane(changed: ShipmentChange) -> bool:
    taken_back = any(news.what is What.DELIVERY_WITHDRAWN for news in changed.news)
    return taken_back or changed.shipment.state is ShipmentState.DELIVERED


def _row(shipment: Shipment) -> tuple[object, ...]:
    ended = shipment.state in ENDED
    return (
        shipment.name,
        shipment.partner,
        shipment.site,
        shipment.lane,
        shipment.courier,
        int(shipment.state),
        shipment.departure_at,
        None if ended else next_due_at(shipment.expected),
        bool(shipment.doubts),
        any(each.overdue_since for each in shipment.expected) and not ended,
        shipment.created_at,
        shipment.version,
        SHIPMENT.text(shipment),
    )
