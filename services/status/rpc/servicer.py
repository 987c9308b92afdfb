"""Each call: read the request, ask the use case, write the answer."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

from doselane.status.v1 import status_pb2

from services.kernel import event_log
from services.kernel.clock import Clock
from services.kernel.cursors import Cursors
from services.kernel.db import Database, passes_by_itself
from services.kernel.errors import Unavailable
from services.kernel.paging import BY_NUMBER, BY_TIME, page_of
from services.kernel.rpc import Call
from services.kernel.steps import in_steps
from services.kernel.watching import Sighting, responses
from services.status import events, usecases
from services.status.rpc import requests


class StatusRpc:
    """Serves doselane.status.v1.StatusService."""

    def __init__(self, database: Database, clock: Clock, keep_alive: timedelta) -> None:
        self._database, self._clock, self._keep_alive = database, clock, keep_alive

    async def GetDose(self, request: status_pb2.GetDoseRequest, call: Call) -> status_pb2.Dose:
        """One dose of the caller."""
        dose = await usecases.get_dose(self._database, call.caller, requests.dose_id_of(request.name))
        return events.dose_message(dose)

    async def ListDoses(self, request: status_pb2.ListDosesRequest, call: Call) -> status_pb2.ListDosesResponse:
        """The caller's doses, oldest first."""
        wanted = requests.filter_of(request, call.caller)
        page = await page_of(self._database, request, call.caller, BY_TIME)
        found = await usecases.list_doses(self._database, wanted, page.after, page.limit)
        shown, token = page.cut(found, lambda dose: (dose.created_at, dose.id))
        return status_pb2.ListDosesResponse(doses=await in_steps(events.dose_message, shown), next_page_token=token)

    async def ListTimelineEntries(
        self, request: status_pb2.ListTimelineEntriesRequest, call: Call
    ) -> status_pb2.ListTimelineEntriesResponse:
        """What happened to a dose of the caller, in the order in which it became known."""
        dose_id = requests.dose_id_of(request.parent)
        page = await page_of(self._database, request, call.caller, BY_NUMBER)
        found = await usecases.list_entries(self._database, call.caller, dose_id, page.after or 0, page.limit)
        shown, token = page.cut(found, lambda entry: entry.number)
        return status_pb2.ListTimelineEntriesResponse(
            timeline_entries=await in_steps(partial(events.entry_message, dose_id), shown), next_page_token=token
        )

    async def WatchTimeline(
        self, request: status_pb2.WatchTimelineRequest, call: Call
    ) -> AsyncIterator[status_pb2.WatchTimelineResponse]:
        """The timelines of one dose or of all the caller's, as they grow."""
        cursors = await Cursors.of(self._database, "WatchTimeline", call.caller.viewer, request.parent)
        try:
            sightings = await self._sightings(request, call, cursors)
            async for each in responses(sightings, cursors, self._clock, status_pb2.WatchTimelineResponse, "entry"):
                yield each
        except Exception as fault:
            if not passes_by_itself(fault):
                raise
            raise Unavailable("The watch was interrupted; go on from its last cursor.", retry_after_ms=500) from fault

    async def _sightings(
        self, request: status_pb2.WatchTimelineRequest, call: Call, cursors: Cursors
    ) -> AsyncIterator[Sighting[events.TimelineEntry]]:
        """What the watcher sees; what is wrong with the request is said before the first sighting."""
        if request.parent == requests.ALL_DOSES:
            end = await event_log.end(self._database.pool)
            after = cursors.read(request.cursor, end) if request.cursor else end
            return usecases.watch_doses(self._database, call.caller.viewer, after, self._keep_alive)
        dose = await usecases.get_dose(self._database, call.caller, requests.dose_id_of(request.parent))
        number = cursors.read(request.cursor, dose.entries) if request.cursor else 0
        return usecases.watch_dose(self._database, dose.id, number, self._keep_alive)
