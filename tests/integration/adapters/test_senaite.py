"""A laboratory that works with SENAITE: a sample is registered once, and its results come by themselves."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from doselane.lims.v1.events_pb2 import ResultReported
from doselane.lims.v1.lims_pb2 import Result
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from adapters.host import deliveries
from adapters.host.deliveries import DeliveryState
from adapters.host.main import SCHEMA, service
from adapters.host.settings import Settings
from adapters.lims_senaite import ADAPTER
from adapters.lims_senaite.client import SenaiteClient
from adapters.outbound import Away
from adapters.sandbox.senaite import SenaiteLaboratory, SenaiteTwin
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database, migrate
from services.kernel.event_log import event_of
from services.kernel.http import HttpServer
from tests.support.postgres import Databases
from tests.support.senaite import (
    LABORATORY,
    MAPPING,
    NOW,
    OPTIONS,
    PASSWORD,
    SAMPLE,
    SAMPLE_TYPE,
    USER,
    a_laboratory,
    given,
    registered,
)
from tests.support.sent import WatchedDeliveries
from tests.support.tokens import Issuer

STATE = Result.State
SITE = "/senaite"  # a site need not stand at the root of its server


@dataclass
class LaboratoryDay(WatchedDeliveries):
    """A host of laboratories that reaches the twin of SENAITE."""

    database: Database
    bus: MemoryBus
    clock: VirtualClock
    laboratory: SenaiteLaboratory
    twin: SenaiteTwin

    async def ask(self, *tests: str, **sample: Any) -> None:
        await self.bus.publish("doselane.quality", [registered(*tests, **sample)])

    async def results(self) -> list[Result]:
        rows = await self.database.pool.fetch("SELECT * FROM outbox ORDER BY seq")
        events = [event_of(row) for row in rows]
        told = [event for event in events if event.type == "doselane.lims.result.reported.v1"]
        assert all(event.partner == LABORATORY for event in told)
        return [ResultReported.FromString(event.data).result for event in told]

    async def told(self, *expected: tuple[str, Any, str]) -> list[Result]:
        """The results, once the newest word on each analysis is as expected: test, state and value."""

        async def holds() -> bool:
            newest = {each.result_id: each for each in await self.results()}
            return sorted(expected) == sorted((each.test, each.state, each.value) for each in newest.values())

        await self.until(holds)
        return await self.results()


async def lims_schema(dsn: str) -> None:
    database = await Database.connect(dsn, "lims", pool_size=2)
    await migrate(database, SCHEMA)
    await database.close()


@asynccontextmanager
async def a_day(dsn: str, mapping: Path, text: str = MAPPING, **every: float) -> AsyncIterator[LaboratoryDay]:
    clock = VirtualClock(NOW + timedelta(hours=1))
    laboratory = a_laboratory(clock)
    twin = SenaiteTwin(laboratory, USER, PASSWORD)
    twin.app.mount(SITE, twin.app)
    other_side = HttpServer(twin.app, "127.0.0.1:0")
    await other_side.start()
    credentials = {"type": "basic", "user": USER, "password": PASSWORD}
    pauses = {"senaite.samples": 0.05, "senaite.followed": 3600} | {f"senaite.{name}": s for name, s in every.items()}
    connection = {"url": f"http://127.0.0.1:{other_side.port}{SITE}", "credentials": credentials, "every": pauses}
    account = {"partner": LABORATORY, "adapter": "lims_senaite", "options": OPTIONS, "mapping": _written(mapping, text),
               "connection": connection}  # fmt: skip
    database, bus = await Database.connect(dsn, "lims", pool_size=6), MemoryBus()
    settings = Settings(accounts=SecretStr(json.dumps({"lab": account})), look_every=timedelta(seconds=0.02))
    host = service(settings, database, bus, Issuer().verifier(), clock=clock, adapters={"lims_senaite": ADAPTER})
    tasks = [asyncio.ensure_future(each()) for each in host.background]
    try:
        yield LaboratoryDay(database, bus, clock, laboratory, twin)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await other_side.stop(0)
        await database.close()


def _written(mapping: Path, text: str) -> str:
    mapping.write_text(text)
    return str(mapping)


@pytest.fixture
async def dsn(databases: Databases) -> str:
    return await databases.prepared("lims", lims_schema)


@pytest.fixture
async def day(dsn: str, tmp_path: Path) -> AsyncIterator[LaboratoryDay]:
    async with a_day(dsn, tmp_path / "mapping.yaml") as made:
        yield made


def samples(day: LaboratoryDay) -> list[str]:
    return [each["ClientSampleID"] for each in day.laboratory.objects.values() if each["portal_type"] != "Analysis"]


async def test_a_sample_is_registered_and_its_results_come_by_themselves(day: LaboratoryDay) -> None:
    await day.ask()
    (sent,) = await day.ended(DeliveryState.SENT)
    assert sent.words.startswith("registered as LS-0001 (")
    sample, work = day.laboratory.sample(SAMPLE), day.laboratory
    await day.told(("radiochemical_purity", STATE.PENDING, ""), ("endotoxin", STATE.PENDING, ""))
    work.receive(sample)
    work.submit(work.analysis(sample, "RCP"), "99.1", Uncertainty="0.2")
    work.submit(work.analysis(sample, "LAL"), "<20")
    await day.told(("radiochemical_purity", STATE.PRELIMINARY, "99.1"), ("endotoxin", STATE.PRELIMINARY, "<20"))
    work.verify(work.analysis(sample, "RCP"))
    work.verify(work.analysis(sample, "LAL"))
    results = await day.told(("radiochemical_purity", STATE.VERIFIED, "99.1"), ("endotoxin", STATE.VERIFIED, "<20"))
    purity = next(each for each in results[::-1] if each.test == "radiochemical_purity")
    assert (purity.unit, purity.method, purity.uncertainty) == ("%", "HPLC", "0.2")
    assert list(purity.sample_references) == [SAMPLE, "LS-0001"]
    assert len(await day.results()) == len({each.SerializeToString() for each in await day.results()})


async def test_a_retest_and_an_invalidation_are_told(day: LaboratoryDay) -> None:
    await day.ask("endotoxin")
    await day.ended(DeliveryState.SENT)
    sample, work = day.laboratory.sample(SAMPLE), day.laboratory
    work.receive(sample)
    old = work.analysis(sample, "LAL")
    work.submit(old, "3.2")
    new = work.retest(old)
    results = await day.told(("endotoxin", STATE.VERIFIED, "3.2"), ("endotoxin", STATE.PENDING, ""))
    order = [(each.result_id, each.replaces) for each in results if each.result_id in (old["uid"], new["uid"])]
    # When the old one first counts as verified it is known already that it was replaced.
    assert (new["uid"], old["uid"]) in order
    verified = next(
        at for at, each in enumerate(results) if (each.result_id, each.state) == (old["uid"], STATE.VERIFIED)
    )
    assert any(each.replaces == old["uid"] for each in results[:verified])
    work.submit(new, "2.9")
    work.verify(new)
    work.verify_sample(sample)
    await day.told(("endotoxin", STATE.VERIFIED, "3.2"), ("endotoxin", STATE.VERIFIED, "2.9"))
    copy = work.invalidate(sample)
    ended = [("endotoxin", STATE.INVALIDATED, ""), ("endotoxin", STATE.INVALIDATED, ""), ("", STATE.INVALIDATED, "")]
    await day.told(*ended, ("endotoxin", STATE.PENDING, ""))
    day.clock.advance(timedelta(minutes=5))
    fresh = work.analysis(copy, "LAL")
    work.submit(fresh, "1.1")
    work.verify(fresh)
    results = await day.told(*ended, ("endotoxin", STATE.VERIFIED, "1.1"))
    assert list(results[-1].sample_references) == [SAMPLE, "LS-0001-R01"]


async def test_an_answer_that_is_lost_makes_no_second_sample(day: LaboratoryDay) -> None:
    day.twin.lose_answers = 1
    await day.ask()
    (sent,) = await day.ended(DeliveryState.SENT)
    assert (sent.attempts, samples(day)) == (2, [SAMPLE])
    assert [call for call in day.twin.calls if call.startswith("POST")].count(
        next(call for call in day.twin.calls if "/create/" in call)
    ) == 1


async def test_half_a_sample_is_completed_instead_of_made_again(day: LaboratoryDay) -> None:
    day.twin.half_made = 1
    await day.ask()
    await day.ended(DeliveryState.SENT)
    made = day.laboratory.sample(SAMPLE)
    assert samples(day) == [SAMPLE]
    assert made["Contact"] == OPTIONS["contact"]
    assert sorted(each["getKeyword"] for each in day.laboratory.analyses(made)) == ["LAL", "RCP"]


async def test_a_no_inside_an_answer_of_200_is_parked_with_its_words(dsn: str, tmp_path: Path) -> None:
    async with a_day(dsn, tmp_path / "m.yaml", MAPPING.replace(SAMPLE_TYPE, "0" * 32)) as day:
        await day.ask()
        (parked,) = await day.ended(DeliveryState.PARKED)
        assert "No Objects could be created" in parked.words
        assert samples(day) == []


async def test_a_contact_that_is_dropped_without_a_word_is_noticed(day: LaboratoryDay) -> None:
    day.laboratory._contact = "0" * 32
    await day.ask()
    (parked,) = await day.ended(DeliveryState.PARKED)
    assert "lacks Contact" in parked.words


def refusing(status: int, **body: Any) -> Callable[[], Response]:
    return lambda: JSONResponse({"success": False, **body}, status)


@pytest.mark.parametrize("fault", [
    refusing(503, error="busy"), refusing(500, type="ConflictError", message="try again"), refusing(429),
    refusing(200, message="a traceback of old"), lambda: Response("<html>", 502), lambda: Response("no JSON", 200),
    lambda: JSONResponse({"items": []}),
])  # fmt: skip
async def test_a_fault_that_passes_is_survived(dsn: str, tmp_path: Path, fault: Callable[[], Response]) -> None:
    async with a_day(dsn, tmp_path / "m.yaml", samples=3600) as day:
        # Once the poll has looked, the next who asks is who registers.
        await day.until(lambda: _looked(day))
        day.twin.faults.append(fault)
        await day.ask()
        await day.ended(DeliveryState.SENT)
        assert samples(day) == [SAMPLE]
        assert not day.twin.faults


async def _looked(day: LaboratoryDay) -> bool:
    return bool(await day.database.pool.fetchval("SELECT value FROM cursor WHERE name = 'senaite.samples'"))


async def test_a_password_that_no_longer_holds_is_parked_and_goes_on_when_it_holds_again(day: LaboratoryDay) -> None:
    day.twin.password = "another"
    await day.ask()
    (parked,) = await day.ended(DeliveryState.PARKED)
    assert parked.words.startswith("401: Unauthorized")
    assert PASSWORD not in parked.words
    day.twin.password = PASSWORD
    now = day.clock.now()
    await deliveries.replay(day.database.pool, parked.id, now, now + timedelta(hours=1))
    await day.ended(DeliveryState.SENT)
    await day.told(("radiochemical_purity", STATE.PENDING, ""), ("endotoxin", STATE.PENDING, ""))


async def test_an_analysis_that_changes_without_its_sample_is_told_by_the_second_poll(dsn: str, tmp_path: Path) -> None:
    async with a_day(dsn, tmp_path / "m.yaml", followed=0.05) as day:
        await day.ask("endotoxin")
        await day.ended(DeliveryState.SENT)
        sample, work = day.laboratory.sample(SAMPLE), day.laboratory
        work.receive(sample)
        await day.told(("endotoxin", STATE.PENDING, ""))
        work.changes_samples = False
        work.submit(work.analysis(sample, "LAL"), "3.2")
        await day.told(("endotoxin", STATE.PRELIMINARY, "3.2"))


async def test_more_samples_than_a_page_come_all_and_once(day: LaboratoryDay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.lims_senaite.client.PAGE_SIZE", 3)
    names = [f"batches/b{number}/samples/1" for number in range(14)]
    for name in names:
        day.laboratory.add_sample(OPTIONS["client"], {
            "SampleType": SAMPLE_TYPE, "ClientSampleID": name, "Contact": OPTIONS["contact"], "Analyses": ["2" * 32],
        })  # fmt: skip
    await day.told(*[("endotoxin", STATE.PENDING, "")] * 14)
    results = await day.results()
    assert sorted(each.sample_references[0] for each in results) == sorted(names)


@pytest.mark.parametrize(("fault", "attempts"), [
    (refusing(500, type="ConflictError", message="try again"), 2), (refusing(503), 2),
    (lambda: Response("<html>", 502), 2), (lambda: Response("", 200), 2),
])  # fmt: skip
async def test_a_change_that_fails_in_passing_is_made_once(
    day: LaboratoryDay, fault: Callable[[], Response], attempts: int
) -> None:
    day.twin.spoilt.append(fault)
    await day.ask()
    (sent,) = await day.ended(DeliveryState.SENT)
    assert (sent.attempts, samples(day)) == (attempts, [SAMPLE])


@pytest.mark.parametrize("fault", [
    refusing(400, message="as SENAITE words it"), refusing(404, error="as SENAITE words it"),
    refusing(200, message="as SENAITE words it"),
])  # fmt: skip
async def test_a_change_that_is_refused_is_parked_with_its_words(
    day: LaboratoryDay, fault: Callable[[], Response]
) -> None:
    day.twin.spoilt.append(fault)
    await day.ask()
    (parked,) = await day.ended(DeliveryState.PARKED)
    assert "as SENAITE words it" in parked.words


async def test_a_search_that_came_unfiltered_makes_no_sample(day: LaboratoryDay) -> None:
    for number in range(21):
        day.laboratory.add_sample(OPTIONS["client"], {"SampleType": SAMPLE_TYPE, "ClientSampleID": f"s{number}"})
    day.twin.unknown_indexes.add("getClientSampleID")
    await day.ask()
    (parked,) = await day.ended(DeliveryState.PARKED)
    assert "unfiltered" in parked.words
    assert SAMPLE not in samples(day)


async def test_analyses_that_came_unfiltered_are_nobodys(day: LaboratoryDay) -> None:
    day.twin.unknown_indexes.add("getRequestID")
    fields = {"SampleType": SAMPLE_TYPE, "Analyses": ["2" * 32]}
    for name in ("s1", "s2"):
        day.laboratory.add_sample(OPTIONS["client"], {**fields, "ClientSampleID": name})
    asked = len(day.twin.calls)

    async def asked_twice() -> bool:
        return sum(call == "GET /Analysis" for call in day.twin.calls[asked:]) >= 2

    await day.until(asked_twice)
    assert await day.results() == []
    day.twin.unknown_indexes.clear()
    await day.told(("endotoxin", STATE.PENDING, ""), ("endotoxin", STATE.PENDING, ""))


async def test_a_retest_that_is_ordered_while_we_read_is_noticed() -> None:
    work = a_laboratory(VirtualClock(NOW))
    twin = SenaiteTwin(work, USER, PASSWORD)
    fields = {"SampleType": SAMPLE_TYPE, "ClientSampleID": SAMPLE, "Analyses": ["2" * 32]}
    sample = work.add_sample(OPTIONS["client"], fields)
    assert sample is not None
    work.receive(sample)
    old = work.analysis(sample, "LAL")
    work.submit(old, "3.2")

    async def meanwhile(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith(old["uid"]) and old["review_state"] == "to_be_verified":
            work.retest(old)
        await twin.app(scope, receive, send)

    transport = httpx.ASGITransport(meanwhile)
    async with httpx.AsyncClient(transport=transport, base_url="http://senaite", auth=(USER, PASSWORD)) as http:
        senaite = SenaiteClient(http, given())
        with pytest.raises(Away, match="changed while they were read"):
            await senaite.analyses(sample["id"])
        read = {each["uid"]: each["getRetestOfUID"] for each in await senaite.analyses(sample["id"])}
    assert read == {old["uid"]: None, work.analysis(sample, "LAL")["uid"]: old["uid"]}
