"""Capacity's events as commands."""

from collections.abc import Mapping

from doselane.capacity.v1 import capacity_pb2 as capacity

from services.kernel.activity import LIFE_MAX
from services.kernel.event import Event
from services.kernel.nuclides import NUCLIDE_OF_PROTO
from services.kernel.timestamps import instant
from services.network import Capacity, reading
from services.network.reading import capacity_of
from services.slotting.domain import Allotment, Book, Project, Run, RunState
from services.slotting.domain.book import CommittedSize

# When CLOSED, the cut-off says by the clock that nothing is claimed any more. An unknown state fails, and the event is
# parked.
_STATES: Mapping[int, RunState] = {
    capacity.Run.PLANNED: RunState.PLANNED,
    capacity.Run.OPEN: RunState.OPEN,
    capacity.Run.CLOSED: RunState.OPEN,
    capacity.Run.IN_PRODUCTION: RunState.IN_PRODUCTION,
    capacity.Run.PRODUCED: RunState.PRODUCED,
    capacity.Run.CANCELLED: RunState.CANCELLED,
    capacity.Run.FAILED: RunState.FAILED,
}


def project_of(event: Event) -> Project | None:
    """What an event of capacity means to the ledger; None for a type that does not concern it."""
    told = reading.run_in(event)
    return Project(book_of(*told), event.actor, event.reason) if told else None


def book_of(run: capacity.Run, version: int) -> Book:
    """The book of a run with nothing taken. What is not allotted is the pool; a withdrawn run has nothing."""
    state = _STATES[run.state]
    allotments = {
        a.partner: Allotment(
            capacity_of(a.capacity) if not state.withdrawn else Capacity(0, 0),
            release_back_at=instant(a.release_back_time, "release_back_time"),
        )
        for a in run.allotments
    }
    pool = Capacity(0, 0) if state.withdrawn else capacity_of(run.pledged)
    for allotment in allotments.values():
        pool = pool.minus(allotment.size)
    end_of_synthesis_at = instant(run.end_of_synthesis_time, "end_of_synthesis_time")
    facts = Run(
        name=run.name,
        version=version,
        state=state,
        product=run.product,
        nuclide=NUCLIDE_OF_PROTO[run.nuclide],
        end_of_synthesis_at=end_of_synthesis_at,
        cutoff_at=instant(run.claim_cutoff_time, "claim_cutoff_time"),
        # Whatever is said of a run: calendars are walked from its end of synthesis up to here.
        use_by_at=min(instant(run.use_by_time, "use_by_time"), end_of_synthesis_at + LIFE_MAX),
        vial_kbq_max=run.vial_reference_activity_max_kbq,
        loss_fraction=run.loss_fraction,
        facility=run.line.rpartition("/lines/")[0],
    )
    return Book(facts, CommittedSize(pool), allotments)
