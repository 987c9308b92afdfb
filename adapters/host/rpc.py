"""The calls by which a courier, or an operator, sees what became of its pushes."""

from uuid import UUID

from doselane.courier.v1 import courier_pb2

from adapters.host import store
from adapters.host.judge import message
from adapters.host.reception import Reception
from services.kernel.db import Database
from services.kernel.errors import Invalid, NotFound
from services.kernel.identity import Caller
from services.kernel.ids import parsed
from services.kernel.paging import BY_ID, page_of
from services.kernel.rpc import Call
from services.kernel.rpc.server import MESSAGE_BYTES_MAX

REASON_CHARACTERS_MAX = 500
# A gRPC message holds 4 MiB; the rest is for the notes.
ANSWER_BYTES_MAX = 5 * MESSAGE_BYTES_MAX // 8


class CourierRpc:
    """Serves doselane.courier.v1.CourierService. What belongs to another courier does not exist."""

    def __init__(self, database: Database, reception: Reception) -> None:
        self._database, self._reception = database, reception

    async def GetPush(self, request: courier_pb2.GetPushRequest, call: Call) -> courier_pb2.Push:
        """One push with its body."""
        return await self._shown(_push_id(request.name), call.caller)

    async def ListPushes(self, request: courier_pb2.ListPushesRequest, call: Call) -> courier_pb2.ListPushesResponse:
        """A page of pushes, newest first."""
        courier = None if call.caller.operator else call.caller.partner
        page = await page_of(self._database, request, call.caller, BY_ID)
        found = await store.pushes(
            self._database.pool,
            courier=courier,
            states=request.states,
            before=page.after,
            limit=page.limit,
        )
        shown = _that_fit([message(each.arrival, each.verdict) for each in found[: page.size]])
        last = page.token_after(_push_id(shown[-1].name)) if len(found) > len(shown) else ""
        return courier_pb2.ListPushesResponse(pushes=shown, next_page_token=last)

    async def RejudgePush(self, request: courier_pb2.RejudgePushRequest, call: Call) -> courier_pb2.Push:
        """Judges a push again and answers with the new verdict."""
        if len(request.reason) > REASON_CHARACTERS_MAX or "\0" in request.reason:
            raise Invalid(f"reason must be at most {REASON_CHARACTERS_MAX} characters, without U+0000.", field="reason")
        push_id = _push_id(request.name)
        await self._shown(push_id, call.caller)
        await self._reception.rejudge(push_id, request.reason, call.caller.actor, call.traceparent)
        return await self._shown(push_id, call.caller)

    async def _shown(self, push_id: UUID, caller: Caller) -> courier_pb2.Push:
        found = await store.push(self._database.pool, push_id)
        if found is None or not caller.may_see(found.arrival.courier):
            raise NotFound("There is no push of this name.", name=f"pushes/{push_id}")
        fits = found.arrival.body_bytes <= ANSWER_BYTES_MAX
        return message(found.arrival, found.verdict, body=fits)


def _that_fit(pushes: list[courier_pb2.Push]) -> list[courier_pb2.Push]:
    """The first ones that fit into one answer, and at least one: a document may have thousands of notes."""
    size = 0
    for number, push in enumerate(pushes):
        size += push.ByteSize()
        if number and size > ANSWER_BYTES_MAX:
            return pushes[:number]
    return pushes


def _push_id(name: str) -> UUID:
    collection, _, text = name.partition("/")
    if collection == "pushes" and (push_id := parsed(text)):
        return push_id
    raise Invalid("name must be pushes/{push}.", field="name")
