"""One transaction on a batch and what belongs to it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.provenance import Provenance
from services.kernel.stored import Stored
from services.quality import events
from services.quality.domain.batch import Batch, BatchChange, TestVerdict
from services.quality.domain.critical_path import MissingItem
from services.quality.domain.decision import StoredDecision
from services.quality.domain.documents import DocumentVersion
from services.quality.domain.notices import Notice
from services.quality.domain.product import QualityProduct
from services.quality.domain.refusals import BatchUnknown
from services.quality.domain.samples import ReportedResult, Sample
from services.quality.domain.specification import Specification
from services.quality.domain.specification.decisions import Decision as Decided
from services.quality.domain.specified import SpecificationVersion
from services.quality.domain.vials import Order, Vial
from services.quality.store import decisions, documents, others

BATCH, VIAL, SAMPLE = Stored(Batch), Stored(Vial), Stored(Sample)
REPORTED, NOTICE = Stored(ReportedResult), Stored(Notice)

_INSERT_BATCH = """
INSERT INTO batch (name, run, product, state, end_of_synthesis_at, expires_at, version, value)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING 1"""
_UPDATE_BATCH = "UPDATE batch SET state = $2, version = $3, value = $4 WHERE name = $1 AND version = $3 - 1"
_PUT_VIAL = """
INSERT INTO vial AS v (batch, container, slot, partner, surplus, version, value) VALUES ($1, $2, $3, $4, $5, 1, $6)
ON CONFLICT (batch, container) DO UPDATE
SET surplus = excluded.surplus, version = v.version + 1, value = excluded.value
RETURNING version, (SELECT run FROM batch WHERE name = v.batch) AS run"""
_PUT_SAMPLE = """
INSERT INTO sample AS s (name, batch, version, value) VALUES ($1, $2, 1, $3)
ON CONFLICT (name) DO UPDATE SET version = s.version + 1, value = excluded.value RETURNING version"""
_PUT_REPORTED = """
INSERT INTO result (laboratory, result_id, batch, test, value) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (laboratory, result_id) DO UPDATE SET batch = excluded.batch, test = excluded.test,
    value = excluded.value"""
_PUT_NOTICE = """
INSERT INTO notice AS n (name, batch, partner, created_at, acknowledged, version, value)
VALUES ($1, $2, $3, $4, $5, 1, $6)
ON CONFLICT (name) DO UPDATE SET acknowledged = excluded.acknowledged, version = n.version + 1, value = excluded.value
RETURNING version"""
_LOCK_RUN = "SELECT pg_advisory_xact_lock(hashtextextended('quality run ' || $1, 0))"
_LOCK_RUN_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtextextended('quality run ' || $1, 0))"
# Who may know of a batch: sponsors with a slot on its run, if they may know of the product.
_AUDIENCE = """
SELECT DISTINCT o.partner FROM slot_order o JOIN product p ON o.partner = ANY (p.partners)
WHERE o.run = $1 AND p.name = $2 ORDER BY 1"""
_NEXT = """
INSERT INTO event_number AS e (subject, sequence) VALUES ($1, 1)
ON CONFLICT (subject) DO UPDATE SET sequence = e.sequence + 1 RETURNING sequence"""

_TOLD = """
INSERT INTO deadline_told (batch, item, slot, latest_at, left_percent, partner) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING RETURNING true"""


class Unit:
    """Reads and writes inside one transaction; whoever locked a batch owns all that belongs to it."""

    def __init__(self, conn: Connection, traceparent: str = "") -> None:
        self.conn = conn
        self.traceparent = traceparent

    async def lock_batch(self, name: str) -> Batch:
        """The batch, which nobody else changes until this transaction ends."""
        row = await self.conn.fetchrow("SELECT value FROM batch WHERE name = $1 FOR UPDATE", name)
        if row is None:
            raise BatchUnknown("There is no such batch.", batch=name)
        return BATCH.read(row["value"])

    async def lock_batch_of_run(self, run: str) -> Batch | None:
        """The batch of a run, locked; None if there is none."""
        row = await self.conn.fetchrow("SELECT value FROM batch WHERE run = $1 FOR UPDATE", run)
        return BATCH.read(row["value"]) if row else None

    async def lock_batches_of_runs(self, runs: Collection[str]) -> dict[str, Batch]:
        """The batches of runs, locked, by run; without those runs that have none."""
        of_runs = "SELECT run, value FROM batch WHERE run = ANY ($1) ORDER BY name FOR UPDATE"
        return {row["run"]: BATCH.read(row["value"]) for row in await self.conn.fetch(of_runs, runs)}

    async def lock_run(self, run: str, *, makes_batch: bool = False) -> None:
        """Until the transaction ends no slot comes to a run while its batch is made. Before a batch is locked."""
        await self.conn.execute(_LOCK_RUN if makes_batch else _LOCK_RUN_SHARED, run)

    async def lock_batch_of_order(self, production_order: str) -> Batch | None:
        """The batch that a production order of the ERP made, locked; None if there is none."""
        of_order = "SELECT value FROM batch WHERE value->'made'->>'production_order' = $1 FOR UPDATE"
        row = await self.conn.fetchrow(of_order, production_order)
        return BATCH.read(row["value"]) if row else None

    async def save(self, changed: BatchChange) -> bool:
        """Stores the batch after a change with the event that publishes it; False if a new batch is there already."""
        batch, made, text = changed.batch, changed.batch.made, BATCH.text(changed.batch)
        if batch.version == 1:
            row = (batch.name, made.run, made.product, batch.state, made.end_of_synthesis_at, made.expires_at, 1, text)
            if await self.conn.fetchval(_INSERT_BATCH, *row) is None:
                return False
        elif await self.conn.execute(_UPDATE_BATCH, batch.name, batch.state, batch.version, text) != "UPDATE 1":
            raise AssertionError(f"{batch.name} was changed without its lock")
        audience = await self.audience(batch)
        await outbox.append(self.conn, [events.batch_event(changed, audience, self.traceparent)])
        return True

    async def audience(self, batch: Batch) -> list[str]:
        """The sponsors that may know of a batch now."""
        return [row["partner"] for row in await self.conn.fetch(_AUDIENCE, batch.made.run, batch.made.product)]

    async def tell_allocated(self, batch: Batch, partner: str, by: Provenance) -> None:
        """Tells a sponsor of a batch that it has come to."""
        await outbox.append(self.conn, [events.allocated_event(batch, partner, by, self.traceparent)])

    async def vials(self, batch: str) -> tuple[Vial, ...]:
        """The vials of a batch, in the order in which they were filled."""
        rows = await self.conn.fetch("SELECT value FROM vial WHERE batch = $1 ORDER BY number", batch)
        return tuple(VIAL.read(row["value"]) for row in rows)

    async def vial_of(self, slot: str) -> Vial | None:
        """The vial of a slot, if it was filled; a surplus one only if there is no other."""
        row = await self.conn.fetchrow(
            "SELECT value FROM vial WHERE slot = $1 ORDER BY surplus, number DESC LIMIT 1", slot
        )
        return VIAL.read(row["value"]) if row else None

    async def put_vial(self, vial: Vial, by: Provenance) -> None:
        """Stores a vial with its event."""
        row = (vial.batch, vial.container, vial.slot, vial.partner, vial.surplus, VIAL.text(vial))
        put = await self.conn.fetchrow(_PUT_VIAL, *row)
        event = events.vial_event(vial, put["run"], put["version"], by, self.traceparent)
        await outbox.append(self.conn, [event])

    async def samples(self, batch: str) -> tuple[Sample, ...]:
        """The samples of a batch, in the order in which they were registered."""
        rows = await self.conn.fetch("SELECT value FROM sample WHERE batch = $1 ORDER BY number", batch)
        return tuple(SAMPLE.read(row["value"]) for row in rows)

    async def batch_of_sample(self, references: Sequence[str]) -> tuple[str, str] | None:
        """The batch and the name of the sample that one of these names means; None if none does."""
        row = await self.conn.fetchrow("SELECT batch, name FROM sample WHERE name = ANY ($1) LIMIT 1", references)
        return (row["batch"], row["name"]) if row else None

    async def put_sample(self, sample: Sample, result_until: datetime, by: Provenance) -> None:
        """Stores a sample; with its event when it is new."""
        version = await self.conn.fetchval(_PUT_SAMPLE, sample.name, sample.batch, SAMPLE.text(sample))
        if version == 1:
            event = events.sample_event(sample, result_until, version, by, self.traceparent)
            await outbox.append(self.conn, [event])

    async def reported(self, batch: str) -> tuple[ReportedResult, ...]:
        """What laboratories told of a batch, in the order in which it first came."""
        rows = await self.conn.fetch("SELECT value FROM result WHERE batch = $1 ORDER BY number", batch)
        return tuple(REPORTED.read(row["value"]) for row in rows)

    async def put_reported(self, reported: ReportedResult, batch: str | None) -> None:
        """Stores a laboratory's newest word on an analysis."""
        row = (reported.laboratory, reported.result_id, batch, reported.test, REPORTED.text(reported))
        await self.conn.execute(_PUT_REPORTED, *row)

    async def lock_notice(self, name: str) -> Notice | None:
        """A notice, which nobody else changes until this transaction ends."""
        row = await self.conn.fetchrow("SELECT value FROM notice WHERE name = $1 FOR UPDATE", name)
        return NOTICE.read(row["value"]) if row else None

    async def put_notice(self, notice: Notice, by: Provenance) -> None:
        """Stores a notice with its event."""
        acknowledged = notice.acknowledged_at is not None
        row = (notice.name, notice.batch, notice.partner, notice.created_at, acknowledged, NOTICE.text(notice))
        version = await self.conn.fetchval(_PUT_NOTICE, *row)
        await outbox.append(self.conn, [events.notice_event(notice, version, by, self.traceparent)])

    async def next_number(self, subject: str) -> int:
        """The number of the next event of a subject that has no row of its own."""
        return int(await self.conn.fetchval(_NEXT, subject))

    async def next_lot(self, made_at: datetime) -> str:
        """A lot number that nobody has had: at most 20 characters of GS1's set 82, as a label bears it."""
        number = await self.conn.fetchval("SELECT nextval('lot_number')")
        return f"{made_at:%y%m%d}-{number:04d}"

    async def batches_without_specification(self, product: str) -> list[str]:
        """The batches of a product that nothing judges yet."""
        rows = await self.conn.fetch(
            "SELECT name FROM batch WHERE product = $1 AND value->'specified' = 'null' ORDER BY name", product
        )
        return [row["name"] for row in rows]

    async def batches_to_adopt(self, specification: str) -> list[str]:
        """The batches that nothing judges yet, of products that go by a specification."""
        rows = await self.conn.fetch(
            "SELECT b.name FROM batch b JOIN product p ON p.name = b.product"
            " WHERE p.value->>'specification' = $1 AND b.value->'specified' = 'null' ORDER BY b.name",
            specification,
        )
        return [row["name"] for row in rows]

    async def specification_of(self, batch: Batch) -> Specification | None:
        """The rules by which a batch is judged."""
        if batch.specified is None:
            return None
        version = await decisions.specification(self.conn, batch.specified.name, batch.specified.version)
        return version.specification if version else None

    async def specification_in_force(self, name: str) -> SpecificationVersion | None:
        """The newest signed version of a specification."""
        return await decisions.newest(self.conn, name, signed=True)

    async def put_decision(self, batch: str, decided: Decided, verdicts: tuple[TestVerdict, ...], at: datetime) -> None:
        """Keeps what the rules decided, with all that they went by."""
        decision = StoredDecision(
            batch,
            await decisions.next_decision(self.conn, batch),
            at,
            decided.evaluation.specification,
            decided.evaluation.version,
            verdicts,
            decided.sha256,
            decided.record.decode(),
        )
        await decisions.put_decision(self.conn, decision)

    async def earlier_records(self, batch: Batch, limit: int) -> Mapping[str, str]:
        """The record of the newest decision on each earlier batch of the product, oldest first."""
        return await decisions.earlier_records(self.conn, batch, limit)

    async def note_told(self, batch: Batch, item: MissingItem, left_percent: int, partner: str) -> bool:
        """Notes that a partner (empty: the manufacturer) is told of a deadline at a threshold; False if it was."""
        row = (batch.name, item.item, item.slot, item.latest_at, left_percent, partner)
        return bool(await self.conn.fetchval(_TOLD, *row))

    async def told(self, batch: Batch) -> set[tuple[str, str, datetime, int, str]]:
        """What `note_told` has noted of a batch: item, slot, deadline, threshold, partner."""
        noted = "SELECT item, slot, latest_at, left_percent, partner FROM deadline_told WHERE batch = $1"
        return {tuple(row) for row in await self.conn.fetch(noted, batch.name)}

    async def notices(self, batch: str) -> tuple[Notice, ...]:
        """The notices about a batch."""
        rows = await self.conn.fetch("SELECT value FROM notice WHERE batch = $1", batch)
        return tuple(NOTICE.read(row["value"]) for row in rows)

    async def documents(self, batch: str) -> tuple[DocumentVersion, ...]:
        """The newest version of each document of a batch."""
        return await documents.newest_documents(self.conn, batch)

    async def product(self, name: str) -> QualityProduct | None:
        """What master data last said of a product."""
        return await others.product(self.conn, name)

    async def orders(self, run: str) -> tuple[Order, ...]:
        """The slots of a run, by name."""
        return await others.orders(self.conn, run)

    async def shipped(self, slot: str) -> others.Shipped | None:
        """Who carries the dose of a slot."""
        return await others.shipped(self.conn, slot)

    async def order(self, slot: str) -> Order | None:
        """A slot, as slotting last told."""
        return await others.order(self.conn, slot)
