"""Plays slotting's ledger over real gRPC, so that capacity can be tested alone. Its slots take from the pool only.

`tests/conformance/ledger` holds it to what slotting itself answers.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from doselane.capacity.v1 import capacity_pb2, events_pb2
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

from services.kernel import event_log
from services.kernel.bus import Bus
from services.kernel.db import Database
from services.kernel.errors import Denied, GatewayError, Kind, NotFound, RequestMismatch, Stale
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.rpc import Call, Server
from tests.support.tokens import Issuer

TOPIC = "doselane.slotting"
MESSAGES = {
    "created": events_pb2.RunCreated,
    "opened": events_pb2.RunOpened,
    "cut": events_pb2.RunCut,
    "cancelled": events_pb2.RunCancelled,
    "production_started": events_pb2.RunProductionStarted,
    "produced": events_pb2.RunProduced,
    "failed": events_pb2.RunFailed,
}


class CapacityConflict(GatewayError):
    """Slots stand on the capacity."""

    kind, reason = Kind.REFUSED, "CAPACITY_CONFLICT"


class RunUnknown(NotFound):
    """The ledger has not heard of this run."""

    reason = "RUN_UNKNOWN"


class RunNotYetKnown(Stale):
    """The ledger has not heard of this version yet."""

    reason = "RUN_NOT_YET_KNOWN"


@dataclass
class Book:
    """What the twin knows of a run; `slots` are (name, kBq), oldest first, a vial each."""

    version: int
    run: capacity_pb2.Run
    cuts: int = 0
    slots: list[tuple[str, int]] = field(default_factory=list)


class LedgerTwin:
    """Serves LedgerService and hears of runs from capacity's event log.

    `hears` is cleared to keep it ignorant, `answers` to lose its answers after the deed is done, `speaks` to keep its
    events to itself.
    """

    def __init__(self, database: Database, bus: Bus, issuer: Issuer) -> None:
        self._database, self._bus = database, bus
        self.books: dict[str, Book] = {}
        self.calls: list[tuple[slotting_pb2.CutRunCapacityRequest, Call]] = []
        self.hears, self.answers, self.speaks = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.done = asyncio.Event()  # set when a cut took effect
        self._answered: dict[tuple[str, str], tuple[bytes, slotting_pb2.CutRunCapacityResponse]] = {}
        self._unspoken: asyncio.Queue[Event] = asyncio.Queue()
        self._server = Server("127.0.0.1:0", issuer.verifier())
        self._server.add(slotting_pb2.DESCRIPTOR.services_by_name["LedgerService"], self)
        self._tasks: list[asyncio.Task[None]] = []
        for gate in (self.hears, self.answers, self.speaks):
            gate.set()

    async def start(self) -> str:
        """Serves; answers where."""
        await self._server.start()
        self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._speak())]
        return f"127.0.0.1:{self._server.port}"

    async def stop(self) -> None:
        """Ends everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.stop(0)

    def claim(self, run: str, name: str, kbq: int) -> None:
        """A slot on a run."""
        self.books[run].slots.append((name, kbq))

    async def knows(self, run: str, version: int) -> Book:
        """Waits until the twin has heard of a version."""
        async with asyncio.timeout(60):
            while run not in self.books or self.books[run].version < version:
                await asyncio.sleep(0.01)
        return self.books[run]

    async def CutRunCapacity(
        self, request: slotting_pb2.CutRunCapacityRequest, call: Call
    ) -> slotting_pb2.CutRunCapacityResponse:
        self.calls.append((request, call))
        key, body = (call.caller.partner, request.request_id), request.SerializeToString(deterministic=True)
        if key not in self._answered:
            answer = self._cut(request, call)
            if request.validate_only:
                return answer
            self._answered[key] = (body, answer)
            self.done.set()
        if self._answered[key][0] != body:
            raise RequestMismatch("This request id was used before with another body.")
        await self.answers.wait()
        return self._answered[key][1]

    async def PreviewNetworkChange(
        self, request: slotting_pb2.PreviewNetworkChangeRequest, call: Call
    ) -> slotting_pb2.PreviewNetworkChangeResponse:
        raise Denied("The twin has no network.")

    def _cut(self, request: slotting_pb2.CutRunCapacityRequest, call: Call) -> slotting_pb2.CutRunCapacityResponse:
        book = self.books.get(request.run)
        if book is None:
            raise RunUnknown("No such run.", run=request.run)
        if book.version < request.base_version:
            raise RunNotYetKnown("Not yet known.", run=request.run)
        if book.version > request.base_version:
            raise Stale("The run changed.", run=request.run)
        kept, lost, kbq = [], [], 0
        for slot in book.slots:
            fits = kbq + slot[1] <= request.pledged.reference_activity_kbq and len(kept) < request.pledged.vials
            (kept if fits else lost).append(slot)
            kbq += slot[1] if fits else 0
        names = [name for name, _ in lost]
        if request.validate_only:
            return slotting_pb2.CutRunCapacityResponse(conflicting_slots=names, version=book.version)
        if lost and not request.accept_conflicts:
            raise CapacityConflict("Slots stand on this capacity.", slots=",".join(names), slot_count=len(names))
        book.version, book.slots, book.cuts = book.version + 1, kept, book.cuts + 1
        sizes = {size.partner: size.capacity for size in request.allotments}
        for allotment in book.run.allotments:
            allotment.capacity.CopyFrom(sizes.get(allotment.partner, allotment.capacity))
        book.run.pledged.CopyFrom(request.pledged)
        self._unspoken.put_nowait(self._event(book, request, names, call))
        return slotting_pb2.CutRunCapacityResponse(conflicting_slots=names, version=book.version)

    def _event(self, book: Book, request: slotting_pb2.CutRunCapacityRequest, lost: list[str], call: Call) -> Event:
        gone = type_pb2.Capacity()
        message = slotting_events.RunCapacityCut(
            run=request.run,
            pledged=gone if request.cancel else request.pledged,
            allotments=[
                slotting_pb2.AllotmentSize(partner=a.partner, capacity=gone if request.cancel else a.capacity)
                for a in book.run.allotments
            ],
            cancelled=request.cancel,
            failed=request.failed,
            conflicting_slots=lost,
            version=book.version,
        )
        return Event(
            id=uuid7(),
            type=f"{TOPIC}.run.cut.v1",
            source="doselane/slotting",
            subject=f"ledger/{request.run}",
            sequence=book.cuts,
            time=datetime(2027, 3, 1, 13, tzinfo=UTC),
            data=message.SerializeToString(),
            actor=call.caller.actor,
            reason=request.reason,
        )

    async def _hear(self) -> None:
        async for batch in event_log.follow(self._database, 0):
            await self.hears.wait()
            for logged in batch:
                if not logged.event.type.startswith("doselane.capacity.run."):
                    continue
                message = MESSAGES[logged.event.type.split(".")[-2]].FromString(logged.event.data)
                book = self.books.get(message.run.name)
                if book is None:
                    self.books[message.run.name] = Book(message.version, message.run)
                elif book.version < message.version:
                    book.version, book.run = message.version, message.run

    async def _speak(self) -> None:
        while True:
            event = await self._unspoken.get()
            await self.speaks.wait()
            await self._bus.publish(TOPIC, [event])
