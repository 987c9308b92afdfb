"""States of runs: one with room, one that is full, one whose allotment is used, and an offer of a dose."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.type.v1 import type_pb2 as types

from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.contracts.calls import GatewayCalls
from services.local.contracts.states.given import Given
from services.local.contracts.states.network import OTHER, ContractNetwork, a_network, staff_of

VIAL_KBQ_MAX = 20_000_000
DOSE_MBQ = 7400
HOURS_TO_SYNTHESIS = 24
# From the first to the last instant of the administration that the states speak of, after the end of synthesis.
HOURS_UNTIL_FIRST, HOURS_UNTIL_LAST = 12, 36


def an_open_run(calls: GatewayCalls, partner: str, vials: int = 4) -> Given:
    """A run with room for `vials` doses of 7.4 GBq that `partner` (and OTHER) may use; nothing of it is allotted."""
    return opened(calls, a_network(calls, partner), partner, vials)


def an_offer(calls: GatewayCalls, partner: str) -> Given:
    """The best way for a dose of 7.4 GBq to reach a centre, as a search between `fromTime` and `untilTime` finds it."""
    given = an_open_run(calls, partner)
    best = offers(calls, partner, given.values)[0]
    found = {
        "departureTime": best.departure_time.ToJsonString(),
        "administrationTime": best.administration_time.ToJsonString(),
    }
    return given.and_then(Given(found))


def a_full_run(calls: GatewayCalls, partner: str) -> Given:
    """A run on which somebody else took the last place."""
    given, _ = filled(calls, partner)
    return given


def a_used_allotment(calls: GatewayCalls, partner: str) -> Given:
    """A run that is allotted to `partner` as a whole: one vial, and it is claimed."""
    network = a_network(calls, partner)
    given = opened(calls, network, partner, vials=1, allotted=True)
    claim(calls, partner, given.values)
    return given


def filled(calls: GatewayCalls, partner: str) -> tuple[Given, slotting.Slot]:
    """A full run, and the slot of somebody else that takes its last place."""
    given = an_open_run(calls, partner, vials=1)
    return given, claim(calls, OTHER, given.values)


def opened(
    calls: GatewayCalls,
    network: ContractNetwork,
    partner: str,
    vials: int = 4,
    *,
    allotted: bool = False,
    another: str = "",
    hours_later: int = 0,
) -> Given:
    """A run of the network's product. Returns when slotting has heard of everything and offers it. With `another`, the
    end of its name, one more, whose synthesis ends so many hours later."""
    ends = calls.now().replace(microsecond=0) + timedelta(hours=HOURS_TO_SYNTHESIS + hours_later)
    size = types.Capacity(reference_activity_kbq=vials * VIAL_KBQ_MAX, vials=vials)
    run = capacity.Run(
        product=network.product,
        nuclide=types.NUCLIDE_LU_177,
        line=network.line,
        end_of_synthesis_time=stamp(ends),
        claim_cutoff_time=stamp(ends - timedelta(hours=4)),
        use_by_time=stamp(ends + timedelta(hours=72)),
        pledged=size,
        vial_reference_activity_max_kbq=VIAL_KBQ_MAX,
    )
    if allotted:
        back_at = stamp(ends - timedelta(hours=6))
        run.allotments.append(capacity.Allotment(partner=partner, capacity=size, release_back_time=back_at))
    staff = staff_of(calls)
    made = staff.CreateRun(capacity.CreateRunRequest(run=run, run_id=network.mark + another, request_id=str(uuid7())))
    staff.OpenRun(capacity.OpenRunRequest(name=made.name, request_id=str(uuid7())))
    values = {
        "product": network.product,
        "run": made.name,
        "site": network.site,
        "lane": network.lane,
        "administrationTime": _text(ends + timedelta(hours=24)),
        "fromTime": _text(ends + timedelta(hours=HOURS_UNTIL_FIRST)),
        "untilTime": _text(ends + timedelta(hours=HOURS_UNTIL_LAST)),
    }
    # Slotting hears of run, product, centre and lane by events. Once there is an offer, it knows them all.
    calls.until(lambda: offers(calls, partner, values) or None)
    return Given(values)


def offers(calls: GatewayCalls, partner: str, values: Mapping[str, Any]) -> Sequence[slotting.Offer]:
    """What `partner` is offered between `fromTime` and `untilTime`, best first."""
    wanted = slotting.SearchOffersRequest(product=values["product"], site=values["site"], activity_mbq=DOSE_MBQ)
    wanted.administration_interval.start_time.FromJsonString(values["fromTime"])
    wanted.administration_interval.end_time.FromJsonString(values["untilTime"])
    answer: slotting.SearchOffersResponse = calls.speaking_for(partner, "slotting.read").SearchOffers(wanted)
    return answer.offers


def demand(values: Mapping[str, Any], order: str) -> slotting.SlotDemand:
    """A dose of 7.4 GBq at the given administration."""
    wanted = types.Activity(activity_mbq=DOSE_MBQ)
    wanted.time.FromJsonString(values["administrationTime"])
    return slotting.SlotDemand(
        run=values["run"], site=values["site"], lane=values["lane"], administration=wanted, order_reference=order
    )


def claim(calls: GatewayCalls, partner: str, values: Mapping[str, Any], order: str = "ORDER-1") -> slotting.Slot:
    """A promise of such a dose to `partner`."""
    request = slotting.ClaimSlotRequest(demand=demand(values, order), request_id=str(uuid7()))
    slot: slotting.Slot = calls.speaking_for(partner, "slotting.claim").ClaimSlot(request)
    return slot


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
