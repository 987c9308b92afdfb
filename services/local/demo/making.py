"""Runs are made: each begins in time, ends as planned, and measures a little more than was pledged."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from doselane.capacity.v1 import capacity_pb2

from services.kernel.ids import uuid7
from services.local.demo.agenda import Agenda
from services.local.demo.doors import Program

PRODUCTION = timedelta(hours=2)
# As the products of the sandbox world are made: activity concentration at the end of synthesis, in MBq/mL.
MBQ_PER_ML = {"products/lu-ligand": 1000, "products/ac-ligand": 2, "products/pb-ligand": 50}
PERCENT_OF_PLEDGE = 103
Say = Callable[[str], None]


def ready_at(run: capacity_pb2.Run) -> datetime:
    """When synthesis is planned to end."""
    return run.end_of_synthesis_time.ToDatetime(tzinfo=UTC)


def make(agenda: Agenda, planner: Program, run: capacity_pb2.Run, say: Say) -> None:
    """Enter the production of a run."""

    async def start() -> None:
        request = capacity_pb2.StartRunRequest(name=run.name, request_id=str(uuid7()))
        await planner.call("CapacityService", "StartRun", request)

    async def complete() -> None:
        made = await _complete(planner, run)
        measured = made.production.measured
        say(
            f"{ready_at(run):%A %H:%M} UTC: a run of {run.product.removeprefix('products/')} is made as planned and "
            f"measures {measured.activity_kbq / 1e6:.3g} GBq in {measured.volume_ul / 1000:.0f} mL."
        )

    agenda.at(ready_at(run) - PRODUCTION, start)
    agenda.at(ready_at(run), complete)


async def _complete(planner: Program, run: capacity_pb2.Run) -> capacity_pb2.Run:
    activity_kbq = run.pledged.reference_activity_kbq * PERCENT_OF_PLEDGE // 100
    measured = capacity_pb2.MeasuredYield(
        activity_kbq=activity_kbq,
        measure_time=run.end_of_synthesis_time,
        volume_ul=activity_kbq // MBQ_PER_ML[run.product],
        vials=run.pledged.vials,
    )
    request = capacity_pb2.CompleteRunRequest(
        name=run.name, end_of_synthesis_time=run.end_of_synthesis_time, measured=measured, request_id=str(uuid7())
    )
    answer = await planner.call("CapacityService", "CompleteRun", request)
    produced: capacity_pb2.Run = answer.run
    return produced
