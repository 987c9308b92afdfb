"""The case of the offers bench: searches by four callers, of the service and then of the database alone."""

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from statistics import mean

import grpc.aio
from doselane.slotting.v1 import slotting_pb2

from services.kernel.db import Database
from services.kernel.timestamps import EPOCH
from services.local.postgres import Postgres
from tests.bench.claims.drive import gather_loads
from tests.bench.claims.sink import TraceSink
from tests.bench.frame import asked_of, database_server
from tests.bench.offers import limit
from tests.bench.offers.load import METHOD, Orders, orders_json
from tests.bench.offers.searches import Search, searches
from tests.bench.offers.world import RUNS, SITES, SPONSOR, World, build
from tests.bench.result import Line, Measured, line, show
from tests.support.slotting_process import slotting_process
from tests.support.tokens import Issuer

CASES = ("search",)
CALLERS = 4
ROUNDS = 3
COMPARED = 100  # searches whose answers must be the same from both


async def search(server: Postgres, seconds: float) -> Line:
    """Random searches by four callers; 2,000 open runs, 300 centres with 3 lanes each."""
    dsn = server.create_database("bench_offers")
    share_s = seconds / ROUNDS
    world, database = await build(dsn)
    try:
        await limit.materialise(database.pool, world)
        issuer = Issuer()
        token = issuer.token(SPONSOR, ["slotting.read"])
        with TraceSink() as sink:
            more = {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint, "DOSELANE_CALLS_PER_SECOND": "100000"}
            with slotting_process(dsn, issuer, more) as (_, target):
                await _require_same(target, token, database, world)
                # By turns, because a machine that is shared is quicker in one second than in the next.
                rounds = [
                    (await _drive(world, share_s, target=target, token=token), await _drive(world, share_s, dsn=dsn))
                    for _ in range(ROUNDS)
                ]
        measured, beside = (_together(turns) for turns in zip(*rounds, strict=True))
    finally:
        await database.close()
    note = (
        f"{RUNS} runs, {SITES} centres; p50 and p99 of the SQL {beside.p50_ms:.1f} and {beside.p99_ms:.1f} ms, "
        f"outcomes {beside.outcomes}; p99 goal 50 ms"
    )
    return line("offers", "search", measured, beside, "the join in raw SQL", "searches/s", "0.5", note)


def _together(turns: Sequence[Measured]) -> Measured:
    """Several measurements as one: the mean of each figure, the sum of what came of them."""
    outcomes: Counter[str] = Counter()
    for turn in turns:
        outcomes.update(turn.outcomes)
    return Measured(
        mean(turn.per_s for turn in turns),
        mean(turn.p50_ms for turn in turns),
        mean(turn.p99_ms for turn in turns),
        dict(outcomes),
    )


async def _drive(world: World, seconds: float, *, target: str = "", token: str = "", dsn: str = "") -> Measured:
    orders = Orders(target, token, dsn, world.begin_at.isoformat(), world.products, world.sites, CALLERS, seconds)
    command = [sys.executable, "-m", "tests.bench.offers.load", orders_json(orders)]
    measured = await gather_loads(command, 1, seconds)
    if set(measured.outcomes) - {"OK", "offers", "rejections", "empty"}:
        raise RuntimeError(f"searches failed: {measured.outcomes}")
    return measured


async def _require_same(target: str, token: str, database: Database, world: World) -> None:
    """Both must find the same, or their speeds cannot be compared."""
    offers = 0
    async with grpc.aio.insecure_channel(target) as channel:
        call = channel.unary_unary(
            METHOD,
            request_serializer=slotting_pb2.SearchOffersRequest.SerializeToString,
            response_deserializer=slotting_pb2.SearchOffersResponse.FromString,
        )
        for asked in islice(searches(99, world.begin_at, world.products, world.sites), COMPARED):
            answer = await call(asked.request(), metadata=(("authorization", f"Bearer {token}"),), timeout=10)
            rows = await database.pool.fetch(limit.QUERY, *asked, SPONSOR)
            _compare(asked, answer, rows)
            offers += len(rows)
    if not offers:
        raise RuntimeError("the searches find nothing, so that nothing is measured")


def _compare(asked: Search, answer: slotting_pb2.SearchOffersResponse, rows: list) -> None:
    ours = [
        (each.run, each.lane, each.departure_time.seconds, each.slack_minutes, each.reference_activity_kbq)
        for each in answer.offers
    ]
    theirs = [
        (
            row["name"],
            row["lane"],
            int((row["departs_at"] - EPOCH).total_seconds()),
            row["slack_minutes"],
            row["reference_kbq"],
        )
        for row in rows
    ]
    if ours != theirs:
        raise RuntimeError(f"not the same answers to {asked}:\n{ours}\n{theirs}\n{answer.rejections}")


async def _run(seconds: float) -> None:
    with database_server() as server:
        show(await search(server, seconds))


def main(argv: list[str]) -> int:
    """Run the cases asked for."""
    cases, seconds = asked_of("offers", CASES, argv)
    if cases:
        asyncio.run(_run(seconds))
    return 0
