"""The calls by which an operator has many messages read again."""

from uuid import UUID

from doselane.exchange.v1 import exchange_pb2

from adapters.host import replays
from adapters.host.listing import Wanted
from adapters.host.replaying import Replayer
from adapters.host.replays import Replay, ReplayState
from services.kernel import idempotency
from services.kernel.clock import Clock
from services.kernel.db import Connection, Database
from services.kernel.errors import Invalid, NotFound
from services.kernel.idempotency import request_key_of
from services.kernel.ids import uuid7
from services.kernel.paging import BY_ID, page_of
from services.kernel.rpc import Call
from services.kernel.timestamps import instant, stamp


class ReplayRpc:
    """The part of doselane.exchange.v1.ExchangeService that serves replays; only operators come here."""

    def __init__(self, database: Database, clock: Clock, replayer: Replayer) -> None:
        self._database, self._clock, self._replayer = database, clock, replayer

    async def CreateReplay(self, request: exchange_pb2.CreateReplayRequest, call: Call) -> exchange_pb2.Replay:
        """Begins to read messages again."""
        key, now = request_key_of(request, call.caller), self._clock.now()
        start, end = instant(request.start_time, "start_time"), instant(request.end_time, "end_time")
        if start >= end:
            raise Invalid("end_time must be after start_time.", field="end_time")
        account = self._replayer.accounts.get(request.account)
        if account is None:
            raise NotFound("There is no account of this name here.", account=request.account)
        wanted = Wanted(
            partner=account.partner,
            account=account.id,
            sources=request.sources,
            states=sorted(set(request.states)),
            reasons=request.reasons,
            start=start,
            end=min(end, now),
        )
        replay = Replay(uuid7(), wanted, request.reason, call.caller.actor, call.traceparent, now)

        async with self._database.transaction() as conn:
            told = await idempotency.perform(conn, key, now, lambda: _begun(conn, replay))
        self._replayer.wake()
        return exchange_pb2.Replay.FromString(told)

    async def GetReplay(self, request: exchange_pb2.GetReplayRequest, call: Call) -> exchange_pb2.Replay:
        """One replay, with how far it has come."""
        return await self._told(request.name)

    async def ListReplays(
        self, request: exchange_pb2.ListReplaysRequest, call: Call
    ) -> exchange_pb2.ListReplaysResponse:
        """A page of replays, newest first."""
        page = await page_of(self._database, request, call.caller, BY_ID)
        found, token = page.cut(await replays.page(self._database.pool, page.after, page.limit), lambda each: each.id)
        return exchange_pb2.ListReplaysResponse(replays=map(_shown, found), next_page_token=token)

    async def CancelReplay(self, request: exchange_pb2.CancelReplayRequest, call: Call) -> exchange_pb2.Replay:
        """Stops a replay."""
        replay_id = UUID(request.name.partition("/")[2])
        await replays.finish(self._database.pool, replay_id, ReplayState.CANCELLED, self._clock.now())
        return await self._told(request.name)

    async def _told(self, name: str) -> exchange_pb2.Replay:
        found = await replays.one(self._database.pool, UUID(name.partition("/")[2]))
        if found is None:
            raise NotFound("There is no replay of this name.", name=name)
        return _shown(found)


async def _begun(conn: Connection, replay: Replay) -> bytes:
    await replays.add(conn, replay)
    return _shown(replay).SerializeToString(deterministic=True)


def _shown(replay: Replay) -> exchange_pb2.Replay:
    wanted = replay.wanted
    return exchange_pb2.Replay(
        name=f"replays/{replay.id}",
        account=wanted.account,
        start_time=stamp(wanted.start),
        end_time=stamp(wanted.end),
        states=wanted.states,  # type: ignore[arg-type]
        reasons=wanted.reasons,
        sources=wanted.sources,
        state=int(replay.state),  # type: ignore[arg-type]
        total_count=replay.total,
        accepted_count=replay.accepted,
        refused_count=replay.refused,
        repeated_count=replay.repeated,
        failed_count=replay.failed,
        actor=replay.actor,
        reason=replay.reason,
        create_time=stamp(replay.created_at),
        finish_time=stamp(replay.finished_at),
    )
