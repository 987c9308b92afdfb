"""What distribution keeps of others: promises, runs, batches, vials, and the network."""

from collections.abc import Iterable, Mapping
from typing import Any

from doselane.masterdata.v1 import resources_pb2

from services.distribution.domain.known import (
    BatchTold,
    DeclarationTold,
    NamedPlace,
    Promise,
    ResourceTold,
    RunTold,
    VialTold,
)
from services.distribution.domain.plausibility import Production
from services.kernel.db import Connection
from services.kernel.projection import Projection
from services.network.reading import resource_from
from services.network.resources import Lane, Product, Resource

PROMISES, RUNS = Projection("promise", Promise), Projection("run", RunTold)
BATCHES, VIALS = Projection("batch", BatchTold), Projection("vial", VialTold)
RESOURCES, DECLARATIONS = Projection("resource", ResourceTold), Projection("declaration", DeclarationTold)
_PLACES: Mapping[str, Any] = {"facility": resources_pb2.Facility, "site": resources_pb2.Site}
# Doses that may leave and nobody has booked: promised, filled from a batch that may leave, in no shipment. What was
# lost is gone; what was called off is booked again by operators alone, unless it is promised otherwise since.
_READY = """
SELECT p.dose FROM batch b JOIN vial v ON v.batch = b.name JOIN promise p ON p.dose = v.dose
WHERE b.name = $1 AND b.may_leave AND NOT v.surplus AND p.confirmed AND p.run = b.run
    AND NOT EXISTS (SELECT FROM carried c WHERE c.dose = p.dose AND c.active)
    AND NOT EXISTS (
        SELECT FROM carried c JOIN shipment s ON s.name = c.shipment
        WHERE c.dose = p.dose AND c.run = p.run
            AND s.value -> 'doses' @> jsonb_build_array(jsonb_build_object('dose', p.dose))
            AND (jsonb_typeof(s.value -> 'loss') = 'object'
                OR jsonb_typeof(s.value -> 'cancelled_at') = 'string' AND (s.site, s.lane) = (p.site, p.lane)
                    AND s.departure_at IS NOT DISTINCT FROM p.departure_at))
ORDER BY p.dose"""
_LEAVING = """
SELECT v.dose FROM vial v JOIN batch b ON b.name = v.batch WHERE v.dose = ANY ($1) AND b.may_leave AND NOT v.surplus"""

_DECLARED = """
SELECT DISTINCT d.dose FROM declaration d JOIN vial v ON v.dose = d.dose AND v.batch = d.batch
WHERE d.dose = ANY ($1) AND NOT v.surplus"""


async def promises(conn: Connection, doses: Iterable[str]) -> dict[str, Promise]:
    """What slotting promised of these doses, by dose."""
    return await PROMISES.of(conn, list(doses))


async def productions(conn: Connection, runs: Iterable[str]) -> Mapping[str, Production]:
    """What is known of these runs."""
    known = await RUNS.of(conn, set(runs))
    return {run.name: Production(run.end_of_synthesis_at, run.cancelled) for run in known.values()}


async def ready_doses(conn: Connection, batch: str) -> list[str]:
    """The doses of a batch that may leave and that nobody has booked."""
    return [row["dose"] for row in await conn.fetch(_READY, batch)]


async def may_leave(conn: Connection, doses: Iterable[str]) -> frozenset[str]:
    """Those of the doses that were filled from a batch that may leave."""
    return frozenset(row["dose"] for row in await conn.fetch(_LEAVING, list(doses)))


async def declared(conn: Connection, doses: Iterable[str]) -> frozenset[str]:
    """Those of the doses for whose vials there is a declaration of dangerous goods."""
    return frozenset(row["dose"] for row in await conn.fetch(_DECLARED, list(doses)))


async def lanes(conn: Connection, names: Iterable[str]) -> Mapping[str, Lane]:
    """These lanes, as master data last told them; one that was deleted is still the way that doses travel."""
    return {name: each for name, each in (await _resources(conn, names)).items() if isinstance(each, Lane)}


async def products(conn: Connection, names: Iterable[str]) -> Mapping[str, Product]:
    """These products."""
    return {name: each for name, each in (await _resources(conn, names)).items() if isinstance(each, Product)}


async def place(conn: Connection, name: str) -> NamedPlace:
    """A facility or a site, as people call it."""
    row = (await RESOURCES.of(conn, [name])).get(name)
    if row is None or row.kind not in _PLACES:
        return NamedPlace(name)
    told = _PLACES[row.kind].FromString(row.document)
    return NamedPlace(name, told.display_name, told.time_zone, told.address, told.emergency_contact)


async def _resources(conn: Connection, names: Iterable[str]) -> dict[str, Resource]:
    known = await RESOURCES.of(conn, [name for name in set(names) if name])
    return {name: _read(row.kind, row.document) for name, row in known.items()}


def _read(kind: str, document: bytes) -> Resource:
    return resource_from(kind, document)
