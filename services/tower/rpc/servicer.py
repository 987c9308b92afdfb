"""Each call: read the request, ask the use case, write the answer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from doselane.tower.v1 import board_pb2, incident_pb2, tower_pb2

from services.kernel.asking import named_ask_of
from services.kernel.clock import Clock
from services.kernel.cursors import Cursors
from services.kernel.paging import BY_TIME, page_of
from services.kernel.rpc import Call
from services.kernel.steps import in_steps
from services.kernel.watching import responses
from services.tower import usecases
from services.tower.domain.incident import Incident
from services.tower.events import entry_message, incident_message, seen_by
from services.tower.rpc.consents import RescueCalls
from services.tower.rpc.drafts import DraftCalls
from services.tower.rpc.escalations import EscalationCalls
from services.tower.rpc.telling import TellingCalls
from services.tower.store import BoardFilter, IncidentFilter, Store
from services.tower.usecases import Drafts, Rescues
from services.tower.watching import watch_board, watch_incidents


@dataclass(frozen=True, slots=True)
class TowerRpc(RescueCalls, DraftCalls, EscalationCalls, TellingCalls):
    """Serves doselane.tower.v1.TowerService."""

    store: Store
    clock: Clock
    keep_alive: timedelta
    rescue_delay_max: timedelta
    rescues: Rescues
    drafts: Drafts

    async def GetBoardEntry(self, request: tower_pb2.GetBoardEntryRequest, call: Call) -> board_pb2.BoardEntry:
        """One dose of the caller."""
        return entry_message(await self.store.entry(request.name.removeprefix("boardEntries/"), call.caller.viewer))

    async def ListBoardEntries(
        self, request: tower_pb2.ListBoardEntriesRequest, call: Call
    ) -> tower_pb2.ListBoardEntriesResponse:
        """The caller's doses, oldest first."""
        wanted = BoardFilter(
            call.caller.viewer,
            tuple(sorted(set(request.verdicts))),
            request.site,
            request.run,
            request.product,
            request.order_reference,
            not request.include_ended,
        )
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        found = await self.store.entries(wanted, page.after, page.limit)
        shown, token = page.cut(found, lambda entry: (entry.created_at, entry.dose))
        told = await in_steps(entry_message, shown)
        return tower_pb2.ListBoardEntriesResponse(board_entries=told, next_page_token=token)

    async def WatchBoardEntries(
        self, request: tower_pb2.WatchBoardEntriesRequest, call: Call
    ) -> AsyncIterator[tower_pb2.WatchBoardEntriesResponse]:
        """The board, as it changes."""
        cursors, after = await self._place(request, call, "WatchBoardEntries")
        seen = watch_board(self.store, call.caller.viewer, after, self.keep_alive)
        response = tower_pb2.WatchBoardEntriesResponse
        async for each in responses(seen, cursors, self.clock, response, "board_entry"):
            yield each

    async def GetIncident(self, request: tower_pb2.GetIncidentRequest, call: Call) -> incident_pb2.Incident:
        """An incident that touches a dose of the caller."""
        viewer = call.caller.viewer
        return seen_by(viewer, incident_message(await self.store.incident(request.name, viewer)))

    async def ListIncidents(
        self, request: tower_pb2.ListIncidentsRequest, call: Call
    ) -> tower_pb2.ListIncidentsResponse:
        """The incidents of the caller's doses, newest first."""
        viewer = call.caller.viewer
        wanted = IncidentFilter(
            viewer,
            tuple(sorted(set(request.states))),
            tuple(sorted(set(request.kinds))),
            request.dose.removeprefix("doses/"),
        )
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        found = await self.store.incidents(wanted, page.after, page.limit)
        shown, token = page.cut(found, lambda incident: (incident.opened_at, incident.name))
        told = map(partial(seen_by, viewer), await in_steps(incident_message, shown))
        return tower_pb2.ListIncidentsResponse(incidents=told, next_page_token=token)

    async def WatchIncidents(
        self, request: tower_pb2.WatchIncidentsRequest, call: Call
    ) -> AsyncIterator[tower_pb2.WatchIncidentsResponse]:
        """Incidents, as they change."""
        cursors, after = await self._place(request, call, "WatchIncidents")
        seen = watch_incidents(self.store, call.caller.viewer, after, self.keep_alive)
        async for each in responses(seen, cursors, self.clock, tower_pb2.WatchIncidentsResponse, "incident"):
            yield each

    async def AcknowledgeIncident(self, request: tower_pb2.AcknowledgeIncidentRequest, call: Call) -> bytes:
        """Somebody looks after an incident."""
        return await usecases.acknowledge_incident(self.store, self.clock, named_ask_of(request, call), _rendered)

    async def ResolveIncident(self, request: tower_pb2.ResolveIncidentRequest, call: Call) -> bytes:
        """A person closes an incident."""
        ask = named_ask_of(request, call)
        return await usecases.resolve_incident(self.store, self.clock, ask, self.rescue_delay_max, _rendered)

    async def _place(self, request: Any, call: Call, name: str) -> tuple[Cursors, int]:
        """How the watcher's cursors are written, and after which position it goes on."""
        cursors = await Cursors.of(self.store.database, name, call.caller.viewer)
        end = await self.store.log_end()
        return cursors, cursors.read(request.cursor, end) if request.cursor else end


def _rendered(incident: Incident) -> bytes:
    return incident_message(incident).SerializeToString()
