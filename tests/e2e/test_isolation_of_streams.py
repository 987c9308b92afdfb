"""No stream, at either door, tells a partner of what is another's, whatever becomes of it meanwhile."""

from functools import partial

from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.distribution.v1 import distribution_pb2 as distribution
from doselane.type.v1 import type_pb2 as types

from services.kernel.ids import uuid7
from services.local.world import HARBOR, NORTHLAKE
from tests.support import batches
from tests.support.belongings import MARK, Belongings
from tests.support.gateway import Desk
from tests.support.hearing import Heard, require
from tests.support.isolation import unjudged


async def test_no_stream_tells_of_another(desk: Desk, northlakes: tuple[Belongings, ...], heard: list[Heard]):
    for names, site in zip(northlakes, ({}, {"site": f"sites/{MARK}"}), strict=True):
        await desk.claim(names.run, desk.sponsor(), **site)
        pledged = types.Capacity(reference_activity_kbq=40_000_000, vials=4)
        allotments = [capacity.AllotmentCut(partner=NORTHLAKE, capacity=pledged)] if not site else []
        cut = capacity.CutRunRequest(
            name=names.run, pledged=pledged, allotments=allotments, accept_conflicts=True, request_id=str(uuid7())
        )
        await desk.call("CapacityService/CutRun", cut, desk.staff)
        cancel = capacity.CancelRunRequest(name=names.run, accept_conflicts=True, request_id=str(uuid7()))
        await desk.call("CapacityService/CancelRun", cancel, desk.staff)
    shared = await desk.open_run()
    claimed = await desk.claim(shared, desk.sponsor(HARBOR))
    harbors = await batches.produce(desk, shared)
    await desk.until(lambda: batches.batch_of(desk, shared, desk.sponsor(HARBOR)))
    made = await unjudged(desk)
    own, doses = [batch for batch, _ in made], [slot.replace("slots/", "doses/") for _, slot in made]
    for dose in (*doses, claimed.name.replace("slots/", "doses/")):
        book = distribution.BookShipmentRequest(doses=[dose], request_id=str(uuid7()))
        await desk.until(partial(desk.call, "DistributionService/BookShipment", book, desk.staff))
    for batch in (*own, harbors):
        await batches.deviate(desk, batch)
    await batches.reject(desk, harbors, "particles were seen")

    def has_all(each: Heard) -> bool:
        """What came last and is one's own says that all before it has come."""
        if each.partner == HARBOR:
            return any(name in each.text for name in (shared, claimed.name, claimed.name.replace("slots/", "doses/")))
        if each.method == "QualityService/WatchBatches":
            return all(batch in each.text for batch in own)
        if each.method == "DistributionService/WatchShipments":
            return all(dose in each.text for dose in doses)
        return all(names.marks_in(each.text) for names in northlakes)

    await desk.until(lambda: require(all(map(has_all, heard))))
    watched = {
        "CapacityService/WatchRuns",
        "StatusService/WatchTimeline",
        "QualityService/WatchBatches",
        "DistributionService/WatchShipments",
        "FeedService/Subscribe",
        "TowerService/WatchBoardEntries",
        "TowerService/WatchIncidents",
    }
    assert {each.method for each in heard} == watched
    assert len(heard) == 4 * len(watched)
    for each in heard:
        foreign = {batch for batch in own if batch in each.text}.union(*(n.marks_in(each.text) for n in northlakes))
        assert each.partner == NORTHLAKE or not foreign, each.method
