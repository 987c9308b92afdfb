"""The calls of DistributionService."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from doselane.distribution.v1 import distribution_pb2, shipment_pb2

from services.distribution.domain.acceptance import lacking
from services.distribution.domain.acceptance_items import AcceptanceItem
from services.distribution.domain.changing import Settlement
from services.distribution.domain.shipment import LossCause, Shipment
from services.distribution.events import messages, shipment_message
from services.distribution.rpc import requests
from services.distribution.rpc.packages import packages_of
from services.distribution.store import Store, Unit, milestones
from services.distribution.usecases import changes
from services.distribution.watching import ShipmentWatcher, watch_shipments
from services.kernel.asking import ask_of
from services.kernel.clock import Clock
from services.kernel.cursors import Cursors
from services.kernel.paging import BY_NUMBER, BY_TIME, BY_TIME_AND_NUMBER, page_of
from services.kernel.rpc import Call
from services.kernel.timestamps import stamp
from services.kernel.watching import responses

_CHECKLIST = "/acceptanceChecklist"
_FIELD_OF_TOLD = {shipment_pb2.Shipment: "shipment", str: "left_shipment"}


@dataclass(frozen=True, slots=True)
class DistributionRpc:
    """Serves doselane.distribution.v1.DistributionService."""

    store: Store
    clock: Clock
    keep_alive: timedelta

    async def GetShipment(self, request: distribution_pb2.GetShipmentRequest, call: Call) -> shipment_pb2.Shipment:
        """One shipment of the caller."""
        viewer = call.caller.viewer
        async with self.store.reading() as conn:
            shipment = await self.store.shipment(conn, request.name, viewer)
        return shipment_message(shipment, whole=viewer is None)

    async def ListShipments(
        self, request: distribution_pb2.ListShipmentsRequest, call: Call
    ) -> distribution_pb2.ListShipmentsResponse:
        """The caller's shipments, newest first."""
        viewer = call.caller.viewer
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        found = await self.store.shipments(requests.filter_of(request, viewer), page.after, page.limit)
        shown, token = page.cut(found, lambda shipment: (shipment.created_at, shipment.name))
        told = [shipment_message(each, whole=viewer is None) for each in shown]
        return distribution_pb2.ListShipmentsResponse(shipments=told, next_page_token=token)

    async def WatchShipments(
        self, request: distribution_pb2.WatchShipmentsRequest, call: Call
    ) -> AsyncIterator[distribution_pb2.WatchShipmentsResponse]:
        """The changes of the caller's shipments."""
        watcher = ShipmentWatcher(call.caller.viewer, request.site)
        cursors = await Cursors.of(self.store.database, "WatchShipments", watcher.partner)
        after = cursors.read(request.cursor, await self.store.log_end()) if request.cursor else None
        sightings = watch_shipments(watcher, after, self.store, self.keep_alive)
        response = distribution_pb2.WatchShipmentsResponse
        async for each in responses(sightings, cursors, self.clock, response, _FIELD_OF_TOLD):
            yield each

    async def BookShipment(self, request: distribution_pb2.BookShipmentRequest, call: Call) -> bytes:
        """Doses as one shipment."""
        doses, references = list(map(requests.dose_id_of, request.doses)), requests.references_of(request.references)
        ask = ask_of(request, call)
        return await changes.book(self.store, self.clock, doses, request.courier, references, ask, _rendered)

    async def AttachReferences(self, request: distribution_pb2.AttachReferencesRequest, call: Call) -> bytes:
        """Which courier carries a shipment, and what it calls it."""
        work = changes.attaching(request.courier, requests.references_of(request.references))
        return await self._change(request, call, work, courier=request.courier)

    async def PackShipment(self, request: distribution_pb2.PackShipmentRequest, call: Call) -> bytes:
        """What is in which package."""
        return await self._change(request, call, changes.packing(packages_of(request.packages)))

    async def GetAcceptanceChecklist(
        self, request: distribution_pb2.GetAcceptanceChecklistRequest, call: Call
    ) -> distribution_pb2.AcceptanceChecklist:
        """What must be there before the hand-over."""
        async with self.store.reading() as conn:
            shipment = await self.store.shipment(conn, request.name.removesuffix(_CHECKLIST), call.caller.viewer)
            items = await changes.acceptance(Unit(conn), shipment)
        return distribution_pb2.AcceptanceChecklist(
            name=request.name,
            items=map(_item, items),
            satisfied=not lacking(items),
            check_time=stamp(self.clock.now()),
        )

    async def RecordHandOver(self, request: distribution_pb2.RecordHandOverRequest, call: Call) -> bytes:
        """Somebody took a shipment over."""
        return await self._change(request, call, changes.handing_over(requests.custody_of(request)))

    async def RedirectShipment(self, request: distribution_pb2.RedirectShipmentRequest, call: Call) -> bytes:
        """It goes to another centre."""
        work = changes.redirecting(request.site, request.lane, request.cause)
        return await self._change(request, call, work, lane=request.lane)

    async def CancelShipment(self, request: distribution_pb2.CancelShipmentRequest, call: Call) -> bytes:
        """It is called off."""
        return await self._change(request, call, changes.cancelling(request.cause))

    async def ReportLoss(self, request: distribution_pb2.ReportLossRequest, call: Call) -> bytes:
        """It is lost."""
        lost_at = requests.optional_instant(request, "loss_time")
        return await self._change(request, call, changes.losing(LossCause(request.cause), request.detail, lost_at))

    async def SettleMilestone(self, request: distribution_pb2.SettleMilestoneRequest, call: Call) -> bytes:
        """Whether a milestone in doubt counts."""
        counts = request.verdict == distribution_pb2.SettleMilestoneRequest.ACCEPTED
        return await self._change(request, call, changes.settling(Settlement(request.milestone_event_id, counts)))

    async def ListMilestones(
        self, request: distribution_pb2.ListMilestonesRequest, call: Call
    ) -> distribution_pb2.ListMilestonesResponse:
        """The milestones of a shipment."""
        viewer = call.caller.viewer
        page = await page_of(self.store.database, request, call.caller, BY_NUMBER)
        async with self.store.reading() as conn:
            shipment = await self.store.shipment(conn, request.parent, viewer)
            found = await milestones.recorded_of(conn, shipment.name, page.after or 0, page.limit)
        shown, token = page.cut(found, lambda row: row.number)
        told = [messages.recorded_message(shipment, *row, whole=viewer is None) for row in shown]
        return distribution_pb2.ListMilestonesResponse(milestones=told, next_page_token=token)

    async def ListUnmatchedMilestones(
        self, request: distribution_pb2.ListUnmatchedMilestonesRequest, call: Call
    ) -> distribution_pb2.ListUnmatchedMilestonesResponse:
        """Milestones that no shipment claims, oldest first."""
        page = await page_of(self.store.database, request, call.caller, BY_TIME_AND_NUMBER)
        async with self.store.reading() as conn:
            found = await milestones.unmatched(conn, request.courier, page.after, page.limit)
        shown, token = page.cut(found, lambda row: (row[1].recorded_at, row[0]))
        told = [messages.unmatched_message(fact) for _, fact in shown]
        return distribution_pb2.ListUnmatchedMilestonesResponse(unmatched_milestones=told, next_page_token=token)

    async def _change(
        self, request: Any, call: Call, work: changes.Work, *, courier: str = "", lane: str = ""
    ) -> bytes:
        ask = ask_of(request, call)
        return await changes.change(
            self.store, self.clock, request.name, ask, work, _rendered, courier=courier, lane=lane
        )


def _rendered(shipment: Shipment) -> bytes:
    return shipment_message(shipment).SerializeToString()


def _item(item: AcceptanceItem) -> shipment_pb2.AcceptanceItem:
    return shipment_pb2.AcceptanceItem(
        package_id=item.package_id,
        item=item.item,
        state=int(item.state),  # type: ignore[arg-type]
        detail=item.detail,
    )
