"""What `doselane simulate` does: a whole gateway for each play, and nothing of it remains but what was found."""

import asyncio
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from services.kernel import log as json_log
from services.local import postgres
from services.local.gateway import Gateway, Plan
from services.local.simulation.cast import cast_of
from services.local.simulation.charts import chart, page
from services.local.simulation.fate import Fate
from services.local.simulation.faults import TYPICAL, read_faults
from services.local.simulation.playing import Simulation
from services.local.simulation.report import SimulationReport
from services.local.simulation.rescuing import Policy

# Nothing of the database outlives the play, so nothing waits for the disk.
UNKEPT = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PlayOrder:
    """What is to be played."""

    fate: Fate
    days: int
    policy: Policy


def asked(seed: int, days: int, faults: str | None, policies: Collection[str]) -> Sequence[PlayOrder]:
    """The plays that are asked for, one a policy; ValueError for faults or policies that there are not."""
    plan = TYPICAL if faults is None else read_faults(faults)
    if unknown := sorted(set(policies) - set(Policy)):
        raise ValueError(f"there is no policy {', '.join(unknown)}; known are {', '.join(Policy)}")
    return [PlayOrder(Fate(seed, plan), days, Policy(policy)) for policy in policies or (Policy.TOWER,)]


def simulate(order: PlayOrder, say: Say) -> SimulationReport:
    """Plays on a gateway of its own, on an embedded database."""
    if not logging.getLogger().hasHandlers():  # a program that simulates has logs of its own
        json_log.setup("ERROR")
    return uvloop.run(_played(order, say))


def write(reports: Sequence[SimulationReport], folder: Path) -> Sequence[Path]:
    """Writes figures, picture and page into a folder; the files."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = chart(reports)
    files = {name: folder / f"simulation.{name}" for name in ("json", "png", "html")}
    files["json"].write_text(json.dumps([report.told() for report in reports], indent=2) + "\n", encoding="utf-8")
    files["png"].write_bytes(picture)
    files["html"].write_text(page(reports, picture), encoding="utf-8")
    return list(files.values())


async def _played(order: PlayOrder, say: Say) -> SimulationReport:
    folder = Path(tempfile.mkdtemp(prefix="doselane-simulation-"))
    try:
        with postgres.start(folder / "postgres", settings=UNKEPT) as server:
            plan = Plan(server.create_database("simulation"), folder, twins=True)
            async with Gateway(plan) as gateway, cast_of(gateway) as cast:
                return await Simulation(gateway, cast, order.fate, order.policy, say).play(order.days)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
