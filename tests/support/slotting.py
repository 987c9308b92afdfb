"""Builders for slotting: they hide what a test does not care about."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

import asyncpg
from doselane.masterdata.v1 import resources_pb2
from doselane.type.v1 import type_pb2

from services.kernel.activity import Nuclide
from services.kernel.db import Connection, Database, migrate
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.network import Capacity, Lane, Licence, Product, Site
from services.slotting import store
from services.slotting.domain import (
    Allotment,
    Book,
    Claim,
    Confirm,
    Cut,
    Demand,
    Hold,
    Move,
    MoveTogether,
    Network,
    Project,
    Release,
    Run,
    RunState,
    Slot,
    State,
    UnitOfWork,
    settle,
)
from services.slotting.domain.book import CommittedSize, blank
from services.slotting.domain.slot import reference_amount
from services.slotting.events import change_of

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
NORTHLAKE = "partners/northlake"
HARBOR = "partners/harbor"
PARTNERS = (NORTHLAKE, HARBOR)
SITE = "sites/lakeside-clinic"
LANE = "lanes/lakeside-road"
PRODUCT = "products/psma-lu177"
GBQ = 1_000_000  # in kBq
# Quicker than TRUNCATE, which makes the files of tables and indexes anew.
EMPTIED = "; ".join(
    f"DELETE FROM {table}"
    for table in (
        "dose_order",
        "vial",
        "slot",
        "standby",
        "request",
        "allotment",
        "run",
        "place",
        "network",
        "lane_acceptance",
        "outbox",
    )
)


def a_run(name: str = "runs/lu-1", **changes: Any) -> Run:
    """An open Lu-177 run that ends in a day (from `now`, NOON by default) and takes claims for 20 hours."""
    now = changes.pop("now", NOON)
    facts: dict[str, Any] = {
        "name": name,
        "version": 2,
        "state": RunState.OPEN,
        "product": PRODUCT,
        "nuclide": Nuclide.LU_177,
        "end_of_synthesis_at": now + timedelta(hours=24),
        "cutoff_at": now + timedelta(hours=20),
        "use_by_at": now + timedelta(hours=24 + 72),
        "vial_kbq_max": 20 * GBQ,
        "loss_fraction": 0.0,
    }
    return Run(**{**facts, **changes})


def a_book(
    run: Run | None = None,
    *,
    pool: Capacity = Capacity(100 * GBQ, 10),
    allotments: Mapping[str, Allotment] | None = None,
) -> Book:
    """The book of a run with nothing taken, as the ledger has it once it has heard of it."""
    drawn = Book(run or a_run(), CommittedSize(pool), dict(allotments or {}))
    book = blank(drawn)
    book.redraw(drawn, LONG_AGO)
    return book


def an_allotment(size: Capacity, release_back_at: datetime = NOON + timedelta(hours=10)) -> Allotment:
    """Capacity pre-booked for one sponsor."""
    return Allotment(size, release_back_at=release_back_at)


def a_site(**changes: Any) -> Site:
    """A centre licensed for plenty of Lu-177, open to both sponsors at any time."""
    facts: dict[str, Any] = {
        "name": SITE,
        "partners": frozenset(PARTNERS),
        "licences": [Licence(Nuclide.LU_177, 50_000.0, NOON + timedelta(days=365))],
    }
    return Site(**{**facts, **changes})


def a_lane(**changes: Any) -> Lane:
    """A lane to that centre: dispatch 2 h after end of synthesis, 6 h on the way."""
    facts: dict[str, Any] = {
        "name": LANE,
        "site": SITE,
        "dispatch_minutes": 120,
        "transit_minutes": 360,
        "valid_until": NOON + timedelta(days=365),
    }
    return Lane(**{**facts, **changes})


def a_product(name: str = PRODUCT) -> Product:
    """What both sponsors may claim, in any activity and at any age."""
    return Product(name, Nuclide.LU_177, frozenset(PARTNERS), 7400.0)


def a_page(*books: Book, now: datetime = NOON, site: Site | None = None, lane: Lane | None = None) -> UnitOfWork:
    """A page of books as it would be after the locks were taken."""
    return UnitOfWork(
        now=now,
        books={book.run.name: book for book in books},
        slots={},
        network=Network(products=products_of(*books), sites={SITE: site or a_site()}, lanes={LANE: lane or a_lane()}),
    )


def products_of(*books: Book) -> dict[str, Product]:
    """What the runs of these books make."""
    return {book.run.product: a_product(book.run.product) for book in books}


def a_slot(book: Book, demand: Demand | None = None, **changes: Any) -> Slot:
    """A slot that has taken its place in the book: confirmed, unless told otherwise."""
    demand = demand or a_demand(book.run.name)
    amount = reference_amount(book.run, demand)
    facts: dict[str, Any] = {
        "id": uuid7(),
        "version": 2,
        "state": State.CONFIRMED,
        "product": book.run.product,
        "demand": demand,
        "reference_kbq": amount.kbq,
        "allocation": changes.pop("allocation", None) or book.take(demand.partner, amount),
        "hold_until": None,
        "created_at": NOON,
        "updated_at": NOON,
        "actor": "northlake-orchestrator",
        "reason": "",
    }
    return Slot(**{**facts, **changes})


def later(page: UnitOfWork, now: datetime, *slots: Slot) -> UnitOfWork:
    """The page as the next batch would find it, with what the clock has decided by then, and with more slots."""
    known = {**page.slots, **{slot.id: slot for slot in slots}}
    overdue = [slot for slot in known.values() if slot.overdue(now)]
    after = UnitOfWork(now, page.books, known, page.network, page.rooms, overdue)
    settle(after)
    return after


def a_demand(run: str = "runs/lu-1", **changes: Any) -> Demand:
    """7.4 GBq of Lu-177, administered 24 hours after end of synthesis."""
    now = changes.pop("now", NOON)
    facts: dict[str, Any] = {
        "partner": NORTHLAKE,
        "run": run,
        "site": SITE,
        "lane": "",
        "activity_mbq": 7400.0,
        "administration_at": now + timedelta(hours=48),
        "order_reference": "NL-1001",
        "patient_reference": "p-77",
    }
    return Demand(**{**facts, **changes})


def asked(partner: str = NORTHLAKE, **changes: Any) -> dict[str, Any]:
    """What every command carries; a new request unless one is given."""
    request_id: UUID = changes.pop("request_id", None) or uuid7()
    facts = {
        "partner": partner,
        "actor": "northlake-orchestrator",
        "reason": "",
        "operator": False,
        "request_id": request_id,
        "body_hash": blake2b(request_id.bytes, digest_size=16).digest(),
    }
    return {**facts, **changes}


def a_claim(demand: Demand | None = None, **changes: Any) -> Claim:
    """A claim."""
    demand = demand or a_demand()
    return Claim(**asked(demand.partner, **changes), slot_id=uuid7(), demand=demand)


def a_hold(demand: Demand | None = None, *, lasting: timedelta = timedelta(minutes=15), **changes: Any) -> Hold:
    """A hold."""
    demand = demand or a_demand()
    return Hold(**asked(demand.partner, **changes), slot_id=uuid7(), demand=demand, lasting=lasting)


def a_confirm(slot_id: UUID, etag: str = "", **changes: Any) -> Confirm:
    """A confirmation."""
    return Confirm(**asked(**changes), slot_id=slot_id, etag=etag)


def a_release(slot_id: UUID, etag: str = "", **changes: Any) -> Release:
    """A release."""
    return Release(**asked(**changes), slot_id=slot_id, etag=etag)


def a_move(slot_id: UUID, run: str, **changes: Any) -> Move:
    """A move."""
    facts = {key: changes.pop(key, None) for key in ("lane", "administration", "site", "departure_at")}
    facts["replacement_id"] = changes.pop("replacement_id", None) or uuid7()
    return Move(**asked(**changes), slot_id=slot_id, etag="", run=run, **facts)


def a_move_together(*moves: Move, **changes: Any) -> MoveTogether:
    """Moves in one step."""
    exchange = changes.pop("exchange", False)
    return MoveTogether(**asked(**changes), moves=moves, exchange=exchange)


def a_cut(run: str, pledged: Capacity, **changes: Any) -> Cut:
    """A cut by the manufacturer."""
    facts: dict[str, Any] = {
        "allotments": {},
        "cancel": False,
        "accept_conflicts": False,
        "validate_only": False,
        "base_version": 2,
    }
    facts |= {key: changes.pop(key) for key in list(changes) if key in facts}
    return Cut(**asked("partners/cdmo", operator=True, **changes), run=run, pledged=pledged, **facts)


async def put_resources(
    connection: Connection | asyncpg.Pool, *resources: resources_pb2.Resource, version: int = 1
) -> None:
    """Store resources that no slot rests on yet."""
    changes = [change_of(resource, version) for resource in resources]
    await store.resources.put(connection, [(change, 0) for change in changes if change])


async def slotting_schema(dsn: str) -> None:
    """Make slotting's schema, with the centre and the lane of the builders in it."""
    database = await Database.connect(dsn, "slotting", pool_size=2)
    await migrate(database, store.SCHEMA)
    await put_resources(database.pool, *network_resources(datetime.now(UTC)))
    await database.close()


