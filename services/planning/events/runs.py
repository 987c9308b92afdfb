"""Capacity's runs, as planning takes them."""

from doselane.capacity.v1 import capacity_pb2

from services.kernel.timestamps import instant
from services.network.reading import capacity_of
from services.planning.domain.resources import OpenRun


def stands(run: capacity_pb2.Run) -> bool:
    """Whether a run takes its line's time."""
    return run.state not in (capacity_pb2.Run.CANCELLED, capacity_pb2.Run.FAILED)


def open_run(run: capacity_pb2.Run, delivery: str) -> OpenRun:
    """A run of capacity's, with the delivery that it uses, if that is known."""
    return OpenRun(
        run.name,
        run.product,
        run.line,
        instant(run.end_of_synthesis_time, "end_of_synthesis_time"),
        capacity_of(run.pledged),
        tuple((allotment.partner, capacity_of(allotment.capacity)) for allotment in run.allotments),
        delivery,
    )
