"""A host, LIMSML and a LIMS's twin on real sockets: samples are logged in once, and results come by themselves."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from doselane.lims.v1.events_pb2 import MessageRefused, ResultReported
from doselane.lims.v1.lims_pb2 import Result
from doselane.quality.v1.batch_pb2 import Sample
from doselane.quality.v1.events_pb2 import SampleRegistered
from pydantic import SecretStr
from starlette.responses import Response

from adapters.host.deliveries import DeliveryState
from adapters.host.main import service
from adapters.host.settings import Settings
from adapters.lims_limsml import ADAPTER
from adapters.sandbox.limsml import XML, LimsmlTwin
from adapters.sandbox.limsml_wire import answer, envelope, error
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.couriers import NOW, exchange_schema
from tests.support.limsml import MAPPING, PASSWORD, USER, options
from tests.support.postgres import Databases
from tests.support.sent import WatchedDeliveries
from tests.support.tokens import Issuer

LABORATORY = "partners/lab"
SAMPLE = "batches/b1/samples/s1"
TESTS = ("radiochemical_purity", "appearance")


@dataclass
class LimsmlBench(WatchedDeliveries):
    """A host of laboratories, and the twin that it reaches."""

    twin: LimsmlTwin
    database: Database
    bus: MemoryBus
    clock: VirtualClock

    async def registered(self, name: str = SAMPLE, *, tests: tuple[str, ...] = TESTS, days: float = 2) -> None:
        """A sample was registered, as quality would say."""
        at = self.clock.now()
        sample = Sample(name=name, product="products/lu", tests=tests, laboratory=LABORATORY, sample_time=stamp(at))
        said = SampleRegistered(sample=sample, result_until_time=stamp(at + timedelta(days=days)))
        data = said.SerializeToString()
        event = Event(
            uuid7(), "doselane.quality.sample.registered.v1", "doselane/quality", "batches/b1", 1, at, data
        )  # fmt: skip
        await self.bus.publish("doselane.quality", [event])

    async def results(self) -> list[Result]:
        """The results that were published, in order."""
        rows = await self.database.pool.fetch("SELECT * FROM outbox ORDER BY seq")
        told = [event_of(row) for row in rows]
        return [
            ResultReported.FromString(event.data).result
            for event in told
            if event.type == "doselane.lims.result.reported.v1"
        ]

    async def refusals(self) -> list[MessageRefused]:
        """The refusals that were published."""
        rows = await self.database.pool.fetch("SELECT * FROM outbox ORDER BY seq")
        told = [event_of(row) for row in rows]
        return [
            MessageRefused.FromString(event.data) for event in told if event.type == "doselane.lims.message.refused.v1"
        ]

    async def reported(self, number: int) -> list[Result]:
        """The results once there are so many."""

        async def holds() -> bool:
            return len(await self.results()) >= number

        await self.until(holds)
        return await self.results()


@asynccontextmanager
async def running(dsn: str, folder: Path, *, every_s: float = 0.05, **changes: Any) -> AsyncIterator[LimsmlBench]:
    clock = VirtualClock(NOW + timedelta(hours=1))
    twin = LimsmlTwin(clock, USER, PASSWORD)
    server = HttpServer(twin.app, "127.0.0.1:0")
    await server.start()
    mapping = folder / "site.yaml"
    mapping.write_text(MAPPING)
    account = {
        "partner": LABORATORY,
        "adapter": "lims_limsml",
        "options": options(**changes),
        "mapping": str(mapping),
        "connection": {"url": f"http://127.0.0.1:{server.port}", "every": {"limsml.results": every_s}},
    }
    database = await Database.connect(dsn, "exchange", pool_size=6)
    bus = MemoryBus()
    settings = Settings(accounts=SecretStr(json.dumps({"lab": account})), look_every=timedelta(seconds=0.02))
    host = service(settings, database, bus, Issuer().verifier(), clock=clock, adapters={"lims_limsml": ADAPTER})
    tasks = [asyncio.create_task(each()) for each in host.background]
    try:
        yield LimsmlBench(twin, database, bus, clock)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await database.close()
        await server.stop(0)


@pytest.fixture
async def dsn(databases: Databases) -> str:
    return await databases.prepared("exchange", exchange_schema)


@pytest.fixture
async def bench(dsn: str, tmp_path: Path) -> AsyncIterator[LimsmlBench]:
    async with running(dsn, tmp_path) as made:
        yield made


async def test_a_sample_is_logged_in_tested_retested_and_its_results_are_published(bench: LimsmlBench) -> None:
    await bench.registered()
    (sent,) = await bench.ended(DeliveryState.SENT)
    assert (sent.words, sent.attempts) == ("logged in as 41", 1)
    (sample,) = bench.twin.samples.values()
    assert (sample.fields["lot"], sample.analyses) == ("batches/b1", ("HPLC_RCP", "VISUAL"))
    bench.twin.tested("41", "7001", "RCP", result="<97.5", units="%", status="C")
    await bench.reported(1)
    bench.twin.tested("41", "7001", "RCP", status="A")
    await bench.reported(2)
    bench.clock.advance_to(bench.clock.now() + timedelta(minutes=5))
    bench.twin.tested("41", "7009", "RCP", result="99.1", units="%", status="A", retest_of="7001", replicate="2")
    bench.twin.tested("41", "7002", "APPEARANCE", result="clear", status="A")
    first, second, *others = await bench.reported(4)
    assert (first.state, second.state, second.value) == (Result.PRELIMINARY, Result.VERIFIED, "<97.5")
    assert {(each.result_id, each.test, each.value, each.unit, each.replaces, each.replicate) for each in others} == {
        ("7009/RCP", "radiochemical_purity", "99.1", "%", "7001/RCP", 2),
        ("7002/APPEARANCE", "appearance", "clear", "", "", 0),
    }
    assert list(first.sample_references) == [SAMPLE, "41"]
    heard = len(bench.twin.calls)

    async def asked_again() -> bool:
        return bench.twin.calls[heard:].count("GET_RESULTS SAMPLE") > 2

    await bench.until(asked_again)
    assert len(await bench.results()) == 4


async def test_a_lost_answer_logs_in_no_second_sample(bench: LimsmlBench) -> None:
    bench.twin.lose_answers = 1
    await bench.registered()
    (sent,) = await bench.ended(DeliveryState.SENT)
    assert (sent.words, sent.attempts) == ("logged in as 41", 2)
    assert bench.twin.number_of(SAMPLE) == ["41"]
    assert bench.twin.calls.count("LOGIN_SAMPLE SAMPLE") == 1


@pytest.mark.parametrize("command", ["LOGIN_SAMPLE", "FIND", "GET_RESULTS", "LOGOUT"])
async def test_a_session_that_ends_in_between_is_survived(bench: LimsmlBench, command: str) -> None:
    bench.twin.expire_before = command
    await bench.registered()
    (sent,) = await bench.ended(DeliveryState.SENT)
    bench.twin.tested("41", "7001", "RCP", result="99.1", units="%", status="A")
    assert [each.value for each in await bench.reported(1)] == ["99.1"]
    assert bench.twin.expire_before == ""
    assert bench.twin.number_of(SAMPLE) == ["41"]
    # A write is not repeated without a look; what only reads is repeated at once.
    assert sent.attempts == (2 if command == "LOGIN_SAMPLE" else 1)


async def test_no_session_is_left_over_and_one_licence_is_enough(bench: LimsmlBench) -> None:
    for number in range(1, 4):
        await bench.registered(f"batches/b1/samples/s{number}")
    await bench.ended(DeliveryState.SENT, DeliveryState.SENT, DeliveryState.SENT)

    async def logged_out() -> bool:
        return not bench.twin.sessions

    await bench.until(logged_out)
    assert bench.twin.licences == 1
    assert {each for each in bench.twin.calls if "Session" in each} == {
        "StartSession", "ContinueSession", "EndSession"
    }  # fmt: skip


async def test_without_a_licence_it_is_tried_again(bench: LimsmlBench) -> None:
    bench.twin.licences = 0
    await bench.registered()

    async def refused() -> bool:
        found = await bench.deliveries()
        return bool(found) and found[0].attempts > 1

    await bench.until(refused)
    bench.twin.licences = 1
    (sent,) = await bench.ended(DeliveryState.SENT)
    assert sent.attempts > 1


async def test_a_wrong_password_is_declined_and_never_shown(
    dsn: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(dsn, tmp_path, password="not-the-password") as bench:
        await bench.registered()
        (parked,) = await bench.ended(DeliveryState.PARKED)
        assert parked.words == "the login failed: The user or password is invalid (LIMS-401)"
        stored = [str(dict(row)) for row in await bench.database.pool.fetch("SELECT * FROM delivery")]
    assert "not-the-password" not in caplog.text + "".join(stored)


async def test_what_the_site_lacks_is_named(dsn: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log_in = {"action": "MAKE_SAMPLE", "fields": {"customer_ref": "{sample}"}}
    async with running(dsn, tmp_path, log_in=log_in) as bench:
        bench.twin.actions.remove(("sample", "GET_RESULTS", "data"))
        await bench.registered()
        (parked,) = await bench.ended(DeliveryState.PARKED)
        words = "the site does not offer the action GET_RESULTS of SAMPLE; the action MAKE_SAMPLE of SAMPLE"
        assert parked.words == words

        async def logged() -> bool:
            return "the mapping of lab (" in caplog.text and "does not fit" in caplog.text

        await bench.until(logged)
        assert bench.twin.samples == {}


async def test_a_parameter_that_the_site_wants_is_named(dsn: str, tmp_path: Path) -> None:
    log_in = {"action": "LOGIN_SAMPLE", "fields": {"customer_ref": "{sample}"}, "response_type": "data"}
    async with running(dsn, tmp_path, log_in=log_in) as bench:
        await bench.registered()
        (parked,) = await bench.ended(DeliveryState.PARKED)
        assert "the action LOGIN_SAMPLE of SAMPLE with the answer data (it gives system)" in parked.words
        assert "a value for the parameter TEMPLATE of LOGIN_SAMPLE" in parked.words


async def test_a_test_that_the_laboratory_does_not_know_is_declined(bench: LimsmlBench) -> None:
    await bench.registered(tests=("radiochemical_purity", "sterility"))
    (parked,) = await bench.ended(DeliveryState.PARKED)
    assert parked.words == "log_in.analyses has no line for sterility"
    assert bench.twin.samples == {}


async def test_a_reference_that_the_lims_cuts_off_is_told(bench: LimsmlBench) -> None:
    await bench.registered(f"batches/{'b' * 120}/samples/s1")
    (parked,) = await bench.ended(DeliveryState.PARKED)
    assert "is the field too short for it?" in parked.words


async def test_what_is_not_logged_in_when_its_time_is_over_is_given_up(dsn: str, tmp_path: Path) -> None:
    async with running(dsn, tmp_path, every_s=3600) as bench:
        bench.twin.licences = 0
        await bench.registered(days=0.001)
        (given_up,) = await bench.ended(DeliveryState.GIVEN_UP)
        assert "There is no free licence" in given_up.words


async def test_a_row_without_its_unit_is_refused_where_an_operator_sees_it(bench: LimsmlBench) -> None:
    await bench.registered()
    await bench.ended(DeliveryState.SENT)
    bench.twin.tested("41", "7001", "RCP", result="99.1", status="A")

    async def refused() -> bool:
        return bool(await bench.refusals())

    await bench.until(refused)
    assert (await bench.refusals())[0].reason == "UNIT_MISSING"
    bench.twin.tested("41", "7001", "RCP", units="%")
    assert [each.value for each in await bench.reported(1)] == ["99.1"]


async def test_a_session_that_could_not_be_ended_is_ended_before_the_next_one(dsn: str, tmp_path: Path) -> None:
    async with running(dsn, tmp_path, every_s=3600) as bench:

        async def compared() -> bool:
            return "LOGOUT USER" in bench.twin.calls and not bench.twin.sessions

        async def polled() -> bool:
            return await bench.database.pool.fetchval("SELECT count(*) FROM cursor WHERE lease_until IS NULL") == 1

        # Both happen at the start, and the session that is not ended is to be that of a sample.
        await bench.until(compared)
        await bench.until(polled)
        bench.twin.fault_on = "LOGOUT"
        await bench.registered()
        await bench.ended(DeliveryState.SENT)
        assert len(bench.twin.sessions) == bench.twin.licences
        await bench.registered("batches/b1/samples/s2")
        (_, sent) = await bench.ended(DeliveryState.SENT, DeliveryState.SENT)
        assert (sent.attempts, bench.twin.sessions) == (1, {})


async def test_a_sample_that_cannot_be_asked_for_keeps_back_no_other(bench: LimsmlBench) -> None:
    await bench.registered()
    await bench.ended(DeliveryState.SENT)
    await bench.registered("batches/b1/samples/s2")
    await bench.ended(DeliveryState.SENT, DeliveryState.SENT)
    bench.twin.samples[" 41"] = bench.twin.samples.pop("41")  # FIND still tells of it, GET_RESULTS no longer
    bench.twin.tested("42", "7001", "RCP", result="99.1", units="%", status="A")
    (only,) = await bench.reported(1)
    assert list(only.sample_references) == ["batches/b1/samples/s2", "42"]


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
SPOILT = {
    "error": Response(answer("", (), [error(below=error("Out of order"))]), media_type=XML),
    "error without words": Response(answer("", (), [error()]), media_type=XML),
    "nothing": Response(answer("", (), ()), media_type=XML),
    "fault": Response(envelope("<s:Fault><faultcode>s:Server</faultcode></s:Fault>"), media_type=XML),
    "page": Response("<html>sign in</html>", media_type="text/html"),
    "bomb outside": Response(envelope("&b;").replace(b"?>", b"?>" + BOMB.encode(), 1), media_type=XML),
    "bomb inside": Response(
        envelope(
            '<ProcessResponse xmlns="http://www.thermo.com/informatics/xmlns/limswebservice"><ProcessResult>'
            f"{BOMB.replace('&', '&amp;').replace('<', '&lt;')}&lt;x>&amp;b;&lt;/x></ProcessResult></ProcessResponse>"
        ),
        media_type=XML,
    ),
}


@pytest.mark.parametrize("spoilt", SPOILT)
async def test_a_spoilt_answer_to_a_poll_is_survived(bench: LimsmlBench, spoilt: str) -> None:
    await bench.registered()
    await bench.ended(DeliveryState.SENT)
    bench.twin.faults.append(SPOILT[spoilt])

    async def heard() -> bool:
        return not bench.twin.faults

    await bench.until(heard)
    # If it was a logout that was spoilt, SampleManager keeps the licence until the session's time is over.
    bench.clock.advance(bench.twin.session_life + timedelta(seconds=1))
    bench.twin.tested("41", "7001", "RCP", result="99.1", units="%", status="A")
    assert [each.value for each in await bench.reported(1)] == ["99.1"]


async def test_nothing_that_is_kept_or_logged_holds_a_session_or_a_password(
    bench: LimsmlBench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await bench.registered()
    await bench.ended(DeliveryState.SENT)
    bench.twin.tested("41", "7001", "RCP", result="99.1", units="%", status="A")
    await bench.reported(1)
    kept = [bytes(row["body"]) for row in await bench.database.pool.fetch("SELECT body FROM message")]
    assert kept
    everything = caplog.text.encode() + b"".join(kept)
    assert PASSWORD.encode() not in everything
    assert b"SESSION" not in everything
    assert not [session for session in bench.twin.sessions if session.strip().encode() in everything]
