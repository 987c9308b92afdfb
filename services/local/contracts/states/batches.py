"""States of batches: one in quality control, one with its certificate, one that may be used, and a dose recalled."""

from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.distribution.v1 import distribution_pb2 as distribution
from doselane.quality.v1 import notice_pb2 as notice
from doselane.quality.v1 import quality_pb2 as quality
from doselane.quality.v1 import specification_pb2 as specification
from doselane.quality.v1.events_pb2 import NoticeIssued
from doselane.type.v1 import type_pb2 as types
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.local.contracts.calls import GatewayCalls
from services.local.contracts.courier import COURIER, PATH, reported
from services.local.contracts.states.given import Given, about
from services.local.contracts.states.network import OTHER, staff_of
from services.local.contracts.states.slots import a_confirmed_slot

CERTIFIED, TOLD = "doselane.quality.batch.certified_for_use.v1", "doselane.quality.notice.issued.v1"
DESIGNATED_PERSON, QUALIFIED_PERSON = "designated-person@cdmo", "qualified-person@cdmo"
YIELD_KBQ, YIELD_UL = 200_000_000, 200_000
STERILITY = """
specification: {name}
version: 1
product: {product}
edition: of a provider state
tests:
  - test: sterility
    class: AFTER_USE
    source: a provider state
    method: culture
    presence: {{}}
"""


def a_batch(calls: GatewayCalls, partner: str) -> Given:
    """A batch with a dose of `partner`; of its specification, sterility, there is no result yet."""
    given = a_confirmed_slot(calls, partner)
    _specify(calls, given.values["product"])
    _produce(calls, given.values["run"])
    owner = calls.speaking_for(partner, "quality.read")
    request = quality.ListBatchesRequest(run=given.values["run"])
    (found,) = calls.until(lambda: owner.ListBatches(request).batches or None)
    return given.and_then(Given({"batch": found.name}))


def a_batch_of_another_partner(calls: GatewayCalls) -> Given:
    """A batch on which nobody whom a contract speaks for has a dose."""
    return a_batch(calls, OTHER)


def a_batch_with_a_certificate(calls: GatewayCalls, partner: str) -> Given:
    """The same with a preliminary certificate of analysis, which names no dose."""
    given = a_batch(calls, partner)
    wanted = quality.IssueDocumentRequest(
        batch=given.values["batch"], kind=types.DOCUMENT_KIND_CERTIFICATE_OF_ANALYSIS, request_id=str(uuid7())
    )
    return given.and_then(Given({"document": staff_of(calls).IssueDocument(wanted).name}))


def a_certified_batch(calls: GatewayCalls, partner: str) -> Given:
    """A batch that two persons signed: one that it may leave, one that it may be used."""
    given = a_batch(calls, partner)
    batch = given.values["batch"]
    assess = quality.AssessBatchRequest(name=batch, record_sha256=_shown(calls, batch), request_id=str(uuid7()))
    calls.signing_as(DESIGNATED_PERSON).AssessBatch(assess)
    certify = quality.CertifyBatchRequest(
        name=batch,
        stage=quality.CertifyBatchRequest.FOR_USE,
        record_sha256=_shown(calls, batch),
        request_id=str(uuid7()),
    )
    calls.signing_as(QUALIFIED_PERSON).CertifyBatch(certify)
    return given.and_then(Given(events={CERTIFIED: about(batch)}))


def a_recalled_dose(calls: GatewayCalls, partner: str) -> Given:
    """A dose of `partner` whose batch was rejected after it left; nobody has acknowledged the recall."""
    given = a_batch(calls, partner)
    batch, slot = given.values["batch"], given.values["slot"]
    fill = quality.FillVialRequest(batch=batch, slot=slot, container_id=uuid7().hex[-12:], request_id=str(uuid7()))
    calls.until(lambda: staff_of(calls).FillVial(fill))
    _dispatch(calls, batch, slot)
    reject = quality.RejectBatchRequest(
        name=batch, record_sha256=_shown(calls, batch), reason="particles were seen", request_id=str(uuid7())
    )
    calls.signing_as(QUALIFIED_PERSON).RejectBatch(reject)
    listed = calls.speaking_for(partner, "quality.read").ListNotices(quality.ListNoticesRequest(batch=batch))
    (found,) = [each for each in listed.notices if each.role == notice.Notice.SPONSOR]
    return given.and_then(Given({"notice": found.name}, {TOLD: lambda event: _told(event) == found.name}))


def _specify(calls: GatewayCalls, product: str) -> None:
    mark = product.removeprefix("products/")
    text = STERILITY.format(name=mark, product=product)
    propose = specification.ProposeSpecificationRequest(
        name=f"specifications/{mark}", yaml=text, request_id=str(uuid7())
    )
    proposed = calls.until(lambda: staff_of(calls).ProposeSpecification(propose))
    sign = specification.SignSpecificationRequest(
        name=proposed.name, record_sha256=proposed.record_sha256, request_id=str(uuid7())
    )
    calls.signing_as("quality-assurance@cdmo").SignSpecification(sign)


def _produce(calls: GatewayCalls, run: str) -> None:
    """Synthesis begins and ends now, with more than enough of everything."""
    staff, ended = staff_of(calls), Timestamp()
    began = staff.StartRun(capacity.StartRunRequest(name=run, request_id=str(uuid7()))).production.start_time
    ended.FromMicroseconds(began.ToMicroseconds() + 1)
    measured = capacity.MeasuredYield(activity_kbq=YIELD_KBQ, measure_time=ended, volume_ul=YIELD_UL)
    complete = capacity.CompleteRunRequest(
        name=run, end_of_synthesis_time=ended, measured=measured, accept_deviation=True, request_id=str(uuid7())
    )
    staff.CompleteRun(complete)


def _dispatch(calls: GatewayCalls, batch: str, slot: str) -> None:
    """The dose leaves with its courier, and quality has heard of it."""
    dose, reference = slot.replace("slots/", "doses/"), f"urn:epc:id:sscc:9520123.{uuid7().int % 10**10:010d}"
    staff = staff_of(calls)
    book = distribution.BookShipmentRequest(
        doses=[dose], courier=COURIER, references=[reference], request_id=str(uuid7())
    )
    calls.until(lambda: staff.BookShipment(book))
    calls.push(COURIER, PATH, reported(reference, calls.now(), "departing"))
    vials = quality.ListVialsRequest(batch=batch)
    calls.until(lambda: all(vial.HasField("dispatch_time") for vial in staff.ListVials(vials).vials) or None)


def _shown(calls: GatewayCalls, batch: str) -> str:
    """The hash of the record that a signer is shown."""
    shown = staff_of(calls).GetBatch(quality.GetBatchRequest(name=batch))
    return shown.record_sha256  # type: ignore[no-any-return]


def _told(event: Event) -> str:
    return NoticeIssued.FromString(event.data).notice.name
