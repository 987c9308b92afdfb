"""Batches and what belongs to them, for tests: everything that does not matter has a value."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.kernel.activity import Nuclide
from services.kernel.provenance import Provenance
from services.kernel.signing import Signature
from services.quality.domain.batch import Batch, BatchYield, ReleaseTerms, Specified, TestVerdict, create
from services.quality.domain.samples import AnalysisStage, ReportedResult, Sample
from services.quality.domain.signing import Meaning, Role
from services.quality.domain.specification import Outcome, TestClass
from services.quality.domain.vials import Order, Vial

EOS = datetime(2026, 12, 1, 6, tzinfo=UTC)
BY = Provenance("quality@cdmo", EOS, "why")
BATCH = "batches/261201-0001"
RUN = "runs/lu-1"
CLASS_OF: Mapping[str, TestClass] = {
    "appearance": TestClass.BEFORE_DISPATCH,
    "lu177m": TestClass.BEFORE_USE,
    "sterility": TestClass.AFTER_USE,
}


def a_production(**other: Any) -> BatchYield:
    """A run that yielded 100 GBq in 100 mL, good for three days."""
    given: dict[str, Any] = {
        "run": RUN,
        "line": "facilities/north/lines/a",
        "product": "products/lu-ligand",
        "nuclide": Nuclide.LU_177,
        "end_of_synthesis_at": EOS,
        "measured_mbq": 100_000.0,
        "measured_at": EOS,
        "volume_ul": 100_000,
        "expires_at": EOS + timedelta(hours=72),
    }
    return BatchYield(**{**given, **other})


def verdicts(**outcomes: Outcome) -> tuple[TestVerdict, ...]:
    """One verdict on each of three tests, one of each class; MISSING unless it is said."""
    return tuple(TestVerdict(test, of, outcomes.get(test, Outcome.MISSING)) for test, of in CLASS_OF.items())


def a_batch(*, terms: ReleaseTerms | None = None, made: BatchYield | None = None, **other: Any) -> Batch:
    """A batch in quality control."""
    specified = Specified("specifications/lu-ligand", 1)
    batch = create(BATCH, made or a_production(), specified, terms or ReleaseTerms(), BY).batch
    return replace(batch, **{"verdicts": verdicts(), **other})


def a_signature(meaning: Meaning = Meaning.DISPATCH_ASSESSED, **other: Any) -> Signature:
    """Somebody's signature."""
    given: dict[str, Any] = {
        "record": BATCH,
        "record_sha256": "0" * 64,
        "signer": "designated-person@cdmo",
        "printed_name": "Designated person",
        "role": Role.DESIGNATED_PERSON,
        "meaning": meaning,
        "signed_at": EOS,
        "authenticated_at": EOS,
        "acr": "both",
        "token_id": "t1",
        "session_id": "s1",
    }
    return Signature(**{**given, **other})


def an_order(slot: str = "slots/1", **other: Any) -> Order:
    """A confirmed slot of 1 GBq, two days after the end of synthesis."""
    given: dict[str, Any] = {
        "partner": "partners/northlake",
        "run": RUN,
        "site": "sites/lakeside",
        "confirmed": True,
        "administration_mbq": 1000.0,
        "administration_at": EOS + timedelta(days=2),
        "departure_at": EOS + timedelta(hours=6),
        "patient_reference": "P-1",
    }
    return Order(slot, **{**given, **other})


def a_vial(container: str = "V1", slot: str = "slots/1", **other: Any) -> Vial:
    """A vial that was filled an hour after the end of synthesis."""
    given: dict[str, Any] = {
        "batch": BATCH,
        "partner": "partners/northlake",
        "site": "sites/lakeside",
        "filled_at": EOS + timedelta(hours=1),
        "volume_ul": 1200,
        "filled_mbq": 1200.0,
        "administration_mbq": 1000.0,
        "administration_at": EOS + timedelta(days=2),
        "created_at": EOS + timedelta(hours=1),
    }
    return Vial(container=container, slot=slot, **{**given, **other})


def a_sample(number: int = 1, **other: Any) -> Sample:
    """A sample of the batch, taken at the end of synthesis."""
    given: dict[str, Any] = {
        "name": f"{BATCH}/samples/{number}",
        "batch": BATCH,
        "product": "products/lu-ligand",
        "laboratory": "partners/lab",
        "tests": tuple(CLASS_OF),
        "taken_at": EOS,
        "created_at": EOS,
    }
    return Sample(**{**given, **other})


def a_reported_result(test: str = "radiochemical_purity", value: str = "99.1", **other: Any) -> ReportedResult:
    """What a laboratory told of an analysis, verified."""
    given: dict[str, Any] = {
        "laboratory": "partners/lab",
        "result_id": f"{test}-1",
        "sample": f"{BATCH}/samples/1",
        "references": (f"{BATCH}/samples/1",),
        "test": test,
        "test_code": "",
        "replicate": None,
        "stage": AnalysisStage.VERIFIED,
        "value": value,
        "decimal_mark": "",
        "unit": "%",
        "method": "HPLC",
        "captured_at": EOS + timedelta(hours=2),
        "verified_at": EOS + timedelta(hours=2),
        "replaces": "",
        "parser": "",
        "message": "messages/1",
        "received_at": EOS + timedelta(hours=3),
    }
    return ReportedResult(**{**given, **other})
