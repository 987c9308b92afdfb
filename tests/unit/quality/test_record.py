"""What a signature is bound to: the record of a batch changes with all that was decided on, and with nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.kernel.signing import record_sha256
from services.quality.domain.batch import Batch, Deviation, State
from services.quality.domain.record import record_of
from services.quality.domain.specification import Outcome
from services.quality.domain.vials import Vial
from tests.support.quality import BY, EOS, a_batch, a_production, a_signature, a_vial, verdicts

BATCH, VIALS, DOCUMENTS = a_batch(), (a_vial(),), ("a" * 64, "b" * 64)
OPEN = Deviation(1, "a filter was changed", EOS)


def sha256(batch: Batch = BATCH, vials: Sequence[Vial] = VIALS, documents: Sequence[str] = DOCUMENTS) -> str:
    return record_sha256(record_of(batch, vials, documents))


def made(**other: Any) -> Batch:
    return replace(BATCH, made=a_production(**other))


CHANGES: Mapping[str, Batch] = {
    "name": replace(BATCH, name="batches/261201-0002"),
    "run": made(run="runs/2"),
    "product": made(product="products/other"),
    "end_of_synthesis": made(end_of_synthesis_at=EOS + timedelta(seconds=1)),
    "measured_mbq": made(measured_mbq=100_000.1),
    "measured_at": made(measured_at=EOS + timedelta(seconds=1)),
    "volume": made(volume_ul=99_999),
    "no_volume": made(volume_ul=None),
    "expiry": made(expires_at=EOS + timedelta(hours=71)),
    "specification": replace(BATCH, specified=replace(BATCH.specified, version=2)),  # type: ignore[type-var]
    "no_specification": replace(BATCH, specified=None),
    "outcome": replace(BATCH, verdicts=verdicts(appearance=Outcome.PASS)),
    "explanation": replace(BATCH, verdicts=(replace(BATCH.verdicts[0], explanation="else"), *BATCH.verdicts[1:])),
    "results": replace(BATCH, verdicts=(replace(BATCH.verdicts[0], results=("r1",)), *BATCH.verdicts[1:])),
    "decision": replace(BATCH, decision=1),
    "deviation": replace(BATCH, deviations=(OPEN,)),
    "conclusion": replace(BATCH, deviations=(replace(OPEN, conclusion="no effect"),)),
}


def test_every_change_of_what_was_decided_on_has_a_hash_of_its_own() -> None:
    hashes = {what: sha256(batch) for what, batch in CHANGES.items()}
    assert len({sha256(), *hashes.values()}) == len(CHANGES) + 1


@pytest.mark.parametrize(
    "other",
    [
        {"version": 9},
        {"signatures": (a_signature(),)},
        {"state": State.READY_TO_SHIP},
        {"changed": replace(BY, actor="somebody else")},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_signature_does_not_change_what_it_signs(other: dict[str, Any]) -> None:
    assert sha256(replace(BATCH, **other)) == sha256()


@pytest.mark.parametrize(
    "other",
    [{"container": "V9"}, {"slot": "slots/9"}, {"volume_ul": 1201}, {"filled_at": EOS}, {"surplus_since": EOS}],
    ids=lambda other: next(iter(other)),
)
def test_a_vial_belongs_to_the_record(other: dict[str, Any]) -> None:
    assert sha256(vials=(replace(VIALS[0], **other),)) != sha256()


def test_that_a_vial_left_does_not_change_the_record() -> None:
    assert sha256(vials=(replace(VIALS[0], dispatched_at=EOS, courier="partners/swift"),)) == sha256()


def test_a_new_version_of_a_document_changes_the_record_and_the_order_of_documents_does_not() -> None:
    assert sha256(documents=("a" * 64, "c" * 64)) != sha256()
    assert sha256(documents=("b" * 64, "a" * 64)) == sha256()
    assert sha256(documents=("a" * 64,)) != sha256()


def test_a_measured_activity_is_told_with_all_its_digits() -> None:
    assert record_of(made(measured_mbq=0.1 + 0.2), (), ())["measured"]["mbq"] == "0.30000000000000004"
