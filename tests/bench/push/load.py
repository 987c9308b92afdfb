"""A load process: posts over keep-alive connections for a while and says how it went.

It speaks HTTP by hand, so that the load costs little of the machine that it shares with the server.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count

import uvloop

from tests.support.couriers import KEY, ups

PUSH = b"doselane-push: "


@dataclass(frozen=True, slots=True)
class Orders:
    """What a load process is to do."""

    ports: Sequence[int]  # of each process of the service; connections are shared out among them
    path: str
    connections: int
    seconds: float
    warm_up_s: float = 1.0
    per_second: float = 0.0  # pushes sent, each at its time, however long answers take; 0: the next after each answer
    key: str = KEY


class Load:
    """Pushes, their times and their outcomes."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.latencies_ms: list[float] = []
        self.outcomes: Counter[str] = Counter()
        self.taken: list[str] = []  # the names of what was acknowledged, where pushes are sent at a rate
        self._numbers = count(time.time_ns() // 1000 % 10**9 * 1000)
        self._body = json.dumps(ups(datetime.now(UTC), tracking="1Z" + "0" * 16))

    def request(self) -> bytes:
        """The next push: a Track Alert message of a package of its own."""
        body = self._body.replace("1Z" + "0" * 16, f"1Z{next(self._numbers) % 10**16:016}").encode()
        head = (
            f"POST {self.orders.path} HTTP/1.1\r\nhost: localhost\r\ncredential: {self.orders.key}\r\n"
            f"user-agent: UPSPubSubTrackingService\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    async def run(self) -> None:
        """Posts on every connection until the time is up."""
        begin = time.perf_counter() + self.orders.warm_up_s
        end = begin + self.orders.seconds
        post = self._keep_pace if self.orders.per_second else self._keep_posting
        await asyncio.gather(*(post(begin, end, nth) for nth in range(self.orders.connections)))

    async def _connect(self, nth: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.orders.ports[nth % len(self.orders.ports)])

    async def _keep_pace(self, begin: float, end: float, nth: int) -> None:
        """Posts every nth push when it is due, or once the connection is free; counts from when it was due."""
        reader, writer = await self._connect(nth)
        number = nth
        while (due := begin + number / self.orders.per_second) < end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(self.request())
            try:
                head, body = await _answer(reader)
            except (OSError, EOFError) as fault:  # the push has no answer; the next has a connection of its own
                self.outcomes[f"NO ANSWER {type(fault).__name__}"] += 1
                reader, writer = await self._connect(nth)
            else:
                self.latencies_ms.append((time.perf_counter() - due) * 1000)
                self._note(head, body)
                self.taken += [head.lower().partition(PUSH)[2].partition(b"\r\n")[0].decode()] if _ok(head) else []
            number += self.orders.connections
        writer.close()

    async def _keep_posting(self, begin: float, end: float, nth: int) -> None:
        reader, writer = await self._connect(nth)
        while (started := time.perf_counter()) < end:
            writer.write(self.request())
            head, body = await _answer(reader)
            ended = time.perf_counter()
            if begin <= ended <= end:
                self.latencies_ms.append((ended - started) * 1000)
                self._note(head, body)
        writer.close()

    def _note(self, head: bytes, body: bytes) -> None:
        self.outcomes["OK" if _ok(head) else (head + body)[:200].decode()] += 1


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    return head, await reader.readexactly(length) if length else b""


def _ok(head: bytes) -> bool:
    return head[9:12] in (b"200", b"204")


def orders_json(orders: Orders) -> str:
    """The command-line form of orders."""
    return json.dumps(asdict(orders))


def main() -> None:
    """Obey the orders and report."""
    load = Load(Orders(**json.loads(sys.argv[1])))
    uvloop.run(load.run())
    os.set_blocking(sys.stdout.fileno(), True)  # a report is larger than what a pipe holds at once
    told = {"latencies_ms": load.latencies_ms, "outcomes": load.outcomes, "taken": load.taken}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
