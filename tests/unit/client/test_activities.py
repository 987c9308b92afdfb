"""Activity at an instant, reckoned as the gateway does."""

from datetime import UTC, datetime, timedelta

import pytest
from doselane.client import activity_mbq_at, demand_of, latest_time_with, nuclide_of
from doselane.decay import HALF_LIVES, Nuclide, Unphysical, time_of
from doselane.slotting.v1.slotting_pb2 import Offer
from doselane.type.v1 import type_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.activity import activity_at
from services.kernel.nuclides import NUCLIDE_OF_PROTO

AT = datetime(2026, 12, 1, 9, tzinfo=UTC)


def stamp(at: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(at)
    return made


def test_every_nuclide_of_the_protos_is_known_by_the_same_name() -> None:
    assert {number: nuclide_of(number) for number in NUCLIDE_OF_PROTO} == NUCLIDE_OF_PROTO
    for unknown in (0, 99):
        with pytest.raises(ValueError, match="no known nuclide"):
            nuclide_of(unknown)


def test_an_offers_activity_is_what_decay_leaves_as_the_gateway_reckons() -> None:
    offer = Offer(administration_activity_mbq=7400, administration_time=stamp(AT))
    later = AT + timedelta(hours=5)
    assert activity_mbq_at(offer, later, Nuclide.AT_211) == activity_at(7400, AT, later, Nuclide.AT_211)
    # One half-life of At-211 is 7.214 h.
    assert latest_time_with(offer, 3700, Nuclide.AT_211) == AT + timedelta(hours=7.214)


@pytest.mark.parametrize("nuclide", Nuclide)
def test_the_time_of_an_activity_is_the_inverse_of_decay(nuclide: Nuclide) -> None:
    half = timedelta(seconds=float(HALF_LIVES[nuclide].seconds))
    assert abs(time_of(100, AT, 25, nuclide) - (AT + 2 * half)) < timedelta(milliseconds=1)
    assert abs(time_of(100, AT, 200, nuclide) - (AT - half)) < timedelta(milliseconds=1)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_activity_is_refused(wrong: float) -> None:
    activity = type_pb2.Activity(activity_mbq=wrong, time=stamp(AT))
    with pytest.raises(Unphysical, match="finite number greater than zero"):
        activity_mbq_at(activity, AT, Nuclide.LU_177)
    with pytest.raises(Unphysical):
        time_of(1.0, AT, wrong, Nuclide.LU_177)


def test_an_offer_is_claimed_with_all_that_it_stands_on() -> None:
    offer = Offer(run="runs/r", lane="lanes/l", site="sites/s", departure_time=stamp(AT),
                  administration_activity_mbq=7400, administration_time=stamp(AT + timedelta(hours=9)))  # fmt: skip
    demand = demand_of(offer, "NL-0042", patient_reference="P-1")
    assert (demand.run, demand.lane, demand.site, demand.departure_time) == ("runs/r", "lanes/l", "sites/s", stamp(AT))
    assert (demand.administration.activity_mbq, demand.administration.time) == (7400, offer.administration_time)
    assert (demand.order_reference, demand.patient_reference, demand.partner) == ("NL-0042", "P-1", "")
    assert not demand_of(Offer(run="runs/r"), "O").HasField("departure_time")
