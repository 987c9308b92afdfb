"""Events of runs, which belong to no partner, in the feeds of those who may see the run."""

from doselane.capacity.v1.events_pb2 import RunCut
from doselane.masterdata.v1 import events_pb2 as masterdata
from doselane.masterdata.v1 import resources_pb2

from services.capacity import events as capacity
from services.capacity.domain import Changed, CutOfRun, RunHappened, cut, open_run
from services.kernel.event import Event
from services.kernel.ids import uuid7
from tests.integration.streams.conftest import Door
from tests.support.capacity import NOON, an_allotment, by, gbq, planned


def product_event(name: str, *partners: str, version: int = 1) -> Event:
    """What master data says of who may know of a product."""
    product = resources_pb2.Product(name=name, partners=partners)
    said = masterdata.ResourceCreated(resource=resources_pb2.Resource(product=product), version=version)
    kind = "doselane.masterdata.resource.created.v1"
    return Event(uuid7(), kind, "doselane/masterdata", name, version, NOON, said.SerializeToString())


async def test_a_cut_is_told_to_whose_allotment_it_is_and_to_nobody_else(door: Door) -> None:
    north, harbor, stranger = (door.partner() for _ in range(3))
    await door.publish(product_event("products/p1", north, harbor))
    await door.recorded(stranger, 1)
    run = planned(an_allotment(north, gbq(40, 4)), an_allotment(harbor, gbq(60, 6)), product="products/p1")
    opened = open_run(run, by())
    of_north = cut(opened.run, CutOfRun(gbq(70, 7), {north: gbq(10, 1)}), ("slots/of-somebody",), by())
    for changed in (Changed(RunHappened.CREATED, run), opened, of_north):
        await door.publish(capacity.event_of(changed, ""))
    await door.until(north, 2)
    await door.until(harbor, 1)
    told = (await door.listed(door.client(north))).events
    assert [(each.type, each.sequence) for each in told] == [
        ("doselane.capacity.run.opened.v1", 1),
        ("doselane.capacity.run.cut.v1", 2),
    ]
    said = RunCut()
    assert told[1].data.Unpack(said)
    assert [(each.partner, each.capacity.vials) for each in said.run.allotments] == [(north, 1)]
    assert not (said.conflicting_slots or said.version or said.run.line or said.run.HasField("pledged"))
    [other] = (await door.listed(door.client(harbor))).events
    assert other.type == "doselane.capacity.run.opened.v1"
    assert len((await door.listed(door.client(stranger))).events) == 1


async def test_what_was_known_of_a_run_outlives_the_process(door: Door) -> None:
    """Each event is a transaction of its own, so the second finds the first in the tables only."""
    north, harbor = door.partner(), door.partner()
    await door.publish(product_event("products/p2", north, harbor, version=2))
    await door.publish(product_event("products/p2", north, version=1))  # late
    await door.recorded(north, 1)
    opened = open_run(planned(name="runs/p2", product="products/p2"), by())
    await door.publish(capacity.event_of(opened, ""))
    await door.until(north, 2)
    await door.until(harbor, 1)
    await door.publish(capacity.event_of(cut(opened.run, CutOfRun(gbq(50, 5)), (), by()), ""))
    await door.until(north, 3)
    await door.until(harbor, 2)
