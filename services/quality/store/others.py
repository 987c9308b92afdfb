"""What quality keeps of other services: orders, products, shipments, tables of A2 values."""

from datetime import datetime
from typing import NamedTuple

from services.kernel.db import Connection
from services.kernel.projection import Projection
from services.kernel.stored import Stored
from services.network.a2 import NO_TABLE, A2Edition
from services.quality.domain.product import QualityProduct
from services.quality.domain.vials import Order
from services.quality.events.a2_tables import A2TableTold, edition_from

_ORDER, _PRODUCT = Stored(Order), Stored(QualityProduct)


class OrderRow(NamedTuple):
    """A slot, as slotting last told."""

    slot: str
    version: int
    run: str
    partner: str
    value: str


class ProductRow(NamedTuple):
    """A product, as master data last told."""

    name: str
    version: int
    partners: tuple[str, ...]
    value: str


class PlaceRow(NamedTuple):
    """Where a batch is made, or a dose goes, as documents name it. Empty: not known."""

    name: str
    version: int
    display_name: str
    time_zone: str
    address: str
    emergency_contact: str


class Shipped(NamedTuple):
    """Who carries a dose, and since when."""

    courier: str
    dispatched_at: datetime | None


ORDERS, PRODUCTS = Projection("slot_order", OrderRow), Projection("product", ProductRow)
PLACES, A2_TABLES = Projection("place", PlaceRow), Projection("a2_table", A2TableTold)
# As distribution has it: signed last and not retired; one that is not for use only while there is no other.
_A2_IN_FORCE = """
SELECT document FROM a2_table WHERE NOT retired ORDER BY not_for_use, signed_at DESC, name DESC LIMIT 1"""
_PUT_SHIPMENT = """
INSERT INTO shipment AS s (slot, courier, dispatched_at) VALUES ($1, $2, $3) ON CONFLICT (slot) DO UPDATE
SET courier = excluded.courier, dispatched_at = coalesce(s.dispatched_at, excluded.dispatched_at)"""


def order_row(order: Order, version: int) -> OrderRow:
    """A slot as it is stored."""
    return OrderRow(order.slot, version, order.run, order.partner, _ORDER.text(order))


def product_row(product: QualityProduct, version: int) -> ProductRow:
    """A product as it is stored."""
    return ProductRow(product.name, version, product.partners, _PRODUCT.text(product))


async def orders(conn: Connection, run: str) -> tuple[Order, ...]:
    """The slots that stand on a run, by name."""
    rows = await conn.fetch("SELECT value FROM slot_order WHERE run = $1 ORDER BY slot", run)
    return tuple(_ORDER.read(row["value"]) for row in rows)


async def order(conn: Connection, slot: str) -> Order | None:
    """A slot."""
    found = await ORDERS.of(conn, [slot])
    return _ORDER.read(found[slot].value) if slot in found else None


async def product(conn: Connection, name: str) -> QualityProduct | None:
    """A product."""
    found = await PRODUCTS.of(conn, [name])
    return _PRODUCT.read(found[name].value) if name in found else None


async def put_shipment(conn: Connection, slot: str, shipped: Shipped) -> None:
    """Notes who carries a dose, and the first that is known of its collection."""
    await conn.execute(_PUT_SHIPMENT, slot, *shipped)


async def shipped(conn: Connection, slot: str) -> Shipped | None:
    """Who carries a dose."""
    row = await conn.fetchrow("SELECT courier, dispatched_at FROM shipment WHERE slot = $1", slot)
    return Shipped(*row) if row else None


async def a2_edition(conn: Connection) -> A2Edition:
    """The A2 values that are in force; without any table, default rows alone."""
    document = await conn.fetchval(_A2_IN_FORCE)
    return edition_from(document) if document else NO_TABLE
