"""The calls of QualityService."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from doselane.quality.v1 import batch_pb2, critical_path_pb2, document_pb2, quality_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.kernel.asking import ask_of
from services.kernel.clock import Clock
from services.kernel.cursors import Cursors
from services.kernel.paging import BY_NUMBER, BY_TIME, page_of
from services.kernel.rpc import Call
from services.kernel.signatures import SealingKeys
from services.kernel.timestamps import stamp
from services.kernel.watching import responses
from services.quality.domain.batch import Batch
from services.quality.domain.refusals import DecisionUnknown
from services.quality.domain.samples import Sample
from services.quality.domain.vials import Vial
from services.quality.events import messages
from services.quality.rpc import requests
from services.quality.rpc.requests import pen_of
from services.quality.store import Store, Unit
from services.quality.store.store import BatchFilter
from services.quality.usecases import batches, deadlines, documents, notices, reading
from services.quality.watching import BatchWatcher, watch_batches

Answer = TypeVar("Answer", bound=Message)


@dataclass(frozen=True, slots=True)
class QualityRpc:
    """Serves doselane.quality.v1.QualityService."""

    store: Store
    clock: Clock
    keep_alive: timedelta
    laboratory: str
    publisher: documents.Publisher
    keys: SealingKeys

    async def GetBatch(self, request: quality_pb2.GetBatchRequest, call: Call) -> batch_pb2.Batch:
        """Returns one batch."""
        viewer = call.caller.viewer
        async with self.store.reading() as conn:
            batch = await self.store.batch(conn, request.name, viewer)
            record = await batches.record_sha256(Unit(conn), batch) if viewer is None else ""
            return messages.batch_message(batch, record, whole=viewer is None)

    async def ListBatches(self, request: quality_pb2.ListBatchesRequest, call: Call) -> quality_pb2.ListBatchesResponse:
        """Lists batches."""
        viewer = call.caller.viewer
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        states = tuple(batch_pb2.Batch.State.Name(state) for state in request.states)
        wanted = BatchFilter(viewer, request.product, states, request.run)
        found = await self.store.batches(wanted, page.after, page.limit)
        shown, token = page.cut(found, lambda batch: (batch.made.end_of_synthesis_at, batch.name))
        told = [messages.batch_message(batch, whole=viewer is None) for batch in shown]
        return quality_pb2.ListBatchesResponse(batches=told, next_page_token=token)

    async def WatchBatches(
        self, request: quality_pb2.WatchBatchesRequest, call: Call
    ) -> AsyncIterator[quality_pb2.WatchBatchesResponse]:
        """Follows the changes of batches."""
        watcher = BatchWatcher(call.caller.viewer, request.product)
        cursors = await Cursors.of(self.store.database, "WatchBatches", watcher.partner)
        after = cursors.read(request.cursor, await self.store.log_end()) if request.cursor else None
        sightings = watch_batches(watcher, after, self.store, self.keep_alive)
        async for response in responses(sightings, cursors, self.clock, quality_pb2.WatchBatchesResponse, "batch"):
            yield response

    async def FillVial(self, request: quality_pb2.FillVialRequest, call: Call) -> bytes | batch_pb2.Vial:
        """Fills a vial."""
        wanted = requests.filling_of(request)
        if request.validate_only:
            vial = await batches.foresee_vial(self.store, self.clock, request.batch, request.slot, wanted)
            return messages.vial_message(vial)
        return await self._change(request.batch, request, call, batches.filling_vial(request.slot, wanted, _vial))

    async def ListVials(self, request: quality_pb2.ListVialsRequest, call: Call) -> quality_pb2.ListVialsResponse:
        """Lists the vials of a batch."""
        found, token = await self._belonging(request, call, reading.vials)
        told = [messages.vial_message(vial) for vial in found]
        return quality_pb2.ListVialsResponse(vials=told, next_page_token=token)

    async def RegisterSample(self, request: quality_pb2.RegisterSampleRequest, call: Call) -> bytes:
        """Registers a sample."""
        taken_at = requests.optional_instant(request, "sample_time")
        laboratory = request.laboratory or self.laboratory
        work = batches.registering(request.tests, taken_at, laboratory, _sample)
        return await self._change(request.batch, request, call, work)

    async def ListSamples(self, request: quality_pb2.ListSamplesRequest, call: Call) -> quality_pb2.ListSamplesResponse:
        """Lists the samples of a batch."""
        found, token = await self._belonging(request, call, reading.samples)
        told = [messages.sample_message(sample) for sample in found]
        return quality_pb2.ListSamplesResponse(samples=told, next_page_token=token)

    async def ListResults(self, request: quality_pb2.ListResultsRequest, call: Call) -> quality_pb2.ListResultsResponse:
        """Lists the results of a batch."""
        found, token = await self._belonging(request, call, reading.results, test=request.test)
        whole = call.caller.viewer is None
        told = [messages.result_message(weighed, whole=whole) for weighed in found]
        return quality_pb2.ListResultsResponse(results=told, next_page_token=token)

    async def ListDecisions(
        self, request: quality_pb2.ListDecisionsRequest, call: Call
    ) -> quality_pb2.ListDecisionsResponse:
        """Lists the decisions on a batch."""
        found, token = await self._belonging(request, call, reading.decisions)
        whole = call.caller.viewer is None
        told = [messages.decision_message(decision, whole=whole) for decision in found]
        return quality_pb2.ListDecisionsResponse(decisions=told, next_page_token=token)

    async def ReplayDecision(
        self, request: quality_pb2.ReplayDecisionRequest, call: Call
    ) -> quality_pb2.ReplayDecisionResponse:
        """Makes a decision again."""
        name, _, number = request.name.rpartition("/decisions/")
        async with self.store.reading() as conn:
            await self.store.batch(conn, name, call.caller.viewer)
            replayed = await reading.replay(Unit(conn), name, int(number))
        if replayed is None:
            raise DecisionUnknown("There is no such decision.", decision=request.name)
        decision, alike = replayed
        told = messages.decision_message(decision, whole=call.caller.viewer is None)
        return quality_pb2.ReplayDecisionResponse(decision=told, alike=alike)

    async def RaiseDeviation(self, request: quality_pb2.RaiseDeviationRequest, call: Call) -> bytes:
        """Records a deviation."""
        work = batches.raising_deviation(request.description, _batch)
        return await self._change(request.batch, request, call, work)

    async def CloseDeviation(self, request: quality_pb2.CloseDeviationRequest, call: Call) -> bytes:
        """Closes a deviation."""
        pen = pen_of(request, call, self.keys)
        work = batches.closing_deviation(request.number, request.conclusion, pen, _batch)
        return await self._change(request.batch, request, call, work)

    async def AssessBatch(self, request: quality_pb2.AssessBatchRequest, call: Call) -> bytes:
        """Lets a batch go in quarantine."""
        work = batches.assessing(pen_of(request, call, self.keys), _batch)
        return await self._change(request.name, request, call, work)

    async def CertifyBatch(self, request: quality_pb2.CertifyBatchRequest, call: Call) -> bytes:
        """Certifies a batch."""
        final = request.stage == quality_pb2.CertifyBatchRequest.FINAL
        work = batches.certifying(final, pen_of(request, call, self.keys), _batch)
        return await self._change(request.name, request, call, work)

    async def RejectBatch(self, request: quality_pb2.RejectBatchRequest, call: Call) -> bytes:
        """Rejects a batch."""
        work = batches.rejecting(pen_of(request, call, self.keys), _batch)
        return await self._change(request.name, request, call, work)

    async def GetCriticalPath(
        self, request: quality_pb2.GetCriticalPathRequest, call: Call
    ) -> critical_path_pb2.CriticalPath:
        """What is missing."""
        async with self.store.reading() as conn:
            batch = await self.store.batch(conn, request.name, call.caller.viewer)
            items = await deadlines.critical_path(Unit(conn), batch, call.caller.viewer)
        told = map(messages.item_message, items)
        return critical_path_pb2.CriticalPath(batch=batch.name, read_time=stamp(self.clock.now()), items=told)

    async def IssueDocument(self, request: quality_pb2.IssueDocumentRequest, call: Call) -> bytes:
        """Issues a document."""
        kind = type_pb2.DocumentKind.Name(request.kind).removeprefix("DOCUMENT_KIND_")
        work = documents.issuing(kind, request.slot, requests.package_of(request.package), self.publisher, _document)
        return await self._change(request.batch, request, call, work)

    async def GetDocument(self, request: quality_pb2.GetDocumentRequest, call: Call) -> document_pb2.Document:
        """Returns a document with its content."""
        async with self.store.reading() as conn:
            document, pdf, twin = await documents.content(self.store, conn, request.name, call.caller.viewer)
        message = messages.document_message(document)
        message.pdf, message.twin = pdf, twin
        return message

    async def ListDocuments(
        self, request: quality_pb2.ListDocumentsRequest, call: Call
    ) -> quality_pb2.ListDocumentsResponse:
        """Lists the documents of a batch, and what its pack lacks."""
        found, token = await self._belonging(request, call, reading.documents, slot=request.slot)
        response = quality_pb2.ListDocumentsResponse(
            documents=map(messages.document_message, found), next_page_token=token
        )
        if not request.page_token:
            async with self.store.reading() as conn:
                batch = await self.store.batch(conn, request.batch, call.caller.viewer)
                for kind, slot in await reading.missing(Unit(conn), batch, call.caller.viewer):
                    response.missing.append(messages.missing_message(kind, slot))
        return response

    async def ListNotices(self, request: quality_pb2.ListNoticesRequest, call: Call) -> quality_pb2.ListNoticesResponse:
        """Lists notices."""
        viewer = call.caller.viewer
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        found = await self.store.notices(viewer, request.batch, request.open_only, page.after, page.limit)
        shown, token = page.cut(found, lambda notice: (notice.created_at, notice.name))
        told = [messages.notice_message(notice, viewer) for notice in shown]
        return quality_pb2.ListNoticesResponse(notices=told, next_page_token=token)

    async def AcknowledgeNotice(self, request: quality_pb2.AcknowledgeNoticeRequest, call: Call) -> bytes:
        """Acknowledges a notice."""
        viewer, ask = call.caller.viewer, ask_of(request, call)

        def render(notice: Any) -> bytes:
            return messages.notice_message(notice, viewer).SerializeToString()

        return await notices.acknowledge(self.store, self.clock, request.name, viewer, request.answer, ask, render)

    async def _change(self, batch: str, request: Any, call: Call, work: batches.Work) -> bytes:
        return await batches.change(self.store, self.clock, batch, ask_of(request, call), work)

    async def _belonging(self, request: Any, call: Call, read: reading.Read, **where: str) -> tuple[list[Any], str]:
        """A page of what belongs to a batch that the caller may see."""
        page = await page_of(self.store.database, request, call.caller, BY_NUMBER)
        async with self.store.reading() as conn:
            batch = await self.store.batch(conn, request.batch, call.caller.viewer)
            found = await read(self.store, conn, batch, call.caller.viewer, page.after, page.limit, **where)
        shown, token = page.cut(found, lambda row: row[0])
        return [value for _, value in shown], token


def _batch(batch: Batch, record_sha256: str) -> bytes:
    return messages.batch_message(batch, record_sha256).SerializeToString()


def _vial(vial: Vial) -> bytes:
    return messages.vial_message(vial).SerializeToString()


def _sample(sample: Sample) -> bytes:
    return messages.sample_message(sample).SerializeToString()


def _document(document: Any) -> bytes:
    return messages.document_message(document).SerializeToString()
