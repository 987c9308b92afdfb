"""Which runs use a delivery, by what proposals became and what capacity told of their runs."""

from collections.abc import Iterator

from doselane.capacity.v1 import capacity_pb2

from services.kernel.db import Connection
from services.kernel.timestamps import instant
from services.planning.domain.plan import PlannedRun
from services.planning.domain.proposals import Proposal, State, run_name_of
from services.planning.domain.uses import Use
from services.planning.store import capacity_runs, proposals


async def of_delivery(conn: Connection, delivery: str) -> list[Use]:
    """The runs that were opened on a delivery and stand, and those that are being opened. Needs the turn."""
    # By what was opened and not by the proposal's state: runs of one that was rejected half-way use isotope as well.
    names = await conn.fetch(
        "SELECT name FROM proposal WHERE state = 'ACCEPTING'"
        " UNION SELECT proposal FROM proposed_run WHERE delivery = $1 ORDER BY 1",
        delivery,
    )
    runs: dict[str, PlannedRun] = {}
    for row in names:
        runs.update(_runs(await proposals.load(conn, row["name"]), delivery))
    told = await capacity_runs.known(conn, list(runs))
    heard = {run.name: capacity_pb2.Run.FromString(run.document) if run.standing else None for run in told.values()}
    return [
        _use(name, planned, heard.get(name)) for name, planned in runs.items() if heard.get(name, planned) is not None
    ]


def _runs(proposal: Proposal, delivery: str) -> Iterator[tuple[str, PlannedRun]]:
    for run in proposal.runs:
        if run.delivery == delivery and (run.id in proposal.run_names or proposal.state is State.ACCEPTING):
            yield proposal.run_names.get(run.id) or run_name_of(proposal.name, run.id), run


def _use(name: str, planned: PlannedRun, run: capacity_pb2.Run | None) -> Use:
    if run is None:  # not told of yet
        return Use(name, planned.start_at, planned.end_of_synthesis_at, planned.pledged.kbq)
    end_at = instant(run.end_of_synthesis_time, "end_of_synthesis_time")
    start_at = end_at - (planned.end_of_synthesis_at - planned.start_at)
    return Use(name, start_at, end_at, run.pledged.reference_activity_kbq)
