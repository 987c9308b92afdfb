"""Chaos over a running simulation: each service killed once, PostgreSQL too, events doubled; nothing is lost."""

import asyncio
import random
from pathlib import Path

import pytest

from services.kernel import event_log
from services.kernel.db import Database
from services.local.simulation.cast import cast_of
from services.local.simulation.fate import Fate
from services.local.simulation.faults import FaultPlan
from services.local.simulation.playing import Simulation
from services.local.simulation.rescuing import Policy
from tests.support.scattered import ScatteredGateway

FAULTS = FaultPlan(batch_failure=0.2, short_yield=0.2, missed_departure=0.2, repeated_events=0.5, reordered_events=0.5)
# Between two faults: so that what one has broken is being mended when the next comes, or has just been.
PAUSE_S = (2.0, 6.0)


@pytest.mark.long
async def test_whatever_is_killed_no_promise_and_no_event_is_lost(tmp_path: Path) -> None:
    chance = random.Random(11)
    async with ScatteredGateway(tmp_path) as gateway, cast_of(gateway) as cast:
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
        chains = {name: await _verified(database) for name, database in gateway.databases.items()}
    print(report, kills, {name: chain.count for name, chain in chains.items()})
    assert set(kills.values()) == {1}, "each service was to be killed once"
    assert [name for name, chain in chains.items() if not chain.intact] == []
    assert report.good, report
    assert report.promised == report.treated + report.lost > 0


async def _verified(database: Database) -> event_log.Verified:
    """Whether a service's log of events is one chain without a gap."""
    async with database.transaction() as connection:
        return await event_log.verify(connection)
