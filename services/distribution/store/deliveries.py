"""What ERP systems last stated of their outbound deliveries."""

from collections.abc import Iterable, Sequence

from asyncpg import Record

from services.distribution.domain.outbound import DeliveryStatement
from services.kernel.db import Connection

_COLUMNS = "stated_by, partner, delivery, order_reference, further, stated_at, adapter, message"
# The same, told again, is not news; another statement of the same instant is, and the one that is heard later counts.
_PUT = f"""
INSERT INTO outbound_delivery AS d ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (stated_by, delivery) DO UPDATE SET partner = excluded.partner,
    order_reference = excluded.order_reference, further = excluded.further,
    stated_at = excluded.stated_at, adapter = excluded.adapter, message = excluded.message, refused = '{{}}'
WHERE d.stated_at <= excluded.stated_at
    AND (d.partner, d.order_reference, d.further, d.stated_at)
        <> (excluded.partner, excluded.order_reference, excluded.further, excluded.stated_at)
RETURNING 1"""
_DOSES = """
SELECT dose FROM promise p JOIN unnest($1::text[], $2::text[]) AS o (partner, order_reference)
ON (p.partner, p.order_reference) = (o.partner, o.order_reference) WHERE NOT p.over ORDER BY dose"""
_OF_DOSES = f"""
SELECT {_COLUMNS}, refused FROM outbound_delivery d WHERE EXISTS (
    SELECT FROM promise p WHERE p.dose = ANY ($1) AND NOT p.over
    AND (p.partner, p.order_reference) = (d.partner, d.order_reference))
ORDER BY stated_at, delivery"""
_REFUSED = """
UPDATE outbound_delivery SET refused = refused || $3::text[], refusals = refusals + 1
WHERE stated_by = $1 AND delivery = $2 RETURNING refusals"""


async def put(conn: Connection, stated: DeliveryStatement) -> bool:
    """Keeps a statement; False if a newer one counts, or it says nothing new."""
    whose = (stated.stated_by, stated.partner, stated.delivery, stated.order_reference)
    row = (*whose, list(stated.further), stated.stated_at, stated.adapter, stated.message)
    return await conn.fetchval(_PUT, *row) is not None


async def doses(conn: Connection, stated: Sequence[DeliveryStatement]) -> list[str]:
    """The doses of these deliveries, by the orders of the partner that each is for."""
    partners, orders = [each.partner for each in stated], [each.order_reference for each in stated]
    return [row["dose"] for row in await conn.fetch(_DOSES, partners, orders)]


async def of_doses(conn: Connection, doses: Iterable[str]) -> list[DeliveryStatement]:
    """The deliveries of the orders of these doses, each by the partner whose dose it is; the oldest first."""
    return [_delivery(row) for row in await conn.fetch(_OF_DOSES, list(doses))]


async def refused(conn: Connection, stated: DeliveryStatement, names: Sequence[str]) -> int:
    """Notes that these names cannot be; how often something was refused of the delivery."""
    return int(await conn.fetchval(_REFUSED, stated.stated_by, stated.delivery, list(names)))


def _delivery(row: Record) -> DeliveryStatement:
    facts = {name: row[name] for name in row.keys()}  # noqa: SIM118 - a record's own iteration gives values
    return DeliveryStatement(**{**facts, "further": tuple(row["further"]), "refused": tuple(row["refused"])})
