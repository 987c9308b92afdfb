"""Judging a batch anew: after results, vials or documents changed, and what follows by itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.kernel.ids import uuid7
from services.kernel.provenance import Provenance
from services.quality.domain import batch as rules
from services.quality.domain import notices
from services.quality.domain.batch import Batch, BatchChange, BatchHappened, State
from services.quality.domain.documents import missing_documents
from services.quality.domain.judging import Opinion, judge_reported
from services.quality.domain.notices import Notice, Telling
from services.quality.domain.product import QualityProduct
from services.quality.domain.specification import Facts, NumberFound, Reading, Specification
from services.quality.domain.specification.criteria import Trend
from services.quality.domain.specification.decisions import decided as decided_by
from services.quality.domain.specification.records import result_from
from services.quality.domain.vials import Vial
from services.quality.store import Unit

# After these, nobody may use what is on the road or was used already.
_WITHDRAWN = frozenset({BatchHappened.REJECTED, BatchHappened.FAILED_AFTER_USE})


@dataclass(frozen=True, slots=True)
class BatchJudgement:
    """A batch after the rules judged it, and what they said; None: it has no specification."""

    batch: Batch
    opinion: Opinion | None


async def rejudge(unit: Unit, batch: Batch, by: Provenance) -> BatchJudgement:
    """Judges a locked batch by all that is known now, and saves what is different with all that follows from it."""
    specification = await unit.specification_of(batch)
    if specification is None:
        return BatchJudgement(await follow(unit, batch, by), None)
    opinion = await opinion_on(unit, batch, specification)
    changed = rules.judge(batch, opinion.verdicts, by)
    if changed is not None:
        decided = decided_by(specification, opinion.inputs.results, opinion.inputs.facts)
        await unit.put_decision(batch.name, decided, opinion.verdicts, by.at)
        batch = await save(unit, changed, by)
    return BatchJudgement(await follow(unit, batch, by), opinion)


async def opinion_on(unit: Unit, batch: Batch, specification: Specification) -> Opinion:
    """What the rules of a specification say of a batch."""
    samples, vials = await unit.samples(batch.name), await unit.vials(batch.name)
    product = await unit.product(batch.made.product)
    facts = Facts(
        volume_ml=_largest_volume_ml(vials, product),
        earlier=await earlier_readings(unit, batch, specification),
    )
    return judge_reported(specification, await unit.reported(batch.name), samples, facts)


async def follow(unit: Unit, batch: Batch, by: Provenance) -> Batch:
    """Lets a batch go on by itself as far as its product asks for no signature."""
    while changed := rules.settle(batch, await missing(unit, batch), by):
        batch = await save(unit, changed, by)
    return batch


async def save(unit: Unit, changed: BatchChange, by: Provenance) -> Batch:
    """Saves a change; whoever must be told of it is told in the same transaction."""
    await unit.save(changed)
    batch = changed.batch
    if changed.what in _WITHDRAWN or (
        changed.what is BatchHappened.REOPENED and batch.state is not State.CERTIFIED_FOR_USE
    ):
        await tell(unit, batch, by)
    return batch


async def tell(unit: Unit, batch: Batch, by: Provenance) -> None:
    """Issues a notice to everybody who has, or had, a dose of the batch; not to whom one of its kind is still open.

    Who acknowledged one is told again: since then the batch may have been found good, and the dose sent on.
    """
    vials = await unit.vials(batch.name)
    still_open = [each for each in await unit.notices(batch.name) if each.acknowledged_at is None]
    told = {(each.kind, each.slot, each.partner, each.role) for each in still_open}
    for telling in notices.of_withdrawal(batch, vials, await unit.orders(batch.made.run), by.at):
        if (telling.kind, telling.vial.slot, telling.partner, telling.role) not in told:
            await unit.put_notice(_notice(batch, telling, by), by)


async def missing(unit: Unit, batch: Batch) -> list[str]:
    """The documents that the pack lacks, named."""
    lacking = missing_documents(batch, await unit.vials(batch.name), await unit.documents(batch.name))
    return [f"{kind} of {slot}" if slot else kind for kind, slot in lacking]


def _notice(batch: Batch, telling: Telling, by: Provenance) -> Notice:
    why = batch.rejection_reason or "; ".join(
        f"{each.test}: {each.explanation}" for each in batch.verdicts if not each.passed
    )
    return Notice(
        name=f"notices/{uuid7()}",
        kind=telling.kind,
        batch=batch.name,
        slot=telling.vial.slot,
        partner=telling.partner,
        role=telling.role,
        site=telling.vial.site,
        patient_reference=telling.patient_reference,
        explanation=f"Batch {batch.name.removeprefix('batches/')} is {batch.state}: {why}"[:2000],
        created_at=by.at,
    )


def _largest_volume_ml(vials: Sequence[Vial], product: QualityProduct | None) -> Decimal | None:
    """The largest volume that one patient may be given: what the product allows, or else the largest that was filled;
    None if neither is known. A product's own range also tells no sponsor of another's filling."""
    allowed = product.fill.volume_max_ul if product else None
    largest = allowed or max((vial.volume_ul for vial in vials), default=None)
    return None if largest is None else Decimal(largest) / 1000


async def earlier_readings(unit: Unit, batch: Batch, specification: Specification) -> Mapping[str, tuple[Reading, ...]]:
    """What earlier batches were found to have in the tests whose trend is judged, by test, the newest last."""
    trends = [rule.criterion for rule in specification.rules if isinstance(rule.criterion, Trend)]
    if not trends:
        return {}
    records = await unit.earlier_records(batch, max(trend.batches for trend in trends))
    found: dict[str, list[Reading]] = {trend.of: [] for trend in trends}
    for name, record in records.items():
        for result in map(result_from, json.loads(record)["inputs"]["results"]):
            if result.test in found and isinstance(result.value, NumberFound) and result.unit:
                found[result.test].append(Reading(name, result.value.value, result.unit))
    return {test: tuple(readings) for test, readings in found.items()}
