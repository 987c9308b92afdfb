"""Northlake Oncology's quality assurance: reads how its batches stand over REST, and is told of what cannot wait."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from doselane.quality.v1.batch_pb2 import Batch
from doselane.quality.v1.events_pb2 import BatchCertifiedForUse, NoticeIssued
from doselane.quality.v1.notice_pb2 import Notice
from pact import Pact, match

from tests.contracts.consumers.over_rest import AUTHORIZED, JSON, PROBLEM, Rest, problem
from tests.contracts.consumers.words import (
    EXAMPLE_REQUEST_ID,
    EXAMPLE_SLOT_ID,
    EXAMPLE_TOKEN,
    as_caller,
    from_state,
    heard,
    instant,
    named,
    pact_of,
    state_generator,
    text,
)

NAME = "northlake-oncology-quality"
PARTNER = "partners/northlake-oncology"
BATCH = "batches/270301-0001"
NOTICE = f"notices/{EXAMPLE_SLOT_ID}"
CERTIFICATE = f"{BATCH}/documents/certificate_of_analysis-1"
CERTIFIED = "doselane.quality.batch.certified_for_use.v1"
TOLD = "doselane.quality.notice.issued.v1"
OUTCOMES = r"^(PASS|FAIL|INDETERMINATE|MISSING|INVALID)$"
CLASSES = r"^(BEFORE_DISPATCH|BEFORE_USE|AFTER_USE)$"


@dataclass(frozen=True)
class Standing:
    """What Northlake's quality assurance keeps of a batch."""

    batch: str
    run: str
    product: str
    state: str
    expires_at: str
    outcomes: Mapping[str, tuple[str, str, str]]  # class, outcome and why, by test


@dataclass(frozen=True)
class Certificate:
    """A certificate of analysis, as it is filed."""

    pdf: bytes
    pdf_sha256: str
    twin: bytes
    twin_media_type: str


@dataclass(frozen=True)
class Recall:
    """A dose that must not be given, and who has to be told of it."""

    notice: str
    batch: str
    slot: str
    kind: str
    role: str
    why: str
    acknowledged_at: str = ""


class QualityAssurance:
    """The part of the program that asks Doselane."""

    def __init__(self, url: str, token: str) -> None:
        self._rest = Rest(url, token)

    def batches_of(self, run: str) -> Sequence[Standing]:
        """The batches of a run."""
        answer = self._rest.answer("GET", "/v1/batches", params={"run": run})
        return [_standing(batch) for batch in answer["batches"]]

    def batch(self, name: str) -> Standing:
        """One batch."""
        return _standing(self._rest.answer("GET", f"/v1/{name}"))

    def certificates_of(self, batch: str) -> Sequence[str]:
        """The names of the certificates of a batch."""
        answer = self._rest.answer("GET", f"/v1/{batch}/documents")
        wanted = "DOCUMENT_KIND_CERTIFICATE_OF_ANALYSIS"
        return [each["name"] for each in answer["documents"] if each["kind"] == wanted]

    def certificate(self, name: str) -> Certificate:
        """A certificate with its pages and what machines read."""
        told = self._rest.answer("GET", f"/v1/{name}")
        return Certificate(
            pdf=base64.b64decode(told["pdf"]),
            pdf_sha256=told["pdfSha256"],
            twin=base64.b64decode(told["twin"]),
            twin_media_type=told["twinMediaType"],
        )

    def open_recalls(self) -> Sequence[Recall]:
        """What nobody has acknowledged."""
        answer = self._rest.answer("GET", "/v1/notices", params={"openOnly": "true"})
        return [_recall(each) for each in answer["notices"]]

    def acknowledge(self, notice: str, answer: str, request_id: str) -> Recall:
        """Says that the clinic was told."""
        sent = {"answer": answer, "requestId": request_id}
        return _recall(self._rest.answer("POST", f"/v1/{notice}:acknowledge", json=sent))


