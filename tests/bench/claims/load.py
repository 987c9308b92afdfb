"""A load process: keeps claims in flight over gRPC for a while and says how they went.

It is started by the bench with its orders as JSON on the command line, and answers with one JSON line. The same code
drives the service and the raw echo, so that only the server differs.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import grpc
import grpc.aio
import uvloop
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.bench.result import thinned

CLAIM = "/doselane.slotting.v1.SlottingService/ClaimSlot"
BATCH = "/doselane.slotting.v1.SlottingService/BatchClaimSlots"


@dataclass(frozen=True, slots=True)
class Orders:
    """What a load process is to do."""

    target: str
    token: str
    runs: list[str]
    site: str
    in_flight: int
    seconds: float
    warm_up_s: float = 1.0
    batch: int = 0  # claims a message; 0: single claims


class Load:
    """Claims in flight, their times and their outcomes."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.latencies_ms: list[float] = []
        self.outcomes: Counter[str] = Counter()
        self._numbers = count()
        self._administration = type_pb2.Activity(
            activity_mbq=7400.0, time=stamp(datetime.now(UTC) + timedelta(hours=48))
        )
        # No traceparent: the service begins a trace for each call, and samples its share of them.
        self._metadata = (("authorization", f"Bearer {orders.token}"),)

    def claim(self) -> slotting_pb2.ClaimSlotRequest:
        """The next claim, on the next run."""
        number = next(self._numbers)
        demand = slotting_pb2.SlotDemand(
            run=self.orders.runs[number % len(self.orders.runs)],
            site=self.orders.site,
            administration=self._administration,
            order_reference=f"NL-{number}",
            patient_reference="p-77",
        )
        return slotting_pb2.ClaimSlotRequest(demand=demand, request_id=str(uuid7()))

    async def run(self) -> float:
        """Drive until the time is up; the seconds measured."""
        options = [("grpc.max_receive_message_length", 64 << 20)]
        async with grpc.aio.insecure_channel(self.orders.target, options=options) as channel:
            await channel.channel_ready()
            one = self._batch_caller(channel) if self.orders.batch else self._claim_caller(channel)
            begin = time.perf_counter() + self.orders.warm_up_s
            end = begin + self.orders.seconds
            await asyncio.gather(*(self._keep_one_in_flight(one, begin, end) for _ in range(self.orders.in_flight)))
        return self.orders.seconds

    def _claim_caller(self, channel: grpc.aio.Channel):
        call = channel.unary_unary(
            CLAIM,
            request_serializer=slotting_pb2.ClaimSlotRequest.SerializeToString,
            response_deserializer=slotting_pb2.Slot.FromString,
        )

        async def one() -> Counter[str]:
            try:
                await call(self.claim(), metadata=self._metadata, timeout=10)
            except grpc.aio.AioRpcError as error:
                return Counter({f"{error.code().name} {error.details()}": 1})
            return Counter(OK=1)

        return one

    def _batch_caller(self, channel: grpc.aio.Channel):
        call = channel.unary_unary(
            BATCH,
            request_serializer=slotting_pb2.BatchClaimSlotsRequest.SerializeToString,
            response_deserializer=slotting_pb2.BatchClaimSlotsResponse.FromString,
        )

        async def one() -> Counter[str]:
            request = slotting_pb2.BatchClaimSlotsRequest(requests=[self.claim() for _ in range(self.orders.batch)])
            response = await call(request, metadata=self._metadata, timeout=10)
            return Counter("OK" if result.HasField("slot") else result.error.message for result in response.results)

        return one

    async def _keep_one_in_flight(self, one, begin: float, end: float) -> None:
        while (started := time.perf_counter()) < end:
            outcome = await one()
            ended = time.perf_counter()
            if begin <= ended <= end:
                self.latencies_ms.append((ended - started) * 1000)
                self.outcomes.update(outcome)


def main() -> None:
    """Obey the orders and report."""
    orders = Orders(**json.loads(sys.argv[1]))
    load = Load(orders)
    seconds = uvloop.run(load.run())
    report = {"seconds": seconds, "latencies_ms": thinned(load.latencies_ms), "outcomes": load.outcomes}
    os.set_blocking(sys.stdout.fileno(), True)  # a report is larger than what a pipe holds at once
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()


def orders_json(orders: Orders) -> str:
    """The command-line form of orders."""
    return json.dumps(asdict(orders))
