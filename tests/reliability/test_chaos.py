"""Chaos over a running simulation: services and PostgreSQL killed, Kafka stopped, events doubled; nothing is lost.

The short form in `make test` has few orders, and strikes at calls of the story. The long one has all orders of its
days, and strikes whenever it likes.
"""

import asyncio
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from services.local.services import NAMES
from services.local.simulation.cast import cast_of
from services.local.simulation.fate import DrawnOrder, DrawnRun, Fate
from services.local.simulation.faults import FaultPlan
from services.local.simulation.playing import Simulation
from services.local.simulation.rescuing import Policy
from tests.support.chaos import KAFKA_STARTS, KAFKA_STOPS, POSTGRES, Chaos, broken_chains, broker, in_topics, parked
from tests.support.scattered import ScatteredGateway

FAULTS = FaultPlan(
    batch_failure=0.25, short_yield=0.25, missed_departure=0.25, repeated_events=0.5, reordered_events=0.5
)
# Of the long form, between two faults: so that what one has broken is being mended when the next comes, or just was.
PAUSE_S = (2.0, 6.0)
# The short form's seed has a failed run, one that yields too little, and doses that are rescued.
SEED, ORDERS_A_RUN = 41, 2
# Nothing outlives the test, so no file waits for the disk; a process that dies loses nothing of what is in the kernel.
UNSYNCED = {"fsync": "off", "full_page_writes": "off"}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: any other session of it that begins closes those to PostgreSQL, which runs as another user."""
    with tempfile.TemporaryDirectory(prefix="doselane-chaos-", ignore_cleanup_errors=True) as made:
        yield Path(made)


class FewOrders(Fate):
    """The same story with some of its orders."""

    def orders(self, run: DrawnRun) -> Sequence[DrawnOrder]:
        return super().orders(run)[:ORDERS_A_RUN]


@pytest.mark.kafka
@pytest.mark.slow
async def test_whatever_falls_in_two_days_no_promise_and_no_event_is_lost(
    folder: Path, tell: Callable[[str], None]
) -> None:
    kafka = await asyncio.to_thread(broker, folder / "kafka")
    brokers = kafka.bootstrap if kafka else ""
    try:
        async with (
            ScatteredGateway(folder, database_settings=UNSYNCED, brokers=brokers) as gateway,
            cast_of(gateway) as cast,
        ):
            chaos = Chaos(gateway, kafka)
            striking = asyncio.create_task(chaos.strike())
            report = await Simulation(gateway, cast, FewOrders(SEED, FAULTS), Policy.TOWER, print).play(2)
            gateway.traffic.end()
            await striking
            relayed = await in_topics(gateway.databases["streams"], kafka) if kafka else None
            broken, kept_back = await broken_chains(gateway.databases), await parked(gateway.databases.values())
    finally:
        if kafka:
            await asyncio.to_thread(kafka.stop)
    traffic = gateway.traffic
    tell(
        f"chaos: {dict(chaos.fallen)}; {sum(traffic.broken.values())} calls broke midway, {chaos.doubled} events were "
        f"handed on again, {traffic.doubled} pushes came twice; {dict(report.outcomes)}, {report.rescued} rescued; "
        f"{report.events} events in feeds; in topics (there, lacking, twice): {relayed or 'no Kafka here'}"
    )
    assert chaos.fallen == dict.fromkeys([*NAMES, POSTGRES, *([KAFKA_STOPS, KAFKA_STARTS] if kafka else [])], 1)
    assert report.good, report
    assert broken == [] and kept_back == 0
    assert relayed is None or (relayed[0] >= report.events and relayed[1] == 0)
    assert min(chaos.doubled, traffic.doubled, report.rescued, report.treated, traffic.passed["ApplyRescue"]) > 0
    assert report.promised == report.treated + report.lost


@pytest.mark.long
async def test_whatever_is_killed_no_promise_and_no_event_is_lost(folder: Path) -> None:
    chance = random.Random(11)
    async with ScatteredGateway(folder) as gateway, cast_of(gateway) as cast:
        simulation = Simulation(gateway, cast, Fate(11, FAULTS), Policy.FIRST_COME, print)
        playing = asyncio.create_task(simulation.play(2))
        victims = [*gateway.processes.values()]
        chance.shuffle(victims)
        for number, victim in enumerate(victims):
            await asyncio.sleep(chance.uniform(*PAUSE_S))  # chaos has no event to wait for
            if playing.done():
                break
            print(f"kill -9 {victim.name}")
            await victim.kill()
            if number == len(victims) // 2:
                print("kill -9 postgres")
                await gateway.restart_postgres()
        report = await playing
        kills = {process.name: process.kills for process in gateway.processes.values()}
        broken = await broken_chains(gateway.databases)
    print(report, kills)
    assert set(kills.values()) == {1}, "each service was to be killed once"
    assert broken == []
    assert report.good, report
    assert report.promised == report.treated + report.lost > 0
