"""The calls of SlottingService. Changes answer with the bytes that the ledger stored for the request id."""

from collections.abc import Callable
from functools import partial

from doselane.slotting.v1 import moves_pb2, slotting_pb2
from google.protobuf.message import Message

from services.kernel.db import Database
from services.kernel.errors import GatewayError
from services.kernel.identity import Caller
from services.kernel.paging import BY_ID, page_of
from services.kernel.rpc import Call, require_shape, status_of
from services.kernel.steps import in_steps
from services.kernel.timestamps import stamp
from services.network.reading import capacity_message
from services.network.refusals import RunUnknown
from services.slotting import events, store
from services.slotting.domain import State
from services.slotting.domain.claiming import may_know
from services.slotting.domain.commands import Command
from services.slotting.domain.refusals import SlotUnknown
from services.slotting.rpc import moves, offers, requests
from services.slotting.rpc.standby import StandbyCalls
from services.slotting.usecases import Answer, Ledger


class SlottingRpc(StandbyCalls):
    """Serves doselane.slotting.v1.SlottingService."""

    def __init__(self, ledger: Ledger, database: Database) -> None:
        self._ledger = ledger
        self._database = database

    async def HoldSlot(self, request: slotting_pb2.HoldSlotRequest, call: Call) -> bytes:
        """Takes capacity for a while."""
        return await self._change(requests.hold_of, request, call)

    async def ConfirmSlot(self, request: slotting_pb2.ConfirmSlotRequest, call: Call) -> bytes:
        """Turns a hold into a promise."""
        return await self._change(requests.confirm_of, request, call)

    async def ClaimSlot(self, request: slotting_pb2.ClaimSlotRequest, call: Call) -> bytes:
        """Hold and confirm in one."""
        return await self._change(requests.claim_of, request, call)

    async def ReleaseSlot(self, request: slotting_pb2.ReleaseSlotRequest, call: Call) -> bytes:
        """Gives a slot back."""
        return await self._change(requests.release_of, request, call)

    async def MoveSlot(self, request: slotting_pb2.MoveSlotRequest, call: Call) -> bytes:
        """Moves a slot to another run, departure or centre."""
        return await self._change(requests.move_of, request, call)

    async def BatchMoveSlots(self, request: slotting_pb2.BatchMoveSlotsRequest, call: Call) -> bytes:
        """Moves many in one step, or none."""
        return await self._change(requests.move_together_of, request, call)

    async def SearchMoves(self, request: moves_pb2.SearchMovesRequest, call: Call) -> moves_pb2.SearchMovesResponse:
        """Where slots could move."""
        return await moves.search(self._database, request, call)

    async def BatchClaimSlots(
        self, request: slotting_pb2.BatchClaimSlotsRequest, call: Call
    ) -> slotting_pb2.BatchClaimSlotsResponse:
        """Claims many; each has its own outcome, in the order asked."""
        outcomes = await in_steps(partial(_claim_or_refusal, caller=call.caller), request.requests)
        commands = [outcome for outcome in outcomes if isinstance(outcome, Command)]
        answers = iter(await self._ledger.execute(commands, call.traceparent, call.deadline) if commands else ())
        results = [_result(next(answers) if isinstance(outcome, Command) else outcome) for outcome in outcomes]
        return slotting_pb2.BatchClaimSlotsResponse(results=results)

    async def GetSlot(self, request: slotting_pb2.GetSlotRequest, call: Call) -> slotting_pb2.Slot:
        """One slot of the caller."""
        slot_id = requests.slot_id_of(request.name)
        slot = await store.find_slot(self._database.pool, slot_id, _bound(call))
        if slot is None:
            raise SlotUnknown("There is no such slot.", slot=f"slots/{slot_id}")
        return events.slot_message(slot)

    async def ListSlots(self, request: slotting_pb2.ListSlotsRequest, call: Call) -> slotting_pb2.ListSlotsResponse:
        """A page of the caller's slots."""
        wanted = store.SlotFilter(
            partner=_bound(call),
            run=request.run,
            states=tuple(map(State, request.states)),
            order_reference=request.order_reference,
        )
        page = await page_of(self._database, request, call.caller, BY_ID)
        found = await store.list_slots(self._database.pool, wanted, page.after, page.limit)
        shown, token = page.cut(found, lambda slot: slot.id)
        return slotting_pb2.ListSlotsResponse(slots=await in_steps(events.slot_message, shown), next_page_token=token)

    async def SearchOffers(
        self, request: slotting_pb2.SearchOffersRequest, call: Call
    ) -> slotting_pb2.SearchOffersResponse:
        """How a product can reach a centre in time."""
        return await offers.search(self._database, request, call)

    async def GetAvailability(
        self, request: slotting_pb2.GetAvailabilityRequest, call: Call
    ) -> slotting_pb2.Availability:
        """What the caller could claim of a run at this moment."""
        run = request.name.removesuffix("/availability")
        found = await store.availability(self._database.pool, run)
        if found is None or not may_know(call.caller.viewer, found.book, found.product):
            raise RunUnknown("There is no such run.", run=run)
        book = found.book
        own_free, pool_free = book.free_for(call.caller.partner)
        return slotting_pb2.Availability(
            name=request.name,
            allotment_free=capacity_message(own_free),
            pool_free=capacity_message(pool_free),
            vial_reference_activity_max_kbq=book.run.vial_kbq_max,
            claim_cutoff_time=stamp(book.run.cutoff_at),
            read_time=stamp(found.read_at),
        )

    async def _change(self, command_of: Callable[..., Command], request: Message, call: Call) -> bytes:
        command = command_of(request, call.caller)
        return await self._ledger.execute_one(command, call.traceparent, call.deadline)


def _bound(call: Call) -> str | None:
    """The partner whose slots the caller may see; None: of all."""
    return None if call.caller.operator else call.caller.partner


def _claim_or_refusal(request: slotting_pb2.ClaimSlotRequest, caller: Caller) -> Command | GatewayError:
    """A claim of a batch, or its own outcome: the others go on."""
    try:
        require_shape(request)
        return requests.claim_of(request, caller)
    except GatewayError as error:
        return error


def _result(answer: Answer | Command) -> slotting_pb2.BatchClaimSlotsResult:
    if isinstance(answer, GatewayError):
        return slotting_pb2.BatchClaimSlotsResult(error=status_of(answer))
    if isinstance(answer, bytes):
        return slotting_pb2.BatchClaimSlotsResult(slot=slotting_pb2.Slot.FromString(answer))
    raise AssertionError("A command is answered with bytes or an error.")
