"""A load process: callers that search over gRPC, or ask the same of PostgreSQL, one search after the other each."""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import datetime

import asyncpg
import grpc.aio
import uvloop
from doselane.slotting.v1 import slotting_pb2

from tests.bench.offers import limit
from tests.bench.offers.searches import Search, searches
from tests.bench.offers.world import SPONSOR
from tests.bench.result import thinned

METHOD = "/doselane.slotting.v1.SlottingService/SearchOffers"

# Makes one search and says what came back.
Caller = Callable[[Search], Awaitable[Counter[str]]]


@dataclass(frozen=True, slots=True)
class Orders:
    """What a load process is to do. `target` is the service's address, or `dsn` the database's."""

    target: str
    token: str
    dsn: str
    begin_at: str
    products: list[str]
    sites: list[str]
    callers: int
    seconds: float
    warm_up_s: float = 1.5


class Load:
    """Searches, their times and what came of them."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.latencies_ms: list[float] = []
        self.outcomes: Counter[str] = Counter()

    async def run(self) -> None:
        """Drive until the time is up."""
        async with AsyncExitStack() as stack:
            if self.orders.target:
                calls = [await self._service(stack)] * self.orders.callers
            else:
                calls = [await self._database(stack) for _ in range(self.orders.callers)]
            begin = time.perf_counter() + self.orders.warm_up_s
            end = begin + self.orders.seconds
            await asyncio.gather(*(self._drive(number, call, begin, end) for number, call in enumerate(calls)))

    async def _service(self, stack: AsyncExitStack) -> Caller:
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(self.orders.target))
        await channel.channel_ready()
        call = channel.unary_unary(
            METHOD,
            request_serializer=slotting_pb2.SearchOffersRequest.SerializeToString,
            response_deserializer=slotting_pb2.SearchOffersResponse.FromString,
        )
        metadata = (("authorization", f"Bearer {self.orders.token}"),)

        async def one(search: Search) -> Counter[str]:
            try:
                answer = await call(search.request(), metadata=metadata, timeout=10)
            except grpc.aio.AioRpcError as error:
                return Counter({f"{error.code().name} {error.details()}": 1})
            rejected = sum(rejection.count for rejection in answer.rejections)
            return Counter(OK=1, offers=len(answer.offers), rejections=rejected, empty=not answer.offers)

        return one

    async def _database(self, stack: AsyncExitStack) -> Caller:
        connection = await asyncpg.connect(self.orders.dsn, server_settings={"search_path": "slotting"})
        stack.push_async_callback(connection.close)
        statement = await connection.prepare(limit.QUERY)

        async def one(search: Search) -> Counter[str]:
            rows = await statement.fetch(*search, SPONSOR)
            return Counter(OK=1, offers=len(rows), empty=not rows)

        return one

    async def _drive(self, number: int, call: Caller, begin: float, end: float) -> None:
        orders = self.orders
        endless = searches(number, datetime.fromisoformat(orders.begin_at), orders.products, orders.sites)
        for search in endless:
            started = time.perf_counter()
            if started >= end:
                return
            outcome = await call(search)
            ended = time.perf_counter()
            if begin <= ended <= end:
                self.latencies_ms.append((ended - started) * 1000)
                self.outcomes.update(outcome)


def orders_json(orders: Orders) -> str:
    """The command-line form of orders."""
    return json.dumps(asdict(orders))


def main() -> None:
    """Obey the orders and report."""
    load = Load(Orders(**json.loads(sys.argv[1])))
    uvloop.run(load.run())
    print(json.dumps({"latencies_ms": thinned(load.latencies_ms), "outcomes": load.outcomes}), flush=True)


if __name__ == "__main__":
    main()
