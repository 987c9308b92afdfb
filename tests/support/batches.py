"""Batches through the gateway's public doors: a run that is made, doses that are filled and leave, and a recall."""

from typing import Any

import asyncpg
import httpx
from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.distribution.v1 import distribution_pb2 as distribution
from doselane.quality.v1 import batch_pb2 as batch
from doselane.quality.v1 import quality_pb2 as quality
from doselane.quality.v1 import specification_pb2 as specifications
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.ids import uuid7
from services.local.gateway import Gateway
from services.local.world import SPECIALTY
from tests.support.couriers import epcis_document, epcis_event
from tests.support.gateway import Desk
from tests.support.hearing import require

YIELD_KBQ, YIELD_UL = 200_000_000, 200_000  # 200 GBq in 200 mL


SPECIFICATION = """
specification: {name}
version: 1
product: {product}
edition: of the tests
tests:
  - test: appearance
    class: BEFORE_DISPATCH
    source: the tests
    method: visual
    presence: {{}}
  - test: radiochemical_purity
    class: BEFORE_USE
    source: the tests
    method: HPLC
    unit: "%"
    limits: {{at_least: 95}}
"""


SPECIFICATIONS = specifications.ListSpecificationsRequest(page_size=1000)


async def specify(desk: Desk, name: str, product: str) -> None:
    """Signs the first version of a specification if there is none; a product is judged by it from then on."""
    known = await desk.call("SpecificationService/ListSpecifications", SPECIFICATIONS, desk.staff)
    if name in [each.name for each in known.specifications]:
        return
    text = SPECIFICATION.format(name=name.removeprefix("specifications/"), product=product)
    propose = specifications.ProposeSpecificationRequest(name=name, yaml=text, request_id=str(uuid7()))
    proposed = await desk.until(lambda: desk.call("SpecificationService/ProposeSpecification", propose, desk.staff))
    approve = specifications.SignSpecificationRequest(
        name=name, record_sha256=proposed.record_sha256, request_id=str(uuid7())
    )
    await sign(desk, "SpecificationService/SignSpecification", approve, "quality-assurance@cdmo")


async def produce(desk: Desk, run: str) -> str:
    """The name of the batch of an open run whose synthesis begins and ends now, with more than enough of everything."""
    start = capacity.StartRunRequest(name=run, request_id=str(uuid7()))
    began = await desk.call("CapacityService/StartRun", start, desk.staff)
    ended = Timestamp()
    ended.FromMicroseconds(began.production.start_time.ToMicroseconds() + 1)
    complete = capacity.CompleteRunRequest(
        name=run,
        end_of_synthesis_time=ended,
        measured=capacity.MeasuredYield(activity_kbq=YIELD_KBQ, measure_time=ended, volume_ul=YIELD_UL),
        accept_deviation=True,
        request_id=str(uuid7()),
    )
    await desk.call("CapacityService/CompleteRun", complete, desk.staff)
    made: batch.Batch = await desk.until(lambda: batch_of(desk, run, desk.staff))
    return made.name


async def until_quality_knows(desk: Desk, *slots: str) -> None:
    """Waits until quality has heard of claims, which no door of it shows before there is a batch: of its creation those
    are told who had a slot by then."""
    database = await asyncpg.connect(desk.gateway.plan.database_dsn)
    known = "SELECT count(*) FROM quality.slot_order WHERE slot = ANY ($1)"

    async def all_known() -> None:
        await require(await database.fetchval(known, slots) == len(slots))

    try:
        await desk.until(all_known)
    finally:
        await database.close()


async def batch_of(desk: Desk, run: str, token: str) -> batch.Batch:
    """The batch of a run, as whoever has the token finds it."""
    listed = await desk.call("QualityService/ListBatches", quality.ListBatchesRequest(run=run), token)
    await require(len(listed.batches) == 1)
    return listed.batches[0]  # type: ignore[no-any-return]


async def fill(desk: Desk, name: str, slot: str) -> batch.Vial:
    """The vial of a slot, with a document of its own."""
    wanted = quality.FillVialRequest(batch=name, slot=slot, container_id=uuid7().hex[-12:], request_id=str(uuid7()))
    vial: batch.Vial = await desk.until(lambda: desk.call("QualityService/FillVial", wanted, desk.staff))
    return vial


async def issue(desk: Desk, name: str, kind: str, slot: str = "") -> Any:
    """A document of a batch, or of the dose of a slot."""
    wanted = quality.IssueDocumentRequest(
        batch=name,
        kind=f"DOCUMENT_KIND_{kind}",  # type: ignore[arg-type]
        slot=slot,
        request_id=str(uuid7()),
    )
    return await desk.call("QualityService/IssueDocument", wanted, desk.staff)


async def dispatch(desk: Desk, name: str, slot: str) -> None:
    """The dose of a slot leaves with its courier, and quality has heard of it."""
    reference = f"urn:epc:id:sscc:9520123.{uuid7().int % 10**10:010d}"
    book = distribution.BookShipmentRequest(
        doses=[slot.replace("slots/", "doses/")], courier=SPECIALTY, references=[reference], request_id=str(uuid7())
    )
    await desk.until(lambda: desk.call("DistributionService/BookShipment", book, desk.staff))
    told = epcis_document(epcis_event(desk.now, epcList=[reference]))
    token = desk.gateway.token(SPECIALTY, "courier.push")
    async with httpx.AsyncClient(base_url=desk.gateway.rest_url, timeout=60) as client:
        answer = await client.post(
            "/push/epcis/coldway/capture", json=told, headers={"authorization": f"Bearer {token}"}
        )
    answer.raise_for_status()
    await desk.until(lambda: _left(desk, name, slot))


async def deviate(desk: Desk, name: str) -> None:
    """Something deviates, which the batch's next event says."""
    wanted = quality.RaiseDeviationRequest(batch=name, description="The line stood still.", request_id=str(uuid7()))
    await desk.call("QualityService/RaiseDeviation", wanted, desk.staff)


async def reject(desk: Desk, name: str, reason: str) -> batch.Batch:
    """A Qualified Person rejects a batch; what is on the road is recalled."""
    shown = await desk.call("QualityService/GetBatch", quality.GetBatchRequest(name=name), desk.staff)
    wanted = quality.RejectBatchRequest(
        name=name, record_sha256=shown.record_sha256, reason=reason, request_id=str(uuid7())
    )
    rejected: batch.Batch = await sign(desk, "QualityService/RejectBatch", wanted)
    return rejected


async def sign(desk: Desk, method: str, request: Message, person: str = "qualified-person@cdmo") -> Any:
    """The call `Service/Method` by somebody who has authenticated just now."""
    gateway: Gateway = desk.gateway
    token = gateway.issuer.token_of_person(gateway.issuer.persons.vouch(person))
    return await desk.call(method, request, token)


async def _left(desk: Desk, name: str, slot: str) -> None:
    listed = await desk.call("QualityService/ListVials", quality.ListVialsRequest(batch=name), desk.staff)
    await require(any(vial.slot == slot and vial.HasField("dispatch_time") for vial in listed.vials))
