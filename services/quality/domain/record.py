"""What is signed of a batch: all that a signer goes by, in a form that can be hashed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.quality.domain.batch import Batch
from services.quality.domain.vials import Vial


def record_of(batch: Batch, vials: Iterable[Vial], documents: Sequence[str]) -> Mapping[str, Any]:
    """The record of a batch as JSON values. `documents` are the SHA-256 of the newest version of each document.

    Signatures and versions stand outside: a signature binds what was decided on, and does not change it. The number of
    the decision stands in it: what was taken back and found good again is signed again.
    """
    made = batch.made
    return {
        "batch": batch.name,
        "run": made.run,
        "product": made.product,
        "end_of_synthesis": made.end_of_synthesis_at.isoformat(),
        "measured": {"mbq": repr(made.measured_mbq), "at": made.measured_at.isoformat()},
        "volume_ul": made.volume_ul,
        "expires": made.expires_at.isoformat(),
        "specification": [batch.specified.name, batch.specified.version] if batch.specified else None,
        "decision": batch.decision,
        "verdicts": [[each.test, each.outcome, each.explanation, *each.results] for each in batch.verdicts],
        "deviations": [[each.number, each.description, each.conclusion] for each in batch.deviations],
        "vials": [_vial(vial) for vial in vials],
        "documents": sorted(documents),
    }


def _vial(vial: Vial) -> list[Any]:
    return [vial.container, vial.slot, vial.volume_ul, vial.filled_at.isoformat(), vial.surplus]
