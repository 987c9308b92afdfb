"""A run that follows its production order: what an ERP states of the order, and what becomes of the run by it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.capacity.domain import refusals
from services.capacity.domain.changing import cancel, cut, open_run, require_cancel, require_cut
from services.capacity.domain.planning import AskedRun, plan_run
from services.capacity.domain.producing import shared
from services.capacity.domain.run import Changed, KnownProduct, Provenance, Run, State
from services.capacity.domain.versions import require_state
from services.kernel.activity import LIFE_MAX, Nuclide
from services.network import NOTHING, Capacity
from services.network.refusals import CapacityWouldGrow, ProductUnknown


class OrderStage(StrEnum):
    """How far a production order has come."""

    PLANNED = "PLANNED"
    RELEASED = "RELEASED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class StatedOrder:
    """A production order as its ERP states it, its shape judged; None, or empty, is what is not said."""

    production_order: str
    stage: OrderStage
    since: datetime
    product: str = ""
    line: str = ""
    end_of_synthesis_at: datetime | None = None
    claim_cutoff_at: datetime | None = None
    use_by_at: datetime | None = None
    pledged: Capacity | None = None
    vial_kbq_max: int | None = None
    loss_fraction: float | None = None


# What an order says of a run that is to be planned, as a planner asks for one and judged by the same shape; or Invalid.
Shaped = Callable[[StatedOrder, Nuclide], AskedRun]

# What of a run can never change, as the order and the run call it.
_FIXED = (
    "product",
    "line",
    "end_of_synthesis_at",
    "claim_cutoff_at",
    "use_by_at",
    "vial_kbq_max",
    "loss_fraction",
)


def follow(
    run: Run | None,
    stated: StatedOrder,
    name: str,
    product: KnownProduct | None,
    by: Provenance,
    shaped: Shaped,
    pledged_before: Capacity | None = None,
) -> tuple[Changed, ...]:
    """What brings the run that an order makes in line with it, in order; nothing if it is.

    `name` is that of a run which is planned by this, `product` what is known of what the order makes, `pledged_before`
    what the ERP pledged when it last spoke of the order. Raises what the rules of the calls refuse.
    """
    if stated.stage is OrderStage.CANCELLED:
        return _cancelled(run, by)
    if run is None:
        return _planned(name, stated, product, by, shaped)
    require_state(run, by.at, frozenset(State) - {State.CANCELLED})
    grows = stated.pledged is not None and not run.pledged.most(pledged_before or NOTHING).covers(stated.pledged)
    fixed = [field for field in _FIXED if getattr(stated, field) not in (None, "", getattr(run, field))]
    if (grows or fixed) and run.stored_state is State.PLANNED and not run.allotments:
        return (cancel(run, (), by), *_planned(name, _on_top_of(run, stated), product, by, shaped))
    if fixed:
        raise refusals.RunFixed(
            "The run is promised as it is. Cancel it, or cancel the order and make another one.",
            run=run.name,
            fields=", ".join(fixed),
        )
    if grows:
        raise _growth(run, stated)
    less = _less(run, stated, by)
    return (*less, *_opened(less[-1].run if less else run, stated, product, by))


def _cancelled(run: Run | None, by: Provenance) -> tuple[Changed, ...]:
    if run is None or run.stored_state in (State.CANCELLED, State.FAILED):
        return ()
    require_cancel(run, by.at)
    return (cancel(run, (), by),)


def _on_top_of(run: Run, stated: StatedOrder) -> StatedOrder:
    """What is stated, and where nothing is, what the run was planned with."""
    return replace(
        stated,
        line=stated.line or run.line,
        end_of_synthesis_at=stated.end_of_synthesis_at or run.end_of_synthesis_at,
        claim_cutoff_at=stated.claim_cutoff_at or run.claim_cutoff_at,
        pledged=stated.pledged or run.pledged,
    )


def _planned(
    name: str, stated: StatedOrder, product: KnownProduct | None, by: Provenance, shaped: Shaped
) -> tuple[Changed, ...]:
    """A new run; what is not said of it is as the product is."""
    if product is None or product.nuclide is None:
        raise ProductUnknown("Master data has not told of the product.", product=stated.product, field="product")
    synthesis, use_by = stated.end_of_synthesis_at, stated.use_by_at
    vial_kbq_max, loss_fraction = stated.vial_kbq_max, stated.loss_fraction
    whole = replace(
        stated,
        product=product.name,
        use_by_at=synthesis + product.shelf_life if synthesis and not use_by else use_by,
        vial_kbq_max=product.vial_kbq_max if vial_kbq_max is None else vial_kbq_max,
        loss_fraction=product.loss_fraction if loss_fraction is None else loss_fraction,
    )
    made = plan_run(name, shaped(whole, product.nuclide), by, product.shelf_life)
    return (made, *_opened(made.run, stated, product, by))


def _less(run: Run, stated: StatedOrder, by: Provenance) -> tuple[Changed, ...]:
    """A pledge that was lowered: the pool gives first, and then each allotment its share."""
    if stated.pledged is None:
        return ()
    left = run.pledged.least(stated.pledged)
    if left == run.pledged:
        return ()
    lower = shared(run, left)
    require_cut(run, lower, by.at)
    return (cut(run, lower, (), by),)


def _opened(run: Run, stated: StatedOrder, product: KnownProduct | None, by: Provenance) -> tuple[Changed, ...]:
    if stated.stage is not OrderStage.RELEASED or run.stored_state is not State.PLANNED:
        return ()
    return (open_run(run, by, product.shelf_life if product else LIFE_MAX),)


def _growth(run: Run, stated: StatedOrder) -> CapacityWouldGrow:
    asked = stated.pledged or NOTHING
    return CapacityWouldGrow(
        "The order would yield more than the run was promised with; a run only ever shrinks.",
        run=run.name,
        has_kbq=run.pledged.kbq,
        has_vials=run.pledged.vials,
        asked_kbq=asked.kbq,
        asked_vials=asked.vials,
    )
