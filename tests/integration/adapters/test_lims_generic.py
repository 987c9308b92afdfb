"""A laboratory pushes through the real door of a host, and what it said is published as results, once."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from doselane.lims.v1.events_pb2 import MessageRefused, ResultReported
from doselane.lims.v1.lims_pb2 import Result
from doselane.quality.v1.batch_pb2 import Sample
from doselane.quality.v1.events_pb2 import SampleRegistered
from pydantic import SecretStr

from adapters.host.main import service
from adapters.host.settings import Settings
from adapters.ports.lims import SAMPLE_REGISTERED
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from tests.support.couriers import exchange_schema
from tests.support.interfaces import interface
from tests.support.laboratory import (
    MAPPING,
    OPTIONS,
    PEAKS,
    RECEIVED,
    SAMPLE,
    a_chromatogram,
    a_result,
    a_signal,
    an_injection,
    results,
)
from tests.support.postgres import Databases
from tests.support.tokens import Issuer

KEY = "laboratory-key-000001"
CSV = "result_id,sample,test,state,value,unit,changed_at\n"


@dataclass
class LaboratoryDesk:
    """A host of laboratories, with one that pushes."""

    database: Database
    bus: MemoryBus
    clock: VirtualClock
    http: httpx.AsyncClient

    async def push(self, body: Any) -> httpx.Response:
        return await self.http.post("/lims/lab", json=body)

    async def upload(self, text: str, kind: str = "text/csv; charset=utf-8") -> httpx.Response:
        return await self.http.post("/lims/lab/csv", content=text.encode(), headers={"content-type": kind})

    async def chromatogram(self, body: Any) -> httpx.Response:
        return await self.http.post("/lims/lab/allotrope", json=body)

    async def events(self, kind: str) -> list[Event]:
        rows = await self.database.pool.fetch("SELECT * FROM outbox ORDER BY seq")
        return [event for event in map(event_of, rows) if event.type == f"doselane.lims.{kind}.v1"]

    async def reported(self) -> list[Result]:
        return [ResultReported.FromString(event.data).result for event in await self.events("result.reported")]

    async def refusals(self) -> list[tuple[str, str]]:
        found = [MessageRefused.FromString(event.data) for event in await self.events("message.refused")]
        return [(each.laboratory, each.reason) for each in found]

    async def registered(self, sample: str) -> None:
        """The quality service registers a sample with the laboratory."""
        said = SampleRegistered(sample=Sample(name=sample, laboratory="partners/lab"))
        at, data = self.clock.now(), said.SerializeToString()
        event = Event(uuid7(), SAMPLE_REGISTERED, "doselane/quality", sample, 1, at, data)
        await self.bus.publish("doselane.quality", [event])
        async with asyncio.timeout(60):
            while not await self.database.pool.fetchval("SELECT count(*) FROM inbox WHERE event_id = $1", event.id):
                await asyncio.sleep(0.01)


@pytest.fixture
async def desk(databases: Databases, tmp_path: Path) -> AsyncIterator[LaboratoryDesk]:
    mapping = tmp_path / "lab.yaml"
    mapping.write_text(MAPPING)
    auth = {"type": "header_key", "header": "x-api-key", "secrets": [KEY]}
    account = {"partner": "partners/lab", "adapter": "lims_generic", "auth": auth, "options": OPTIONS}
    accounts = json.dumps({"lab": {**account, "mapping": str(mapping)}})
    database = await Database.connect(await databases.prepared("exchange", exchange_schema), "exchange", pool_size=6)
    bus, clock = MemoryBus(), VirtualClock(RECEIVED)
    host = service(Settings(accounts=SecretStr(accounts)), database, bus, Issuer().verifier(), clock=clock)
    tasks = [asyncio.create_task(each()) for each in host.background]
    server = HttpServer(host.door, "127.0.0.1:0")
    await server.start()
    address, key = f"http://127.0.0.1:{server.port}", {"x-api-key": KEY}
    async with httpx.AsyncClient(base_url=address, headers=key, timeout=60) as http:
        yield LaboratoryDesk(database, bus, clock, http)
    await server.stop(1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()


def notes(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return [note.get("warnings", []) for note in answer.json()["notes"]]


async def test_results_of_all_three_kinds_are_published_with_their_laboratory(desk: LaboratoryDesk) -> None:
    await desk.registered(SAMPLE)
    assert notes(await desk.push(results(a_result(value="<0.5")))) == [[]]
    row = f"A-2,{SAMPLE},GMP-ENDO,verified,2.50,EU/mL,2026-12-01 09:30\n"
    assert notes(await desk.upload(CSV + row)) == [[]]
    assert notes(await desk.chromatogram(a_chromatogram())) == [[], []]
    found = [(each.result_id, each.test, each.value, each.unit, each.parser) for each in await desk.reported()]
    assert found == [
        ("A-1", "radiochemical_purity", "<0.5", "%", ""),
        ("A-2", "endotoxin", "2.50", "IU/mL", ""),
        ("INJ-1/unbound_lutetium", "unbound_lutetium", "0.32", "%", "converter 0.1.150"),
        ("INJ-1/radiochemical_purity", "radiochemical_purity", "99.68", "%", "converter 0.1.150"),
    ]
    event = (await desk.events("result.reported"))[0]
    report = ResultReported.FromString(event.data)
    assert (report.laboratory, report.adapter, event.subject) == ("partners/lab", "lims_generic", report.message)


async def test_a_repetition_counts_once_and_each_new_word_counts(desk: LaboratoryDesk) -> None:
    await desk.registered(SAMPLE)
    said = [
        a_result(),
        a_result(state="retracted", changed_at="2026-12-01T10:00Z"),
        a_result(value="99.40", changed_at="2026-12-01T10:30Z"),
        a_result(value="99.40", state="retracted", changed_at="2026-12-01T11:00Z"),
    ]
    for each in said:
        assert notes(await desk.push(results(each))) == [[]]
    assert (await desk.push(results(said[0]))).json()["state"] == "REPEATED"
    beside = await desk.push(results(said[0], a_result(result_id="A-9")))
    assert notes(beside) == [["EVENT_REPEATED"], []]
    told = [(each.state, each.value) for each in await desk.reported()]
    assert told == [
        (Result.VERIFIED, "99.50"), (Result.RETRACTED, "99.50"), (Result.VERIFIED, "99.40"),
        (Result.RETRACTED, "99.40"), (Result.VERIFIED, "99.50"),
    ]  # fmt: skip


async def test_a_changed_story_without_a_new_time_is_refused_and_told_of(desk: LaboratoryDesk) -> None:
    await desk.push(results(a_result()))
    answer = await desk.push(results(a_result(value="99.9"), a_result(result_id="A-2")))
    assert (answer.status_code, answer.json()["reason"]) == (409, "EVENT_CHANGED")
    assert [each.value for each in await desk.reported()] == ["99.50"]
    assert await desk.refusals() == [("partners/lab", "EVENT_CHANGED")]


async def test_a_result_of_an_unknown_sample_is_taken_and_pointed_out(desk: LaboratoryDesk) -> None:
    assert notes(await desk.push(results(a_result(samples=["LAB-404"])))) == [["SAMPLE_UNKNOWN"]]
    assert [list(each.sample_references) for each in await desk.reported()] == [["LAB-404"]]


async def test_what_is_refused_is_kept_told_of_and_answered_with_every_mistake(desk: LaboratoryDesk) -> None:
    answer = await desk.push(results(a_result(value=None), a_result(state="odd")))
    assert (answer.status_code, answer.json()["reason"]) == (400, "BODY_NOT_RESULTS")
    assert answer.json()["facts"]["place"] == "/results/0/value"
    assert "(/results/1/state)" in answer.json()["detail"]
    assert (await desk.upload(CSV + "A-1\n")).json()["facts"]["place"] == "row 2"
    assert (await desk.upload(CSV, kind="application/json")).status_code == 415
    assert (await desk.chromatogram({})).json()["reason"] == "MANIFEST_UNKNOWN"
    reasons = [reason for _, reason in await desk.refusals()]
    assert reasons == ["BODY_NOT_RESULTS", "BODY_NOT_CSV", "FORMAT_NOT_SUPPORTED", "MANIFEST_UNKNOWN"]
    assert await desk.database.pool.fetchval("SELECT count(*) FROM message WHERE body IS NOT NULL") == 4
    assert await desk.reported() == []


async def test_a_large_chromatogram_is_read_and_one_of_a_hundred_megabytes_is_refused(desk: LaboratoryDesk) -> None:
    signal = a_signal(*PEAKS)
    curve = [float(number) for number in range(200_000)]
    signal["chromatogram data cube"]["data"] = {"measures": [curve], "dimensions": [curve]}
    body = json.dumps(a_chromatogram(an_injection(signal))).encode()
    assert len(body) > 3 << 20
    kind = {"content-type": "application/json"}
    answer = await desk.http.post("/lims/lab/allotrope", content=body, headers=kind)
    assert notes(answer) == [["SAMPLE_UNKNOWN"]] * 2

    async def streamed() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * (1 << 20)

    declared = {**kind, "content-length": str(100 << 20)}
    refused = await desk.http.post("/lims/lab/allotrope", content=streamed(), headers=declared)
    assert (refused.status_code, refused.json()["reason"]) == (413, "BODY_TOO_LARGE")
    assert await desk.refusals() == [("partners/lab", "BODY_TOO_LARGE")]


async def test_a_converters_own_file_comes_through(desk: LaboratoryDesk) -> None:
    body = interface("lims/allotrope/radio-hplc-synthetic.asm.json").read_bytes()
    answer = await desk.http.post("/lims/lab/allotrope", content=body, headers={"content-type": "application/json"})
    assert {tuple(each) for each in notes(answer)} == {("EVENT_OLD", "SAMPLE_UNKNOWN")}
    found = [(each.result_id, each.value) for each in await desk.reported() if each.test == "radiochemical_purity"]
    assert found == [("INJ-0001/radiochemical_purity", "99.68"), ("INJ-0002/radiochemical_purity", "93.09")]