@dataclass
class Alarms:
    """The part of the program that reads the topic: who may treat, and whom somebody has to call."""

    may_treat: dict[str, Sequence[str]] = field(default_factory=dict)  # who signed, by batch
    to_call: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # batch, slot and centre, by notice

    def take(self, kind: str, data: bytes) -> None:
        """Takes one record."""
        if kind == CERTIFIED:
            batch = BatchCertifiedForUse.FromString(data).batch
            assert batch.state == Batch.CERTIFIED_FOR_USE
            self.may_treat[batch.name] = [signature.printed_name for signature in batch.signatures]
        if kind == TOLD:
            notice = NoticeIssued.FromString(data).notice
            if notice.partner == PARTNER and notice.role == Notice.SPONSOR:
                self.to_call[notice.name] = (notice.batch, notice.slot, notice.site)


def _standing(batch: dict[str, Any]) -> Standing:
    return Standing(
        batch=batch["name"],
        run=batch["run"],
        product=batch["product"],
        state=batch["state"],
        expires_at=batch["expireTime"],
        outcomes={
            each["test"]: (each["testClass"], each["outcome"], each["explanation"]) for each in batch["verdicts"]
        },
    )


def _recall(notice: dict[str, Any]) -> Recall:
    return Recall(
        notice=notice["name"],
        batch=notice["batch"],
        slot=notice["slot"],
        kind=notice["kind"],
        role=notice["role"],
        why=notice["explanation"],
        acknowledged_at=notice.get("acknowledgeTime", ""),
    )


def contract() -> Pact:
    """What Northlake's quality assurance relies on."""
    pact = pact_of(NAME)
    for step in (
        _lists_the_batches_of_a_run,
        _reads_the_verdicts,
        _does_not_find_the_batch_of_another,
        _lists_the_documents,
        _fetches_the_certificate,
        _lists_open_recalls,
        _acknowledges_a_recall,
        _hears_of_a_certification,
        _hears_of_a_recall,
    ):
        step(pact)
    return pact


def _batch() -> dict[str, Any]:
    verdict = {
        "test": text("sterility", "^[a-z][a-z0-9_]*$"),
        "testClass": text("AFTER_USE", CLASSES),
        "outcome": text("MISSING", OUTCOMES),
        "explanation": match.like("There is no result yet."),
    }
    return {
        "name": named("batches", BATCH),
        "run": named("runs", "runs/lu-177-monday"),
        "product": named("products", "products/lu-ligand"),
        "state": "IN_QC",
        "expireTime": instant("2027-03-04T06:00:00Z"),
        "verdicts": match.each_like(verdict, min=1),
    }


def _lists_the_batches_of_a_run(pact: Pact) -> None:
    asked = pact.upon_receiving("a list of the batches of a run")
    asked = as_caller(asked, PARTNER, "quality.read").given("a batch in quality control", partner=PARTNER)
    asked.with_request("GET", "/v1/batches").with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_query_parameter("run", match.like("runs/lu-177-monday"))
    asked.with_generators({**AUTHORIZED, "query": {"run": state_generator("${run}")}})
    asked.will_respond_with(200).with_body({"batches": match.each_like(_batch(), min=1)}, JSON)


def _reads_the_verdicts(pact: Pact) -> None:
    asked = pact.upon_receiving("a request for a batch in quality control")
    asked = as_caller(asked, PARTNER, "quality.read").given("a batch in quality control", partner=PARTNER)
    _get(asked, BATCH, "batch").will_respond_with(200).with_body(_batch(), JSON)


def _does_not_find_the_batch_of_another(pact: Pact) -> None:
    asked = pact.upon_receiving("a request for a batch on which it has no dose")
    asked = as_caller(asked, PARTNER, "quality.read").given("a batch of another partner")
    body = problem(404, "BATCH_UNKNOWN", {})
    _get(asked, BATCH, "batch").will_respond_with(404).with_body(body, PROBLEM)


def _lists_the_documents(pact: Pact) -> None:
    asked = pact.upon_receiving("a list of the documents of a batch")
    asked = as_caller(asked, PARTNER, "quality.read").given("a batch with a certificate of analysis", partner=PARTNER)
    document = {"name": _document(), "kind": "DOCUMENT_KIND_CERTIFICATE_OF_ANALYSIS"}
    body = {"documents": match.each_like(document, min=1)}
    _get(asked, f"{BATCH}/documents", "batch", "/documents").will_respond_with(200).with_body(body, JSON)


