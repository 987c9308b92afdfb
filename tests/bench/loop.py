"""Bench `loop`: the longest that a request holds the event loop of the whole gateway, beside the 50 ms it may."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
import traceback
from asyncio import events
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread, get_ident
from typing import Any

import httpx
import yaml
from doselane.planning.v1 import planning_pb2
from doselane.type.v1 import type_pb2
from google.type import date_pb2

from services.kernel.ids import uuid7
from services.kernel.process import keep_for_good
from services.kernel.timestamps import stamp
from services.local import postgres
from services.local.gateway import Gateway, Plan
from services.local.world import (
    CENTRES,
    MANUFACTURER,
    MASTER_DATA,
    NORTHLAKE,
    PLANNER_SCOPES,
    SPECIALTY,
    SPONSOR_SCOPES,
)
from tests.bench.result import Line, show

HELD_MS_MAX = 50.0
SHOWS_STACKS = "LOOP_STACKS" in os.environ
WINDOWS, CLAIMS, RUNS, EVENTS = 100, 256, 1000, 5000
PROPOSED_RUNS, COVERAGE = 2000, 5200
PRODUCT, SITE = "products/lu-ligand", CENTRES[0]
DAILY = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


class Steps:
    """The longest step of this thread's event loop since the last look, in processor time, and what it ran."""

    def __init__(self) -> None:
        self.worst_ms, self.what, self._thread, self._step = 0.0, "", get_ident(), 0

    def look(self) -> tuple[float, str]:
        """What was seen, and from now on anew."""
        seen = self.worst_ms, self.what
        self.worst_ms, self.what = 0.0, ""
        return seen

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watches the loop until the block ends. Processor time, so that others who use the machine do not count."""
        run = events.Handle._run

        def timed(handle: events.Handle) -> None:
            if get_ident() != self._thread:
                run(handle)
                return
            owner = getattr(handle._callback, "__self__", None)
            began_s, self._step = time.thread_time(), self._step + 1
            run(handle)
            took_ms, self._step = (time.thread_time() - began_s) * 1000, self._step + 1
            if took_ms > self.worst_ms:
                self.worst_ms, self.what = took_ms, repr(owner)[:300]

        if SHOWS_STACKS:
            Thread(target=self._look_on, daemon=True).start()
        events.Handle._run = timed  # type: ignore[method-assign]
        try:
            yield
        finally:
            events.Handle._run = run  # type: ignore[method-assign]

    def _look_on(self) -> None:
        """Says where the loop is when a step takes long."""
        while True:
            step = self._step
            time.sleep(0.025)
            if step % 2 and step == self._step and (frame := sys._current_frames().get(self._thread)):
                print("".join(traceback.format_stack(frame)[-9:]), file=sys.stderr, flush=True)


class Caller:
    """Calls the gateway from a thread of its own."""

    def __init__(self, gateway: Gateway, steps: Steps) -> None:
        self._gateway, self._steps = gateway, steps
        self._http = httpx.Client(base_url=gateway.rest_url, timeout=120)
        self._staff = gateway.token(MANUFACTURER, *PLANNER_SCOPES)
        self._sponsor = gateway.token(NORTHLAKE, *SPONSOR_SCOPES)
        self._courier = gateway.token(SPECIALTY, "courier.push", "courier.read")

    async def ask(
        self, method: str, path: str, body: Any = None, *, who: str = "staff", **headers: str
    ) -> httpx.Response:
        """The answer to one request."""
        token = {"staff": self._staff, "sponsor": self._sponsor, "courier": self._courier}[who]
        told = {"authorization": f"Bearer {token}", "content-type": "application/json", **headers}

        def made() -> httpx.Response:
            content = None if body is None else json.dumps(body)
            return self._http.request(method, path, content=content, headers=told)

        return await asyncio.to_thread(made)

    async def case(self, name: str, method: str, path: str, body: Any = None, *, who: str = "staff") -> httpx.Response:
        """Makes a request, warmed up by nothing, and prints the longest step of the loop meanwhile."""
        self._steps.look()
        began_s = time.perf_counter()
        answer = await self.ask(method, path, body, who=who)
        took_ms = (time.perf_counter() - began_s) * 1000
        held_ms, what = self._steps.look()
        assert answer.is_success, answer.text
        show(
            Line(
                bench="loop",
                case=name,
                doselane=round(held_ms, 1),
                limit=HELD_MS_MAX,
                limit_is="what one request may hold the loop",
                unit="ms",
                ratio=round(held_ms / HELD_MS_MAX, 2),
                goal="at most 1",
                p50_ms=round(took_ms, 1),
                p99_ms=round(took_ms, 1),
                outcomes={f"HTTP {answer.status_code}": 1},
                note=f"{len(answer.content)} bytes answered; {what}",
            )
        )
        return answer

    async def master_data(self, text: str) -> None:
        """Imports master data, and waits until the ledger has heard of it."""
        body = {"yaml": text, "acceptConflicts": True, "requestId": str(uuid7())}
        answer = await self.ask("POST", "/v1/masterData:import", body)
        assert answer.status_code == 200, answer.text
        await asyncio.sleep(2)

    async def run(self, vials: int, *, use_by_days: float = 3, open_it: bool = True) -> str:
        """The name of a run with room for so many doses."""
        run = {
            "product": PRODUCT,
            "nuclide": "NUCLIDE_LU_177",
            "line": "facilities/tidewater/lines/hot-cell-1",
            "endOfSynthesisTime": _later(hours=24),
            "claimCutoffTime": _later(hours=20),
            "useByTime": _later(hours=23 + 24 * use_by_days),
            "pledged": {"referenceActivityKbq": str(vials * 20_000_000), "vials": vials},
            "vialReferenceActivityMaxKbq": "20000000",
        }
        answer = await self.ask("POST", "/v1/runs", {"run": run, "requestId": str(uuid7())})
        assert answer.status_code == 200, answer.text
        name: str = answer.json()["name"]
        if open_it:
            answer = await self.ask("POST", f"/v1/{name}:open", {"requestId": str(uuid7())})
            assert answer.status_code == 200, answer.text
            await asyncio.sleep(0.5)
        return name

    async def proposal(self) -> str:
        """The name of a large proposal that is ready: two years' runs, and a year's coverage of a hundred sponsors."""
        name = f"proposals/{uuid7()}"
        message = planning_pb2.Proposal(
            name=name,
            state=planning_pb2.Proposal.READY,
            horizon_start_date=date_pb2.Date(year=2027, month=1, day=4),
            weeks=52,
            facility="facilities/tidewater",
            create_time=stamp(datetime.now(UTC)),
            update_time=stamp(datetime.now(UTC)),
            runs=[_proposed(number) for number in range(PROPOSED_RUNS)],
            coverage=[_covered(number) for number in range(COVERAGE)],
        )
        await self._gateway.databases["planning"].pool.execute(
            "INSERT INTO proposal (name, state, version, events, created_at, solve_seconds_max, document)"
            " VALUES ($1, 'READY', 1, 0, now(), 600, $2)",
            name,
            message.SerializeToString(),
        )
        return name


def main(argv: list[str]) -> int:
    """Run the cases; none needs more time than it takes."""
    parser = argparse.ArgumentParser("tests.bench.loop", description=__doc__)
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--seconds", type=float, default=0.0)
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measured(Path(folder), asked.case))
    return 0


async def _claims(caller: Caller) -> None:
    run = await caller.run(vials=2 * CLAIMS)
    for name in ("batch_claim_first", "batch_claim"):  # With the first, connections learn the types of the database.
        requests = [_claim(run, number) for number in range(CLAIMS)]
        await caller.case(name, "POST", "/v1/slots:batchClaim", {"requests": requests}, who="sponsor")


def _claim(run: str, number: int) -> dict[str, Any]:
    activity = {"activityMbq": 7400, "time": _later(hours=48)}
    demand = {"run": run, "site": SITE, "administration": activity, "orderReference": f"ORDER-{number}"}
    return {"requestId": str(uuid7()), "demand": demand}


async def _preview(caller: Caller) -> None:
    """Each slot of the cases before stands on the site, and the site gets the most windows that it may have."""
    site = next(each for each in yaml.safe_load(MASTER_DATA)["sites"] if each["name"] == SITE)
    site["weeklyWindows"] = _windows()
    changed = [{"site": site}]
    await caller.case("preview_network_change", "POST", "/v1/ledger:previewNetworkChange", {"changed": changed})


async def _offers(caller: Caller) -> None:
    data = yaml.safe_load(MASTER_DATA)
    site = next(each for each in data["sites"] if each["name"] == SITE)
    site["weeklyWindows"] = _windows()
    for lane in data["lanes"]:
        if lane["site"] == SITE:
            lane["departures"] = [
                {
                    "days": DAILY,
                    "time": {"hours": minute // 60, "minutes": minute % 60},
                    "cutoffMinutes": 5,
                    "places": 9,
                }
                for minute in range(0, 24 * 60, 24 * 60 // WINDOWS)
            ][:WINDOWS]
    data["products"][0]["shelfLifeMinutes"] = 60 * 24 * 60
    await caller.master_data(json.dumps(data))
    for _ in range(20):
        await caller.run(vials=20, use_by_days=30)
    wish = {
        "product": PRODUCT,
        "site": SITE,
        "administrationInterval": {"startTime": _later(days=1), "endTime": _later(days=31)},
    }
    await caller.case("offers_search", "POST", "/v1/offers:search", {**wish, "pageSize": 1000}, who="sponsor")
    nothing = {**wish, "slackMinutesMin": 60 * 24 * 40}
    await caller.case("offers_search_in_vain", "POST", "/v1/offers:search", nothing, who="sponsor")


async def _epcis(caller: Caller) -> None:
    event_id = f"urn:uuid:{uuid7()}"
    events_ = [_event(event_id if not number else f"urn:uuid:{uuid7()}") for number in range(EVENTS)]
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": _later(),
        "epcisBody": {"eventList": events_},
    }
    await caller.case("epcis_capture", "POST", "/push/epcis/coldway/capture", document, who="courier")
    path = f"/push/epcis/coldway/events/{event_id}"
    while (await caller.ask("GET", path, who="courier")).status_code == 404:  # It is judged after it was taken.
        await asyncio.sleep(0.1)
    await caller.case("epcis_event", "GET", path, who="courier")


async def _lists(caller: Caller) -> None:
    for _ in range(RUNS):
        await caller.run(vials=1, open_it=False)
    for path in ("/v1/runs", "/v1/slots", "/v1/products"):
        await caller.case(f"list{path.replace('/', '_')}", "GET", f"{path}?pageSize=1000")


async def _proposal(caller: Caller) -> None:
    await caller.case("get_proposal", "GET", f"/v1/{await caller.proposal()}")


CASES: dict[str, Callable[[Caller], Any]] = {
    "claims": _claims,
    "preview": _preview,
    "offers": _offers,
    "epcis": _epcis,
    "lists": _lists,
    "proposal": _proposal,
}


def _later(**by: float) -> str:
    return (datetime.now(UTC) + timedelta(**by)).isoformat()


def _windows() -> list[dict[str, Any]]:
    step = 24 * 60 // WINDOWS
    return [
        {
            "days": DAILY,
            "startTime": {"hours": number * step // 60, "minutes": number * step % 60},
            "endTime": {"hours": (number + 1) * step // 60, "minutes": (number + 1) * step % 60},
            "places": CLAIMS,
        }
        for number in range(WINDOWS)
    ]


def _proposed(number: int) -> planning_pb2.ProposedRun:
    at = stamp(datetime(2027, 1, 1, tzinfo=UTC) + timedelta(hours=number))
    room = type_pb2.Capacity(reference_activity_kbq=240_000_000, vials=24)
    allotments = [
        planning_pb2.ProposedAllotment(
            partner=f"partners/sponsor-{each}", capacity=room, release_back_time=at, agreement=f"agreements/{each}"
        )
        for each in range(10)
    ]
    return planning_pb2.ProposedRun(
        id=f"run-{number}",
        product=PRODUCT,
        line="facilities/tidewater/lines/hot-cell-1",
        start_time=at,
        end_of_synthesis_time=at,
        isotope_delivery=f"isotopeDeliveries/{uuid7()}",
        pledged=room,
        allotments=allotments,
        claim_cutoff_time=at,
    )


def _covered(number: int) -> planning_pb2.Coverage:
    return planning_pb2.Coverage(
        partner=f"partners/sponsor-{number}",
        product=PRODUCT,
        region="us-midwest",
        week_start_date=date_pb2.Date(year=2027, month=1, day=4),
        firm_doses=10,
        forecast_doses=20,
        covered_doses=15,
        binding=planning_pb2.Coverage.LINE_TIME,
        explanation="5 of 20 doses are not covered: the lines have no shift left in which a run could end in time.",
    )


def _event(event_id: str) -> dict[str, Any]:
    return {
        "eventID": event_id,
        "type": "ObjectEvent",
        "eventTime": "2026-11-20T09:00:00.000Z",
        "eventTimeZoneOffset": "+00:00",
        "epcList": ["urn:epc:id:sscc:0614141.1234567890"],
        "action": "OBSERVE",
        "bizStep": "departing",
        "disposition": "in_transit",
        "readPoint": {"id": "urn:epc:id:sgln:0614141.07346.1234"},
        "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 5.1, "uom": "CEL"}] * 5}],
    }


async def _measured(folder: Path, wanted: list[str]) -> None:
    steps = Steps()
    with steps.watched():
        server = postgres.start(folder / "postgres")
        try:
            async with Gateway(Plan(database_dsn=server.create_database("loop"), data_dir=folder)) as gateway:
                caller = Caller(gateway, steps)
                keep_for_good()  # as every process does that was started
                await caller.master_data(MASTER_DATA)
                for name, case in CASES.items():
                    if not wanted or name in wanted:
                        await case(caller)
        finally:
            await asyncio.to_thread(server.stop)
