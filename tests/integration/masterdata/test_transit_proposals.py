"""What was measured of a lane is proposed, and is the lane's only when a planner says so."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from doselane.distribution.v1 import events_pb2 as distribution_events
from doselane.distribution.v1 import lane_pb2
from doselane.masterdata.v1 import events_pb2, resources_pb2
from doselane.masterdata.v1 import transit_proposal_pb2 as pb

from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.integration.masterdata.conftest import PLANNER, House, updating
from tests.support.masterdata import HARBOR, NOON, NORTH_LAKESIDE, NORTHLAKE, a_lane, new_id

OPEN, ACCEPTED, REJECTED, SUPERSEDED = (getattr(pb.TransitProposal, name) for name in (
    "OPEN", "ACCEPTED", "REJECTED", "SUPERSEDED"))  # fmt: skip
# The lane says 180 and 240.
SLOWER = {50: 230, 95: 320}
TOLD_OF: Mapping[str, Any] = {
    "created": events_pb2.TransitProposalCreated,
    "accepted": events_pb2.TransitProposalAccepted,
    "rejected": events_pb2.TransitProposalRejected,
    "superseded": events_pb2.TransitProposalSuperseded,
}


def measured(minutes: dict[int, int] | None, number: int = 1, version: int = 1, lane: str = NORTH_LAKESIDE) -> Event:
    """What distribution tells of a lane, the how manieth time; None: nothing of its transit."""
    said = distribution_events.LaneMeasured(lane=lane, lane_version=version)
    if minutes is not None:
        said.transit.CopyFrom(lane_pb2.TransitMeasurement(
            quantiles=[lane_pb2.MeasuredQuantile(percentile=each, minutes=minutes[each]) for each in minutes],
            promised_percentile=95, shipments=7, since_time=stamp(NOON - timedelta(days=7)),
            until_time=stamp(NOON)))  # fmt: skip
    return Event(
        id=uuid7(),
        type="doselane.distribution.lane.measured.v1",
        source="doselane/distribution",
        subject=lane,
        sequence=number,
        time=NOON + timedelta(hours=number),
        data=said.SerializeToString(),
        actor="doselane/distribution",
    )


async def listed(house: House, **fields: Any) -> list[pb.TransitProposal]:
    """The proposals that a list shows."""
    request = pb.ListTransitProposalsRequest(**fields)
    answer = await house.proposals.call("ListTransitProposals", request, token=house.tokens[PLANNER])
    return list(answer.transit_proposals)


async def hear(house: House, *events: Event) -> list[pb.TransitProposal]:
    """The proposals, newest first, once these measurements were heard of."""
    await house.bus.publish("doselane.distribution", events)
    async with asyncio.timeout(60):
        while await house.database.pool.fetchval("SELECT count(*) FROM inbox") < house.heard + len(events):
            await asyncio.sleep(0.01)
    house.heard += len(events)
    return await listed(house)


async def accept(house: House, proposal: pb.TransitProposal, **fields: Any) -> pb.AcceptTransitProposalResponse:
    given = {"name": proposal.name, "request_id": new_id(), "reason": "as measured", **fields}
    request = pb.AcceptTransitProposalRequest(**given)
    return await house.proposals.call("AcceptTransitProposal", request, token=house.tokens[PLANNER])  # type: ignore[no-any-return]


async def reject(house: House, proposal: pb.TransitProposal, **fields: Any) -> pb.TransitProposal:
    given = {"name": proposal.name, "request_id": new_id(), "reason": "a strike", **fields}
    request = pb.RejectTransitProposalRequest(**given)
    return await house.proposals.call("RejectTransitProposal", request, token=house.tokens[PLANNER])  # type: ignore[no-any-return]


async def refused(call: Any) -> GatewayError:
    with pytest.raises(GatewayError) as refusal:
        await call
    return refusal.value


def figures(message: Any) -> dict[int, int]:
    return {each.percentile: each.minutes for each in message.transit_quantiles}


async def told(house: House, name: str) -> list[str]:
    """What was published of a proposal, which is no partner's."""
    found = await house.events(name)
    assert [event.sequence for event in found] == list(range(1, len(found) + 1))
    assert {event.partner for event in found} == {""}
    words = [event.type.removeprefix("doselane.masterdata.transit_proposal.").removesuffix(".v1") for event in found]
    said = TOLD_OF[words[-1]].FromString(found[-1].data).transit_proposal
    assert said == await house.proposals.call(
        "GetTransitProposal", pb.GetTransitProposalRequest(name=name), token=house.tokens[PLANNER]
    )
    return words


