"""From a courier's push to the waiting gRPC subscriber: how long until the sponsor's program knows."""

import asyncio
import json
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
from doselane.distribution.v1 import distribution_pb2
from doselane.status.v1 import status_pb2

from services.kernel.ids import uuid7
from services.local.world import SPECIALTY
from tests.bench.result import Measured, percentile
from tests.support.gateway import Desk
from tests.support.slotting_process import child, first_line

PUSHES = 300
SSCC = "urn:epc:id:sscc:9520123.0000000001"


class Doors:
    """A gateway in another process, as a desk sees it."""

    def __init__(self, told: str) -> None:
        self._told = json.loads(told)
        self.rest_url: str = self._told["rest_url"]
        self.grpc_target: str = self._told["grpc_target"]
        self.courier: str = self._told["courier"]

    def token(self, partner: str, *scopes: str) -> str:
        """The staff's token, or the sponsor's."""
        return str(self._told["staff" if "operator" in scopes else "sponsor"])


async def drive_seen(dsn: str, folder: Path) -> Measured:
    """Push one event at a time and wait until the subscriber has it."""
    with child([sys.executable, "-m", "tests.bench.push.gateway", dsn, str(folder)]) as process:
        doors = Doors(first_line(process))
        desk = Desk(doors)  # type: ignore[arg-type]
        slot = await desk.claim(await desk.open_run(), desk.sponsor())
        dose = await desk.dose_of(slot, desk.sponsor())
        book = distribution_pb2.BookShipmentRequest(
            doses=[dose.name], courier=SPECIALTY, references=[SSCC], request_id=str(uuid7())
        )
        await desk.until(lambda: desk.call("DistributionService/BookShipment", book, desk.staff))
        latencies_ms = await _follow(desk, doors)
        await desk.close()
    ordered = sorted(latencies_ms)
    return Measured(
        1000 * len(ordered) / sum(ordered), percentile(ordered, 0.5), percentile(ordered, 0.99), {"OK": len(ordered)}
    )


async def _follow(desk: Desk, doors: Doors) -> list[float]:
    news: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.create_task(_listen(desk, news))
    headers = {"authorization": f"Bearer {doors.courier}"}
    latencies_ms: list[float] = []
    async with httpx.AsyncClient(base_url=doors.rest_url, headers=headers) as courier:
        assert await news.get() == ""  # the sign of life that says the stream stands
        for number in range(PUSHES + 20):
            event_id = f"urn:uuid:{uuid7()}"
            body = json.dumps(_event(event_id)).encode()
            started = time.perf_counter()
            pushing = asyncio.create_task(courier.post("/push/epcis/coldway/events", content=body, headers=_JSON))
            async with asyncio.timeout(10):
                while await news.get() != event_id:
                    continue
            if number >= 20:
                latencies_ms.append((time.perf_counter() - started) * 1000)
            (await pushing).raise_for_status()
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    return latencies_ms


_JSON = {"content-type": "application/json"}


async def _listen(desk: Desk, news: "asyncio.Queue[str]") -> None:
    request = status_pb2.WatchTimelineRequest(parent="doses/-")
    async for answer in desk.stream("StatusService/WatchTimeline", request, desk.sponsor()):
        await news.put(answer.entry.milestone.event_id)


def _event(event_id: str) -> dict[str, object]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent",
        "eventID": event_id,
        "eventTime": "2026-11-01T12:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "epcList": [SSCC],
        "action": "OBSERVE",
        "bizStep": "arriving",
    }
