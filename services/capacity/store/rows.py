"""Runs as rows: the statements, and the way from a run to its row and back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asyncpg import Record

from services.capacity.domain import Allotment, BatchMeasurement, Manufacture, Provenance, Run, State
from services.kernel.activity import Nuclide
from services.network import Capacity

_COLUMNS = (
    "name, product, nuclide, line, state, end_of_synthesis_at, claim_cutoff_at, use_by_at, pledged_kbq, pledged_vials, "
    "pool_kbq, pool_vials, vial_kbq_max, loss_fraction, version, created_at, changed_at, changed_by, change_reason, "
    "opened_at, pool_at_opening, production_order, started_at, ended_at, measured_kbq, measured_at, volume_ul, "
    "fillable_vials, failed_at, failure_cause"
)
PRODUCT_AUDIENCE = "(SELECT p.partners FROM product p WHERE p.name = r.product)"
# A run and its allotments in one statement, and so of one instant.
_SELECT = f"""
SELECT {_COLUMNS}, ARRAY (SELECT a FROM allotment a WHERE a.run = r.name ORDER BY a.partner) AS allotments,
    {PRODUCT_AUDIENCE} AS product_audience,
    (SELECT p.end_tolerance FROM product p WHERE p.name = r.product) AS end_tolerance FROM run r"""
SELECT_ONE = f"{_SELECT} WHERE r.name = $1"
INSERT = f"""
INSERT INTO run ({_COLUMNS}) VALUES ({", ".join(f"${n}" for n in range(1, 31))}) ON CONFLICT DO NOTHING RETURNING 1"""
UPDATE = """
UPDATE run SET state = $2, pledged_kbq = $3, pledged_vials = $4, pool_kbq = $5, pool_vials = $6, version = $7,
    changed_at = $8, changed_by = $9, change_reason = $10, opened_at = $11, pool_at_opening = $12, started_at = $13,
    ended_at = $14, measured_kbq = $15, measured_at = $16, volume_ul = $17, fillable_vials = $18,
    failed_at = $19, failure_cause = $20
WHERE name = $1 AND version = $7 - 1"""
PUT_ALLOTMENTS = """
INSERT INTO allotment (run, partner, kbq, vials, release_back_at)
SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::int[], $5::timestamptz[])
ON CONFLICT (run, partner) DO UPDATE SET kbq = excluded.kbq, vials = excluded.vials
WHERE (allotment.kbq, allotment.vials) <> (excluded.kbq, excluded.vials)"""
# The rules of Run.visible_to and Run.state_at in SQL, so that a page holds as many runs as were asked for. The tests
# compare the two over random runs.
SELECT_PAGE = f"""{_SELECT}
WHERE ($1::text IS NULL OR r.opened_at IS NOT NULL AND (r.pool_at_opening OR EXISTS (
        SELECT FROM allotment a WHERE a.run = r.name
        AND (a.partner = $1 OR a.release_back_at <= $2 AND a.kbq > 0 AND a.vials > 0))))
    AND visible($1, {PRODUCT_AUDIENCE})
    AND ($3::text = '' OR r.product = $3)
    AND (cardinality($4::text[]) = 0
        OR CASE WHEN r.state = 'OPEN' AND r.claim_cutoff_at <= $2 THEN 'CLOSED' ELSE r.state END = ANY ($4))
    AND ($5::timestamptz IS NULL OR r.end_of_synthesis_at >= $5)
    AND ($6::timestamptz IS NULL OR r.end_of_synthesis_at < $6)
    AND ($7::timestamptz IS NULL OR (r.end_of_synthesis_at, r.name) > ($7, $8::text))
ORDER BY r.end_of_synthesis_at, r.name LIMIT $9"""


SELECT_AUDIENCES = f"""
SELECT r.name, r.opened_at, r.pool_at_opening, {PRODUCT_AUDIENCE} AS product_audience FROM run r
WHERE r.name = ANY ($1)"""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a list is about; `partner` None: as operators see them."""

    partner: str | None
    product: str = ""
    states: tuple[State, ...] = ()
    synthesis_from: datetime | None = None
    synthesis_until: datetime | None = None

    def parameters(self, now: datetime) -> Sequence[Any]:
        """The first parameters of SELECT_PAGE."""
        states = [state.value for state in self.states]
        return (self.partner, now, self.product, states, self.synthesis_from, self.synthesis_until)