async def test_an_accepted_proposal_is_the_lanes_next_version(house: House) -> None:
    await house.world()
    (proposal,) = await hear(house, measured(SLOWER))
    assert (proposal.lane, proposal.state, figures(proposal)) == (NORTH_LAKESIDE, OPEN, SLOWER)
    assert (proposal.promised_percentile, proposal.transit_minutes, proposal.lane_transit_minutes) == (95, 320, 240)
    assert (proposal.shipments, proposal.etag, proposal.last_change.actor) == (7, "v1", "doselane/masterdata")
    assert figures(await house.get(NORTH_LAKESIDE)) == {50: 180, 95: 240}  # nothing changes by itself
    request_id = new_id()
    answer = await accept(house, proposal, etag="v1", request_id=request_id)
    assert await accept(house, proposal, etag="v1", request_id=request_id) == answer
    lane = await house.get(NORTH_LAKESIDE)
    assert (answer.lane, answer.transit_proposal.state, answer.conflicting_slots) == (lane, ACCEPTED, [])
    assert (figures(lane), lane.transit_minutes, lane.etag) == (SLOWER, 320, "v2")
    assert (lane.last_change.actor, lane.last_change.reason) == ("planner", "as measured")
    assert await house.history(NORTH_LAKESIDE) == [("created", 1), ("updated", 2)]
    assert await told(house, proposal.name) == ["created", "accepted"]
    assert (await refused(accept(house, proposal))).reason == "TRANSIT_PROPOSAL_CLOSED"
    assert (await refused(reject(house, proposal))).facts["state"] == "ACCEPTED"


async def test_a_rejected_proposal_leaves_the_lane_and_does_not_come_again(house: House) -> None:
    await house.world()
    (proposal,) = await hear(house, measured(SLOWER))
    assert (await refused(reject(house, proposal, etag="v9"))).reason == "STALE"
    request_id = new_id()
    answer = await reject(house, proposal, etag="v1", request_id=request_id)
    assert await reject(house, proposal, etag="v1", request_id=request_id) == answer
    assert (answer.state, answer.last_change.reason, answer.etag) == (REJECTED, "a strike", "v2")
    assert figures(await house.get(NORTH_LAKESIDE)) == {50: 180, 95: 240}
    assert await told(house, proposal.name) == ["created", "rejected"]
    # Told again for a denial, with the same figures.
    assert [each.name for each in await hear(house, measured(SLOWER, 2))] == [proposal.name]


async def test_a_newer_measurement_takes_the_place_of_an_open_proposal(house: House) -> None:
    await house.world()
    (first,) = await hear(house, measured(SLOWER))
    second, before = await hear(house, measured({50: 250, 95: 400}, 2), measured(None, 3))
    assert (before.name, before.state, second.state) == (first.name, SUPERSEDED, OPEN)
    assert await told(house, first.name) == ["created", "superseded"]
    # The lane is as it says after all: nothing is left to decide.
    assert [each.state for each in await hear(house, measured({50: 182, 95: 245}, 4))] == [SUPERSEDED, SUPERSEDED]
    # Whoever is late says nothing new.
    assert len(await hear(house, measured({50: 300, 95: 400}, 0))) == 2
    assert [each.name for each in await listed(house, states=[SUPERSEDED], page_size=1)] == [second.name]
    assert await listed(house, lane="lanes/other") == await listed(house, states=[OPEN]) == []


async def test_a_newer_measurement_with_the_same_figures_takes_the_place_of_what_nobody_can_accept_any_more(
    house: House,
) -> None:
    await house.world()
    (stale,) = await hear(house, measured(SLOWER))
    lane = await house.get(NORTH_LAKESIDE)
    lane.legs[0].carrier = "partners/meadow-vans"
    await house.call("UpdateLane", _without_etag(lane, "legs"))
    assert [each.state for each in await hear(house, measured(SLOWER, 2, version=1))] == [SUPERSEDED]
    proposal, _ = await hear(house, measured(SLOWER, 3, version=2))
    assert (proposal.state, figures(proposal)) == (OPEN, SLOWER)
    assert (await accept(house, proposal)).transit_proposal.state == ACCEPTED
    assert await told(house, stale.name) == ["created", "superseded"]


