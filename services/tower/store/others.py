"""What the tower keeps of others, whom it concerns, and all that is known of some doses."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from services.kernel.db import Connection
from services.kernel.projection import Projection
from services.network import Facility, Lane, Product, Resource, Site
from services.network.reading import resource_from
from services.tower.domain.known import (
    CarriageStanding,
    DoseFacts,
    KnownBatch,
    KnownDenial,
    KnownItem,
    KnownResource,
    KnownRun,
    KnownShipment,
    KnownSlot,
    KnownSupply,
    KnownVial,
    RunStanding,
    SlotStanding,
)

BESIDE_MAX = 40  # safe doses that may move for others: more make no better plan, and a slower one
_SAFE = 1  # DoseVerdict.SAFE
SLOTS, RUNS, BATCHES = Projection("slot", KnownSlot), Projection("run", KnownRun), Projection("batch", KnownBatch)
VIALS, SHIPMENTS = Projection("vial", KnownVial), Projection("shipment", KnownShipment)
DENIALS, ITEMS = Projection("denial", KnownDenial), Projection("qc_item", KnownItem)
SUPPLIES, RESOURCES = Projection("supply", KnownSupply), Projection("resource", KnownResource)
_PROMISED = f"state IN ({SlotStanding.CONFIRMED:d}, {SlotStanding.FULFILLED:d}, {SlotStanding.LOST:d})"
_OTHER_RUNS = f"SELECT * FROM run WHERE product = ANY ($1) AND state = {RunStanding.OPEN:d} AND cutoff_at > $2"
# Of two shipments of a dose the one with the greater name is the later: names grow with time.
_CARRYING = f"SELECT * FROM shipment WHERE doses && $1 AND state <> {CarriageStanding.CANCELLED:d} ORDER BY name"
_DENIALS_OF = """
SELECT d.* FROM denial d WHERE d.shipment = ANY ($1)
UNION ALL
SELECT d.* FROM denial d JOIN unnest($2::text[], $3::timestamptz[]) AS w (lane, departure_at)
ON d.shipment = '' AND (d.lane, d.departure_at) = (w.lane, w.departure_at)"""


async def doses_of_runs(conn: Connection, runs: Collection[str]) -> set[str]:
    """The doses that were promised of these runs."""
    rows = await conn.fetch(f"SELECT dose FROM slot WHERE run = ANY ($1) AND {_PROMISED}", list(runs))
    return {row["dose"] for row in rows}


async def doses_at_risk(conn: Connection, products: Collection[str] | None = None) -> set[str]:
    """The doses at risk, of these products or of all: what happens elsewhere may open or close a way to save them."""
    rows = await conn.fetch(
        "SELECT dose FROM board_entry WHERE live AND verdict = 2 AND ($1::text[] IS NULL OR product = ANY ($1))",
        None if products is None else list(products),
    )
    return {row["dose"] for row in rows}


_BESIDE = f"""
SELECT DISTINCT s.dose, s.administration_at FROM slot s
JOIN slot t ON t.dose = ANY ($1) AND (s.partner, s.product) = (t.partner, t.product)
JOIN run r ON r.name = s.run AND r.state = {RunStanding.OPEN:d} AND r.cutoff_at > $2
LEFT JOIN board_entry b ON b.dose = s.dose AND b.live
WHERE s.dose <> ALL ($1) AND s.risk = 0 AND s.administration_at > $2
AND (s.state = {SlotStanding.HELD:d} OR (s.state = {SlotStanding.CONFIRMED:d} AND b.verdict = {_SAFE:d}))
ORDER BY s.administration_at DESC, s.dose LIMIT $3"""


async def doses_beside(conn: Connection, doses: Collection[str], now: datetime, limit: int) -> list[str]:
    """The safe doses and the holds of the same sponsors and products whose runs still take claims: those that are to be
    given last first, as they have most time."""
    rows = await conn.fetch(_BESIDE, list(doses), now, max(0, min(limit, BESIDE_MAX)))
    return [row["dose"] for row in rows]


async def safe_of(conn: Connection, doses: Collection[str]) -> set[str]:
    """Those of these doses that are safe, and the holds among them."""
    rows = await conn.fetch(
        "SELECT s.dose FROM slot s LEFT JOIN board_entry b ON b.dose = s.dose AND b.live WHERE s.dose = ANY ($1)"
        f" AND (s.state = {SlotStanding.HELD:d} OR b.verdict = {_SAFE:d})", list(doses)
    )  # fmt: skip
    return {row["dose"] for row in rows}


async def replacements_of(conn: Connection, doses: Collection[str]) -> dict[str, str]:
    """The doses that have taken the place of these, by those that they replace."""
    rows = await conn.fetch("SELECT replaces, dose FROM slot WHERE replaces = ANY ($1) AND replaces <> ''", list(doses))
    return {row["replaces"]: row["dose"] for row in rows}


async def doses_of_shipments(conn: Connection, shipments: Collection[str]) -> set[str]:
    """The doses whose entries show these shipments."""
    rows = await conn.fetch("SELECT dose FROM board_entry WHERE shipment = ANY ($1)", list(shipments))
    return {row["dose"] for row in rows}


async def doses_of_batches(conn: Connection, batches: Collection[str]) -> set[str]:
    """The doses that were promised of the runs of these batches."""
    rows = await conn.fetch(
        "SELECT dose FROM slot WHERE run IN (SELECT run FROM batch WHERE name = ANY ($1))"
        f" AND {_PROMISED}", list(batches)
    )  # fmt: skip
    return {row["dose"] for row in rows}


async def doses_denied(conn: Connection, denials: Sequence[KnownDenial]) -> set[str]:
    """The doses that these denials may be about."""
    found = await doses_of_shipments(conn, [each.shipment for each in denials if each.shipment])
    ways = [(each.lane, each.departure_at) for each in denials if not each.shipment and each.departure_at]
    rows = await conn.fetch(
        "SELECT dose FROM slot JOIN unnest($1::text[], $2::timestamptz[]) AS w (lane, departure_at)"
        f" USING (lane, departure_at) WHERE {_PROMISED}",
        [lane for lane, _ in ways],
        [at for _, at in ways],
    )
    return found | {row["dose"] for row in rows}


async def doses_in_network(conn: Connection, told: Sequence[KnownResource]) -> set[str]:
    """The doses on the board that a change of these resources may concern."""
    names = [each.name for each in told]
    sites = [each.name if each.kind == "site" else each.site for each in told if each.kind in ("site", "lane")]
    rows = await conn.fetch(
        "SELECT dose FROM board_entry WHERE live AND (product = ANY ($1) OR site = ANY ($2) OR lane = ANY ($1))",
        names,
        sites,
    )
    found = {row["dose"] for row in rows}
    return found | await doses_at_risk(conn) if any(each.kind == "facility" for each in told) else found


async def product_named(conn: Connection, name: str) -> Product | None:
    """A product as it was last told of; None if there is none, or none any more."""
    document = await conn.fetchval(
        "SELECT document FROM resource WHERE name = $1 AND kind = 'product' AND NOT deleted", name
    )
    found = None if document is None else _read("product", document)
    return found if isinstance(found, Product) else None


async def facts_of(
    conn: Connection, doses: Collection[str], now: datetime, delay_max: timedelta
) -> dict[str, DoseFacts]:
    """All that is known of each of these doses of whose slot something is known."""
    slots = await SLOTS.of(conn, doses)
    promised = list(slots.values())
    lost = [each.dose for each in promised if each.state == SlotStanding.LOST]
    replaced = await replacements_of(conn, lost) if lost else {}
    runs = await RUNS.of(conn, {each.run for each in promised})
    made = await _rows(conn, KnownBatch, "SELECT * FROM batch WHERE run = ANY ($1)", list(runs))
    batches = {each.run: each for each in made}
    vials = await _rows(conn, KnownVial, "SELECT * FROM vial WHERE dose = ANY ($1) AND NOT surplus", list(slots))
    filled = {each.dose: each for each in vials}
    carried = await _carried(conn, slots)
    denials = await _denials(conn, promised, carried)
    names = [each.name for each in made]
    items = _by(await _rows(conn, KnownItem, "SELECT * FROM qc_item WHERE batch = ANY ($1)", names), "batch")
    supplies = await _rows(conn, KnownSupply, "SELECT * FROM supply WHERE runs && $1", list(runs))
    products = {each.product for each in promised}
    open_runs = await _rows(conn, KnownRun, _OTHER_RUNS, list(products), now)
    others = _by(open_runs, "product")
    network = await _network(conn, products, {each.site for each in promised}, [*runs.values(), *open_runs])
    return {
        dose: DoseFacts(
            slot=slot,
            run=runs.get(slot.run),
            batch=batches.get(slot.run),
            vial=_own(filled.get(dose), batches.get(slot.run)),
            shipment=carried.get(dose),
            denials=denials,
            items=items[batches[slot.run].name] if slot.run in batches else (),
            supplies=[each for each in supplies if slot.run in each.runs],
            other_runs=others[slot.product],
            delay_max=delay_max,
            replaced_by=replaced.get(dose, ""),
            **network.of(slot),
        )
        for dose, slot in slots.items()
    }


def _own(vial: KnownVial | None, batch: KnownBatch | None) -> KnownVial | None:
    """A vial, if it is of the batch that the dose stands on now."""
    return vial if vial is not None and batch is not None and vial.batch == batch.name else None


async def _carried(conn: Connection, doses: Iterable[str]) -> dict[str, KnownShipment]:
    """The shipment that carries each of these doses, if one does."""
    shipments = await _rows(conn, KnownShipment, _CARRYING, list(doses))
    return {dose: each for each in shipments for dose in each.doses}


async def _denials(
    conn: Connection, slots: Sequence[KnownSlot], carried: Mapping[str, KnownShipment]
) -> list[KnownDenial]:
    ways = {(each.lane, each.departure_at) for each in slots if each.lane and each.departure_at}
    names = [each.name for each in carried.values()]
    lanes, departures = [lane for lane, _ in ways], [at for _, at in ways]
    return await _rows(conn, KnownDenial, _DENIALS_OF, names, lanes, departures)


class _Network:
    """The resources that some doses are judged by, read once."""

    def __init__(self, found: Iterable[Resource]) -> None:
        self._named: dict[str, Resource] = {}
        self._lanes: defaultdict[str, list[Lane]] = defaultdict(list)
        for each in found:
            self._named[each.name] = each
            if isinstance(each, Lane):
                self._lanes[each.site].append(each)

    def of(self, slot: KnownSlot) -> dict[str, Any]:
        """What of it a dose is judged by."""
        product, site = self._named.get(slot.product), self._named.get(slot.site)
        return {
            "product": product if isinstance(product, Product) else None,
            "site": site if isinstance(site, Site) else None,
            "lanes": self._lanes.get(slot.site, []),
            "facilities": {name: each for name, each in self._named.items() if isinstance(each, Facility)},
        }


async def _network(conn: Connection, products: set[str], sites: set[str], runs: Iterable[KnownRun]) -> _Network:
    rows = await conn.fetch(
        "SELECT kind, document FROM resource WHERE NOT deleted"
        " AND (name = ANY ($1) OR (kind = 'lane' AND site = ANY ($2))) ORDER BY name",
        [*products, *sites, *{each.facility for each in runs if each.facility}],
        list(sites),
    )
    return _Network(_read(row["kind"], row["document"]) for row in rows)


# Parsed once a document: bench case `tower whatif`, which reads the whole network for each search.
@lru_cache(maxsize=2000)
def _read(kind: str, document: bytes) -> Resource:
    return resource_from(kind, document)


async def _rows(conn: Connection, kind: type[Any], statement: str, *arguments: object) -> list[Any]:
    return [kind(**dict(row)) for row in await conn.fetch(statement, *arguments)]


def _by(rows: Sequence[Any], field: str) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for each in rows:
        found[getattr(each, field)].append(each)
    return found
