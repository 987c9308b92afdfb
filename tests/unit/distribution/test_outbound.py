"""The names of a delivery that a shipment is known by besides."""

from typing import Any

import pytest

from services.distribution.domain.outbound import DeliveryStatement, Joining, joining
from services.distribution.events.deliveries import delivery_in
from services.kernel.errors import Invalid
from tests.support.distribution import NORTHLAKE, PLANT, at, delivery_event


def test_what_is_new_and_free_joins_in_order() -> None:
    keys = {"8": "8", "sscc": "link", "the same": "link", "known": "k", "another's": "a"}
    assert joining(keys, {"k"}, {"a"}, 9) == Joining(("8", "sscc"), ("another's",))
    assert joining(keys, keys.values(), (), 9) == Joining()


def test_what_there_is_no_room_for_is_said() -> None:
    assert joining({"1": "1", "2": "2", "3": "3"}, (), {"1"}, 1) == Joining(("2",), ("1",), ("3",))
    assert joining({"1": "1"}, (), (), 0) == Joining((), (), ("1",))


def test_a_delivery_is_read_from_its_event_each_name_once() -> None:
    stated = delivery_in(delivery_event("8", "1Z1", "8", "1Z1", minutes=3))
    assert stated == DeliveryStatement(PLANT, NORTHLAKE, "8", "order-1", ("1Z1",), at(3), "erp_tiny", "messages/1")
    assert stated.names == ("8", "1Z1")


@pytest.mark.parametrize(
    ("delivery", "references", "fields"),
    [
        ("", (), {}),
        ("8", ("",), {}),
        ("8", ("1Z\0",), {}),
        ("8", ("shipments/1",), {}),
        ("shipments/1", (), {}),
        ("8", ("1" * 501,), {}),
        ("8", tuple(map(str, range(100, 132))), {}),
        ("8", (), {"order_reference": ""}),
        ("8", (), {"state_time": None}),
        ("8", (), {"partner": ""}),
        ("8", (), {"partner": "northlake"}),
        ("8", (), {"stated_by": ""}),
    ],
)
def test_a_delivery_that_says_too_little_is_invalid(
    delivery: str, references: tuple[str, ...], fields: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        delivery_in(delivery_event(delivery, *references, **fields))
