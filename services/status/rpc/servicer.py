"""Each call: read the request, ask the use case, write the answer."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

from doselane.status.v1 import status_pb2
from doselane.type.v1 import type_pb2

from services.kernel import event_log
from services.kernel.clock import Clock
from services.kernel.db import Database, passes_by_itself
from services.kernel.errors import Unavailable
from services.kernel.identity import OPERATOR_SCOPE
from services.kernel.paging import page_of
from services.kernel.rpc import Call
from services.kernel.timestamps import stamp
from services.status import events, usecases
from services.status.cursors import Cursors
from services.status.rpc import requests
from services.status.usecases import Sighting


class StatusRpc:
    """Serves doselane.status.v1.StatusService."""

    def __init__(self, database: Database, clock: Clock, keep_alive: timedelta, wake: Callable[[], None]) -> None:
        self._database, self._clock, self._keep_alive, self._wake = database, clock, keep_alive, wake
        self._cursors = Cursors(database)

    async def GetDose(self, request: status_pb2.GetDoseRequest, call: Call) -> status_pb2.Dose:
        """One dose of the caller."""
        dose = await usecases.get_dose(self._database, call.caller, requests.dose_id_of(request.name))
        return events.dose_message(dose)

    async def ListDoses(self, request: status_pb2.ListDosesRequest, call: Call) -> status_pb2.ListDosesResponse:
        """The caller's doses, oldest first."""
        wanted = requests.filter_of(request, call.caller)
        page = page_of(request.page_size, request.page_token, "doses", wanted)
        doses = await usecases.list_doses(self._database, wanted, requests.dose_key_after(page), page.size + 1)
        last = doses[page.size - 1] if len(doses) > page.size else None
        return status_pb2.ListDosesResponse(
            doses=map(events.dose_message, doses[: page.size]),
            next_page_token=page.token_after_time(last.created_at, last.id) if last else "",
        )

    async def ListTimelineEntries(
        self, request: status_pb2.ListTimelineEntriesRequest, call: Call
    ) -> status_pb2.ListTimelineEntriesResponse:
        """What happened to a dose of the caller, in the order in which it became known."""
        dose_id = requests.dose_id_of(request.parent, "parent")
        page = page_of(request.page_size, request.page_token, "entries", dose_id, call.caller.viewer)
        after = requests.entry_key_after(page)
        entries = await usecases.list_entries(self._database, call.caller, dose_id, after, page.size + 1)
        return status_pb2.ListTimelineEntriesResponse(
            timeline_entries=[events.entry_message(dose_id, entry) for entry in entries[: page.size]],
            next_page_token=page.token_after(f"{entries[page.size - 1].number}") if len(entries) > page.size else "",
        )

    async def WatchTimeline(
        self, request: status_pb2.WatchTimelineRequest, call: Call
    ) -> AsyncIterator[status_pb2.WatchTimelineResponse]:
        """The timelines of one dose or of all the caller's, as they grow."""
        cursors = await self._cursors.ready()
        watched = f"{call.caller.viewer} {request.parent}"
        try:
            async for sighting in await self._sightings(request, call, watched):
                yield self._response(sighting, cursors.seal(sighting.place, watched))
        except Exception as fault:
            if not passes_by_itself(fault):
                raise
            raise Unavailable("The watch was interrupted; go on from its last cursor.", retry_after_ms=500) from fault

    async def AttachShipment(self, request: status_pb2.AttachShipmentRequest, call: Call) -> bytes:
        """The dose, with the shipment that carries it."""
        call.caller.require(OPERATOR_SCOPE)
        wanted = requests.attach_request_of(request, call.caller)
        answer = await usecases.attach_shipment(self._database, self._clock, call.caller, wanted, call.traceparent)
        self._wake()
        return answer

    async def ListUnmatchedMilestones(
        self, request: status_pb2.ListUnmatchedMilestonesRequest, call: Call
    ) -> status_pb2.ListUnmatchedMilestonesResponse:
        """Milestones that no dose claims, for operators, oldest first."""
        call.caller.require(OPERATOR_SCOPE)
        courier = requests.courier_of(request.courier) if request.courier else ""
        page = page_of(request.page_size, request.page_token, "unmatched", courier, call.caller.partner)
        found = await usecases.list_unmatched(
            self._database, call.caller, courier, requests.milestone_key_after(page), page.size + 1
        )
        last = found[page.size - 1] if len(found) > page.size else None
        return status_pb2.ListUnmatchedMilestonesResponse(
            unmatched_milestones=[events.unmatched_message(each.fact) for each in found[: page.size]],
            next_page_token=page.token_after_time(last.fact.recorded_at, last.id) if last else "",
        )

    async def _sightings(
        self, request: status_pb2.WatchTimelineRequest, call: Call, watched: str
    ) -> AsyncIterator[Sighting]:
        """What the watcher sees; what is wrong with the request is said before the first sighting."""
        if request.parent == requests.ALL_DOSES:
            end = await event_log.end(self._database.pool)
            after = self._cursors.open(request.cursor, watched, end) if request.cursor else end
            return usecases.watch_doses(self._database, call.caller.viewer, after, self._keep_alive)
        dose = await usecases.get_dose(self._database, call.caller, requests.dose_id_of(request.parent, "parent"))
        number = self._cursors.open(request.cursor, watched, dose.entries) if request.cursor else 0
        return usecases.watch_dose(self._database, dose.id, number, self._keep_alive)

    def _response(self, sighting: Sighting, cursor: str) -> status_pb2.WatchTimelineResponse:
        if sighting.entry is not None:
            return status_pb2.WatchTimelineResponse(cursor=cursor, entry=sighting.entry)
        alive = type_pb2.KeepAlive(server_time=stamp(self._clock.now()))
        return status_pb2.WatchTimelineResponse(cursor=cursor, keep_alive=alive)
