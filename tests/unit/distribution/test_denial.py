"""A denial says of which lane and departure it is, or cannot be recorded; a lane without shipments is as it says."""

from datetime import timedelta
from typing import Any

import pytest

from services.distribution.domain import refusals
from services.distribution.domain.denial import Denial, DenialKind, Refuser, checked
from services.distribution.domain.lane_report import durations_of
from services.distribution.domain.plausibility import TOLERANCE
from services.distribution.domain.shipment import Shipment
from services.distribution.domain.transit import Transit
from services.kernel.errors import Invalid
from services.kernel.provenance import Provenance
from services.network.resources import Lane
from tests.support.distribution import ARROW, at


def a_denial(**facts: Any) -> Denial:
    given: dict[str, Any] = {"name": "denials/1", "kind": DenialKind.DENIED, "refuser": Refuser.AIRPORT,
                             "carrier": ARROW, "cause": "embargo", "denied_at": at(0), "recorded_at": at(0),
                             "actor": "operator", "lane": "lanes/lakeside"}  # fmt: skip
    return Denial(**{**given, **facts})


def a_shipment(lane: str = "lanes/lakeside") -> Shipment:
    by = Provenance("operator", at(0))
    return Shipment("shipments/1", "partners/p", "sites/s", lane, (), at(0), by, departure_at=at(30))


def test_a_denial_is_of_its_shipments_lane_and_departure_where_nothing_else_is_said() -> None:
    assert checked(a_denial(lane=""), a_shipment()) == a_denial(departure_at=at(30))
    assert checked(a_denial(departure_at=at(90)), a_shipment()).departure_at == at(90)


def test_a_denial_without_shipment_stays_as_it_was_said() -> None:
    assert checked(a_denial(), None) == a_denial()


@pytest.mark.parametrize("shipment", [None, a_shipment(lane="")])
def test_a_denial_of_no_lane_is_refused(shipment: Shipment | None) -> None:
    with pytest.raises(Invalid) as refused:
        checked(a_denial(lane=""), shipment)
    assert refused.value.facts["field"] == "lane"


def test_a_shipment_is_not_denied_on_a_lane_that_it_does_not_travel() -> None:
    with pytest.raises(refusals.LaneDiffers) as refused:
        checked(a_denial(lane="lanes/other"), a_shipment())
    assert refused.value.facts["lane"] == "lanes/lakeside"


def test_what_was_denied_has_no_delay_and_what_was_delayed_may_have_none_said() -> None:
    with pytest.raises(Invalid) as refused:
        checked(a_denial(delay_minutes=1), None)
    assert refused.value.facts["field"] == "delay_minutes"
    for minutes in (None, 1):
        assert checked(a_denial(kind=DenialKind.DELAYED, delay_minutes=minutes), None).delay_minutes == minutes


def test_nothing_is_denied_in_the_future_beyond_what_clocks_differ_by() -> None:
    assert checked(a_denial(denied_at=at(0) + TOLERANCE), None).denied_at == at(0) + TOLERANCE
    with pytest.raises(Invalid) as refused:
        checked(a_denial(denied_at=at(0) + TOLERANCE + timedelta(seconds=1)), None)
    assert refused.value.facts["field"] == "denial_time"


def test_a_lane_is_reported_as_it_says_itself_and_as_it_was_measured() -> None:
    way = Lane("lanes/lakeside", "sites/s", 0, 600, at(10000), quantiles=((50, 480), (90, 600)))
    own, now = durations_of(way, [], at(0)) or (None, None)
    assert own == now and own and (own.p50_minutes, own.p90_minutes, own.measured) == (480, 600, 0)
    own, now = durations_of(way, [Transit(at(-260), at(0))], at(0)) or (None, None)
    assert own and now and (own.p50_minutes, now.p50_minutes, now.measured) == (480, (4800 + 260) / 11, 1)


def test_of_a_lane_that_master_data_does_not_have_nothing_is_said() -> None:
    assert durations_of(None, [Transit(at(-260), at(0))], at(0)) is None