def run_of(row: Record) -> Run:
    """The run in a row of SELECT_ONE or SELECT_PAGE."""
    return Run(
        name=row["name"],
        product=row["product"],
        nuclide=Nuclide(row["nuclide"]),
        line=row["line"],
        end_of_synthesis_at=row["end_of_synthesis_at"],
        claim_cutoff_at=row["claim_cutoff_at"],
        use_by_at=row["use_by_at"],
        pledged=Capacity(row["pledged_kbq"], row["pledged_vials"]),
        allotments=tuple(
            Allotment(each["partner"], Capacity(each["kbq"], each["vials"]), each["release_back_at"])
            for each in row["allotments"]
        ),
        vial_kbq_max=row["vial_kbq_max"],
        loss_fraction=row["loss_fraction"],
        stored_state=State(row["state"]),
        version=row["version"],
        created_at=row["created_at"],
        changed=Provenance(row["changed_by"], row["changed_at"], row["change_reason"]),
        opened_at=row["opened_at"],
        pool_at_opening=row["pool_at_opening"],
        product_audience=frozenset(row["product_audience"] or ()),
        end_tolerance=row["end_tolerance"],
        manufacture=_manufacture_of(row),
        production_order=row["production_order"],
    )


def _manufacture_of(row: Record) -> Manufacture:
    measured = None
    if row["measured_kbq"] is not None:
        measured = BatchMeasurement(row["measured_kbq"], row["measured_at"], row["volume_ul"], row["fillable_vials"])
    return Manufacture(row["started_at"], row["ended_at"], measured, row["failed_at"], row["failure_cause"])


def _manufactured(made: Manufacture) -> Sequence[Any]:
    measured = made.measured
    figures = (measured.kbq, measured.measured_at, measured.volume_ul, measured.vials) if measured else (None,) * 4
    return (made.started_at, made.ended_at, *figures, made.failed_at, made.failure_cause)


def with_audience(run: Run, row: Record | None) -> Run:
    """A run from an event with what SELECT_AUDIENCES knows of it; a run that was planned then was not open yet."""
    if row is None:
        return run
    seen = replace(run, product_audience=frozenset(row["product_audience"] or ()))
    if run.stored_state is State.PLANNED:
        return seen
    return replace(seen, opened_at=row["opened_at"], pool_at_opening=row["pool_at_opening"])


def inserted(run: Run) -> Sequence[Any]:
    """The parameters of INSERT."""
    return (
        run.name,
        run.product,
        run.nuclide.value,
        run.line,
        run.stored_state.value,
        run.end_of_synthesis_at,
        run.claim_cutoff_at,
        run.use_by_at,
        *run.pledged,
        *run.pool,
        run.vial_kbq_max,
        run.loss_fraction,
        run.version,
        run.created_at,
        run.changed.at,
        run.changed.actor,
        run.changed.reason,
        run.opened_at,
        run.pool_at_opening,
        run.production_order,
        *_manufactured(run.manufacture),
    )


def updated(run: Run) -> Sequence[Any]:
    """The parameters of UPDATE: what can change."""
    return (
        run.name,
        run.stored_state.value,
        *run.pledged,
        *run.pool,
        run.version,
        run.changed.at,
        run.changed.actor,
        run.changed.reason,
        run.opened_at,
        run.pool_at_opening,
        *_manufactured(run.manufacture),
    )


def allotted(run: Run) -> Sequence[Any]:
    """The parameters of PUT_ALLOTMENTS."""
    return (
        run.name,
        [allotment.partner for allotment in run.allotments],
        [allotment.size.kbq for allotment in run.allotments],
        [allotment.size.vials for allotment in run.allotments],
        [allotment.release_back_at for allotment in run.allotments],
    )
