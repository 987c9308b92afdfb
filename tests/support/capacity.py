"""Builders for capacity: they hide what a test does not care about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from doselane.capacity.v1 import capacity_pb2
from doselane.erp.v1 import erp_pb2
from doselane.erp.v1 import events_pb2 as erp_events
from doselane.type.v1 import type_pb2

from services.capacity import domain
from services.capacity.domain import Allotment, AskedRun, KnownProduct, Provenance, Run
from services.capacity.store import SCHEMA, Unit
from services.kernel.activity import LIFE_MAX, Nuclide
from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.network import Capacity

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
CUTOFF = NOON + timedelta(hours=20)
SYNTHESIS = NOON + timedelta(hours=24)
RELEASE_BACK = NOON + timedelta(hours=10)
NORTHLAKE, HARBOR, MERIDIAN = "partners/northlake", "partners/harbor", "partners/meridian"
SPONSORS = (NORTHLAKE, HARBOR, MERIDIAN)
PRODUCT = "products/psma-lu177"
GBQ = 1_000_000  # in kBq


def gbq(activity: int, vials: int) -> Capacity:
    """So many GBq and vials."""
    return Capacity(activity * GBQ, vials)


FORTY = gbq(40, 4)


def by(at: datetime = NOON, actor: str = "planner", reason: str = "") -> Provenance:
    """Who made a change, and when."""
    return Provenance(actor, at, reason)


def an_allotment(partner: str = NORTHLAKE, size: Capacity = FORTY, until: datetime = RELEASE_BACK) -> Allotment:
    """Capacity pre-booked for one sponsor."""
    return Allotment(partner, size, until)


def a_draft(*allotments: Allotment, **changes: Any) -> AskedRun:
    """A run of 100 GBq Lu-177 in 10 vials that ends in a day and takes claims for 20 hours."""
    facts: dict[str, Any] = {
        "product": PRODUCT,
        "nuclide": Nuclide.LU_177,
        "line": "facilities/north/lines/1",
        "end_of_synthesis_at": SYNTHESIS,
        "claim_cutoff_at": CUTOFF,
        "use_by_at": SYNTHESIS + timedelta(hours=72),
        "pledged": gbq(100, 10),
        "allotments": allotments,
        "vial_kbq_max": 20 * GBQ,
        "loss_fraction": 0.05,
    }
    return AskedRun(**{**facts, **changes})


def planned(*allotments: Allotment, name: str = "runs/lu-1", **changes: Any) -> Run:
    """A planned run of a product that all sponsors may know of."""
    run = domain.plan_run(name, a_draft(*allotments, **changes), by()).run
    return replace(run, product_audience=frozenset(SPONSORS))


def opened(*allotments: Allotment, name: str = "runs/lu-1", **changes: Any) -> Run:
    """An open run."""
    return domain.open_run(planned(*allotments, name=name, **changes), by(NOON + timedelta(hours=1))).run


def run_message(*allotments: Allotment, now: datetime, **changes: Any) -> capacity_pb2.Run:
    """The same run as a planner sends it, with its instants counted from `now`."""
    shift = now - NOON
    facts: dict[str, Any] = {
        "product": PRODUCT,
        "nuclide": type_pb2.NUCLIDE_LU_177,
        "line": "facilities/north/lines/1",
        "end_of_synthesis_time": stamp(SYNTHESIS + shift),
        "claim_cutoff_time": stamp(CUTOFF + shift),
        "use_by_time": stamp(SYNTHESIS + shift + timedelta(hours=72)),
        "pledged": capacity(100, 10),
        "allotments": [allotment_message(each, shift) for each in allotments],
        "vial_reference_activity_max_kbq": 20 * GBQ,
        "loss_fraction": 0.05,
    }
    return capacity_pb2.Run(**{**facts, **changes})


def allotment_message(allotment: Allotment, shift: timedelta = timedelta(0)) -> capacity_pb2.Allotment:
    """An allotment as a planner sends it."""
    return capacity_pb2.Allotment(
        partner=allotment.partner,
        capacity=type_pb2.Capacity(reference_activity_kbq=allotment.size.kbq, vials=allotment.size.vials),
        release_back_time=stamp(allotment.release_back_at + shift),
    )


def capacity(activity_gbq: int, vials: int) -> type_pb2.Capacity:
    """So many GBq and vials."""
    return type_pb2.Capacity(reference_activity_kbq=activity_gbq * GBQ, vials=vials)


def a_stated_order(now: datetime = NOON, **changes: Any) -> erp_pb2.ProductionOrder:
    """A production order of 100 GBq that is released, as an ERP states it an hour before `now`."""
    shift = now - NOON
    facts: dict[str, Any] = {
        "production_order": "000100004711",
        "state": erp_pb2.ProductionOrder.RELEASED,
        "state_time": stamp(now - timedelta(hours=1)),
        "product": PRODUCT,
        "line": "facilities/north/lines/1",
        "end_of_synthesis_time": stamp(SYNTHESIS + shift),
        "claim_cutoff_time": stamp(CUTOFF + shift),
        "pledged": capacity(100, 10),
    }
    return erp_pb2.ProductionOrder(**{**facts, **changes})


def order_event(order: erp_pb2.ProductionOrder, message: str = "messages/1") -> Event:
    """The event by which an ERP adapter states it."""
    said = erp_events.ProductionOrderChanged(
        partner="partners/cdmo", adapter="erp_tiny", message=message, production_order=order
    )
    kind = "doselane.erp.production_order.changed.v1"
    return Event(uuid7(), kind, "doselane/erp", message, 1, NOON, said.SerializeToString())


def new_id() -> str:
    """A request id."""
    return str(uuid7())


async def capacity_schema(dsn: str) -> None:
    """Make capacity's schema, with the product of the builders in it, which all sponsors may know of."""
    database = await Database.connect(dsn, "capacity", pool_size=2)
    await migrate(database, SCHEMA)
    await know_product(database, *SPONSORS)
    await database.close()


async def know_product(
    database: Database, *partners: str, version: int = 1, product: str = PRODUCT, shelf_life: timedelta = LIFE_MAX
) -> None:
    """Let capacity have heard of a product, and who may know of it."""
    known = KnownProduct(
        product, version, partners, shelf_life, nuclide=Nuclide.LU_177, vial_kbq_max=20 * GBQ, loss_fraction=0.05
    )
    async with database.transaction() as conn:
        await Unit(conn).put_product(known)
