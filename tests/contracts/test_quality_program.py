"""Northlake's quality assurance works on what its contract says."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from doselane.quality.v1.events_pb2 import BatchCertifiedForUse, NoticeIssued
from google.protobuf.json_format import ParseDict

from tests.contracts.consumers import northlake_quality as program
from tests.contracts.consumers.over_rest import Refusal
from tests.contracts.consumers.words import EXAMPLE_REQUEST_ID, EXAMPLE_SLOT_ID, EXAMPLE_TOKEN, pact_of

MESSAGES: dict[str, Any] = {program.CERTIFIED: BatchCertifiedForUse, program.TOLD: NoticeIssued}


@contextmanager
def assuring(step: Callable[[Any], None]) -> Iterator[program.QualityAssurance]:
    """The program, connected to a server that plays one interaction of its contract."""
    pact = pact_of(program.NAME)
    step(pact)
    with pact.serve(addr="127.0.0.1") as server:
        yield program.QualityAssurance(str(server.url), EXAMPLE_TOKEN)


def test_it_lists_the_batches_of_a_run_with_what_each_test_came_to() -> None:
    with assuring(program._lists_the_batches_of_a_run) as quality:
        (standing,) = quality.batches_of("runs/lu-177-monday")
    assert (standing.batch, standing.state) == (program.BATCH, "IN_QC")
    assert standing.outcomes["sterility"][:2] == ("AFTER_USE", "MISSING")


def test_it_reads_the_verdicts_on_a_batch() -> None:
    with assuring(program._reads_the_verdicts) as quality:
        assert quality.batch(program.BATCH).outcomes["sterility"][2] == "There is no result yet."


def test_it_learns_that_a_batch_is_not_there() -> None:
    with assuring(program._does_not_find_the_batch_of_another) as quality, pytest.raises(Refusal) as refused:
        quality.batch(program.BATCH)
    assert (refused.value.status, refused.value.reason) == (404, "BATCH_UNKNOWN")


def test_it_finds_the_certificate_and_files_it() -> None:
    with assuring(program._lists_the_documents) as quality:
        (name,) = quality.certificates_of(program.BATCH)
    with assuring(program._fetches_the_certificate) as quality:
        certificate = quality.certificate(name)
    assert certificate.pdf.startswith(b"%PDF-") and certificate.twin == b"{}"
    assert certificate.twin_media_type == "application/fhir+json"


def test_it_acknowledges_a_recall_that_is_open() -> None:
    with assuring(program._lists_open_recalls) as quality:
        (recall,) = quality.open_recalls()
    assert (recall.kind, recall.role, recall.acknowledged_at) == ("RECALL", "SPONSOR", "")
    with assuring(program._acknowledges_a_recall) as quality:
        answered = quality.acknowledge(recall.notice, "The physician was called.", EXAMPLE_REQUEST_ID)
    assert answered.acknowledged_at == "2027-03-02T08:30:00Z"


def test_it_takes_alarms_from_the_events() -> None:
    alarms = program.Alarms()

    def arrives(body: str | bytes | None, metadata: dict[str, object]) -> None:
        kind = str(metadata["ce_type"])
        alarms.take(kind, ParseDict(json.loads(body or b""), MESSAGES[kind]()).SerializeToString())

    program.contract().verify(arrives, "Async")
    assert alarms.may_treat == {program.BATCH: ["Qualified Person"]}
    assert alarms.to_call == {program.NOTICE: (program.BATCH, f"slots/{EXAMPLE_SLOT_ID}", "sites/lakeside")}
