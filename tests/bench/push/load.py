"""A load process: posts over keep-alive connections for a while and says how it went.

It speaks HTTP by hand, so that the load costs little of the machine that it shares with the server.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count

import uvloop

from tests.support.couriers import KEY, ups


@dataclass(frozen=True, slots=True)
class Orders:
    """What a load process is to do."""

    port: int
    path: str
    connections: int
    seconds: float
    warm_up_s: float = 1.0


class Load:
    """Pushes, their times and their outcomes."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.latencies_ms: list[float] = []
        self.outcomes: Counter[str] = Counter()
        self._numbers = count(time.time_ns() // 1000 % 10**9 * 1000)
        self._body = json.dumps(ups(datetime.now(UTC), tracking="1Z" + "0" * 16))

    def request(self) -> bytes:
        """The next push: a Track Alert message of a package of its own."""
        body = self._body.replace("1Z" + "0" * 16, f"1Z{next(self._numbers) % 10**16:016}").encode()
        head = (
            f"POST {self.orders.path} HTTP/1.1\r\nhost: localhost\r\ncredential: {KEY}\r\n"
            f"user-agent: UPSPubSubTrackingService\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    async def run(self) -> None:
        """Posts on every connection until the time is up."""
        begin = time.perf_counter() + self.orders.warm_up_s
        end = begin + self.orders.seconds
        await asyncio.gather(*(self._keep_posting(begin, end) for _ in range(self.orders.connections)))

    async def _keep_posting(self, begin: float, end: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.orders.port)
        while (started := time.perf_counter()) < end:
            writer.write(self.request())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            body = await reader.readexactly(length) if length else b""
            ended = time.perf_counter()
            if begin <= ended <= end:
                self.latencies_ms.append((ended - started) * 1000)
                self.outcomes["OK" if head[9:12] in (b"200", b"204") else (head + body)[:200].decode()] += 1
        writer.close()


def orders_json(orders: Orders) -> str:
    """The command-line form of orders."""
    return json.dumps(asdict(orders))


def main() -> None:
    """Obey the orders and report."""
    load = Load(Orders(**json.loads(sys.argv[1])))
    uvloop.run(load.run())
    os.set_blocking(sys.stdout.fileno(), True)  # a report is larger than what a pipe holds at once
    print(json.dumps({"latencies_ms": load.latencies_ms, "outcomes": load.outcomes}), flush=True)


if __name__ == "__main__":
    main()