def network_resources(now: datetime) -> list[resources_pb2.Resource]:
    """The product, the centre and the lane of the builders, as master data publishes them."""
    far = stamp(now + timedelta(days=365))
    licence = resources_pb2.Licence(nuclide=type_pb2.NUCLIDE_LU_177, activity_max_mbq=50_000, valid_until_time=far)
    site = resources_pb2.Site(name=SITE, time_zone="UTC", partners=PARTNERS, licences=[licence])
    lane = resources_pb2.Lane(name=LANE, site=SITE, dispatch_minutes=120, transit_minutes=360, valid_until_time=far)
    return [
        product_resource(),
        resources_pb2.Resource(site=site),
        resources_pb2.Resource(lane=lane),
    ]


def product_resource(name: str = PRODUCT) -> resources_pb2.Resource:
    """What both sponsors may claim, in any activity and for sixty days, as master data publishes it."""
    return resources_pb2.Resource(
        product=resources_pb2.Product(
            name=name, nuclide=type_pb2.NUCLIDE_LU_177, partners=PARTNERS, shelf_life_minutes=60 * 24 * 60
        )
    )


async def violations(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """Everything that is wrong with the ledger; empty when all is well."""
    return list(await connection.fetch("SELECT * FROM violation"))


def projected(book: Book) -> Project:
    """What makes the ledger know a run."""
    return Project(book)