def _fetches_the_certificate(pact: Pact) -> None:
    asked = pact.upon_receiving("a request for a certificate of analysis")
    asked = as_caller(asked, PARTNER, "quality.read").given("a batch with a certificate of analysis", partner=PARTNER)
    body = {
        "name": _document(),
        "pdf": text("JVBERi0xLjQK", r"^[A-Za-z0-9+/]+={0,2}$"),
        "pdfSha256": text("5b" * 32, "^[0-9a-f]{64}$"),
        "twin": text("e30=", r"^[A-Za-z0-9+/]+={0,2}$"),
        "twinMediaType": "application/fhir+json",
    }
    _get(asked, CERTIFICATE, "document").will_respond_with(200).with_body(body, JSON)


def _lists_open_recalls(pact: Pact) -> None:
    asked = pact.upon_receiving("a list of the recalls that nobody has acknowledged")
    asked = as_caller(asked, PARTNER, "quality.read").given("a dose that is recalled", partner=PARTNER)
    asked.with_request("GET", "/v1/notices").with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_query_parameter("openOnly", "true").with_generators(AUTHORIZED)
    role = text("SPONSOR", "^(SPONSOR|SITE)$")
    asked.will_respond_with(200).with_body({"notices": match.each_like(_notice(role), min=1)}, JSON)


def _acknowledges_a_recall(pact: Pact) -> None:
    asked = pact.upon_receiving("that a recall is known at the centre")
    asked = as_caller(asked, PARTNER, "quality.acknowledge").given("a dose that is recalled", partner=PARTNER)
    path = match.regex(f"/v1/{NOTICE}:acknowledge", regex="^/v1/notices/.+:acknowledge$")
    asked.with_request("POST", path).with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_generators({**AUTHORIZED, "path": state_generator("/v1/${notice}:acknowledge")})
    sent = {"answer": "The physician was called.", "requestId": from_state(EXAMPLE_REQUEST_ID, "${requestId}")}
    asked.with_body(sent, JSON)
    body = {**_notice("SPONSOR"), "acknowledgeTime": instant("2027-03-02T08:30:00Z")}
    asked.will_respond_with(200).with_body(body, JSON)


def _hears_of_a_certification(pact: Pact) -> None:
    told = pact.upon_receiving("a batch was certified for use", "Async")
    told.given("a batch that is certified for use", partner=PARTNER)
    signature = {"printedName": text("Qualified Person", ".+")}
    batch = {
        "name": named("batches", BATCH),
        "state": "CERTIFIED_FOR_USE",
        "signatures": match.each_like(signature, min=1),
    }
    heard(told, CERTIFIED, "doselane/quality", BATCH, {"batch": batch})


def _hears_of_a_recall(pact: Pact) -> None:
    told = pact.upon_receiving("a dose was recalled", "Async").given("a dose that is recalled", partner=PARTNER)
    notice = {
        "name": named("notices"),
        "partner": PARTNER,
        "role": "SPONSOR",
        "batch": named("batches", BATCH),
        "slot": named("slots"),
        "site": named("sites", "sites/lakeside"),
    }
    heard(told, TOLD, "doselane/quality", NOTICE, {"notice": notice})


def _get(asked: Any, example: str, value: str, rest: str = "") -> Any:
    """A request for what the state names by `value`."""
    path = match.regex(f"/v1/{example}", regex=f"^/v1/batches/.+{rest}$")
    asked.with_request("GET", path).with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    return asked.with_generators({**AUTHORIZED, "path": state_generator(f"/v1/${{{value}}}{rest}")})


def _document() -> Any:
    return text(CERTIFICATE, r"^batches/[^/]+/documents/[^/]+$")


def _notice(role: Any) -> dict[str, Any]:
    return {
        "name": named("notices"),
        "batch": named("batches", BATCH),
        "slot": named("slots"),
        "kind": "RECALL",
        "role": role,
        "explanation": match.like("Batch 270301-0001 is REJECTED: particles were seen"),
    }