async def test_a_proposal_for_a_lane_that_is_another_since_is_refused(house: House) -> None:
    await house.world()
    (proposal,) = await hear(house, measured(SLOWER))
    lane = await house.get(NORTH_LAKESIDE)
    lane.display_name = "By night"
    await house.call("UpdateLane", _without_etag(lane, "display_name"))
    lane.legs[0].carrier = "partners/meadow-vans"
    await house.call("UpdateLane", _without_etag(lane, "legs"))
    refusal = await refused(accept(house, proposal))
    assert (refusal.reason, refusal.facts["changed"]) == ("TRANSIT_PROPOSAL_STALE", "legs")
    # What was measured beside the old way makes no proposal for the new one either.
    assert [each.state for each in await hear(house, measured({50: 250, 95: 400}, 2, version=2))] == [SUPERSEDED]
    newest, *_ = await hear(house, measured({50: 260, 95: 400}, 3, version=3))
    await house.delete(NORTH_LAKESIDE)
    assert (await refused(accept(house, newest))).reason == "TRANSIT_PROPOSAL_STALE"


def _without_etag(lane: resources_pb2.Lane, *paths: str) -> Any:
    lane.etag = ""
    return updating(lane, *paths)


async def test_what_only_people_read_may_change_meanwhile(house: House) -> None:
    await house.world()
    (proposal,) = await hear(house, measured(SLOWER))
    await house.call("UpdateLane", updating(a_lane(display_name="By night"), "display_name"))
    lane = (await accept(house, proposal)).lane
    assert (lane.display_name, figures(lane), lane.etag) == ("By night", SLOWER, "v3")


async def test_a_lane_that_promised_minutes_of_no_percentile_promises_the_one_that_was_measured(house: House) -> None:
    await house.world()
    bare = a_lane(transit_quantiles=[], transit_minutes=240)
    bare.ClearField("promised_percentile")
    await house.call("UpdateLane", updating(bare))
    (proposal,) = await hear(house, measured(SLOWER, version=2))
    assert (proposal.lane_transit_minutes, figures(proposal)) == (240, SLOWER)
    assert (await accept(house, proposal)).lane.transit_minutes == 320
    lane = await house.get(NORTH_LAKESIDE)
    assert (figures(lane), lane.promised_percentile) == (SLOWER, 95)


async def test_promised_slots_that_would_suffer_are_named_first(house: House) -> None:
    await house.world()
    (proposal,) = await hear(house, measured(SLOWER))
    house.twin.stands_on(NORTH_LAKESIDE, ["slots/one"])
    refusal = await refused(accept(house, proposal))
    assert (refusal.reason, refusal.facts["slots"]) == ("CONFLICT", "slots/one")
    assert [each.state for each in await listed(house)] == [OPEN]
    answer = await accept(house, proposal, accept_conflicts=True)
    assert (answer.conflicting_slots, answer.transit_proposal.state) == (["slots/one"], ACCEPTED)


async def test_of_two_planners_who_decide_at_once_one_does(house: House) -> None:
    await house.world()
    (proposal,) = await hear(house, measured(SLOWER))
    house.twin.meanwhile = partial(_reject_once, house, proposal)
    assert (await refused(accept(house, proposal))).reason == "TRANSIT_PROPOSAL_CLOSED"
    assert figures(await house.get(NORTH_LAKESIDE)) == {50: 180, 95: 240}
    assert await told(house, proposal.name) == ["created", "rejected"]


async def _reject_once(house: House, proposal: pb.TransitProposal) -> None:
    house.twin.meanwhile = None
    await reject(house, proposal)


async def test_proposals_are_the_manufacturers_own(house: House) -> None:
    await house.world()
    (proposal,) = await hear(house, measured(SLOWER))
    for who in (NORTHLAKE, HARBOR, "writing sponsor"):
        for method, request in (
            ("GetTransitProposal", pb.GetTransitProposalRequest(name=proposal.name)),
            ("ListTransitProposals", pb.ListTransitProposalsRequest()),
            ("AcceptTransitProposal", pb.AcceptTransitProposalRequest(name=proposal.name, request_id=new_id())),
            ("RejectTransitProposal", pb.RejectTransitProposalRequest(name=proposal.name, request_id=new_id())),
        ):
            refusal = await refused(house.proposals.call(method, request, token=house.tokens[who]))
            assert refusal.reason == "SCOPE_MISSING", (who, method)
    nobody = pb.GetTransitProposalRequest(name=f"transitProposals/{uuid7()}")
    refusal = await refused(house.proposals.call("GetTransitProposal", nobody, token=house.tokens[PLANNER]))
    assert refusal.reason == "TRANSIT_PROPOSAL_UNKNOWN"
