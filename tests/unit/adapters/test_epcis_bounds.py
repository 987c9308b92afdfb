"""What of EPCIS has a bound: how much goes to a subscriber at once, and how much of a mistake is told."""

import pytest
from pydantic_core import PydanticCustomError

from adapters.courier_epcis.model.values import checked_date_time
from adapters.courier_epcis.query import sending
from adapters.courier_epcis.query.parameters import read_time
from adapters.courier_epcis.query.results import FoundEvent
from adapters.manifest import Refused
from tests.support.couriers import NOW


def events(*sizes: int) -> list[FoundEvent]:
    return [FoundEvent((position, 0), "x" * size, None, NOW) for position, size in enumerate(sizes)]


def sizes(*given: int) -> list[list[int]]:
    return [[len(each.text) for each in batch] for batch in sending.batches_of(events(*given))]


def test_a_subscriber_is_sent_as_much_as_is_allowed_at_once_and_no_event_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "EVENTS_AT_ONCE_MAX", 3)
    monkeypatch.setattr(sending, "BYTES_AT_ONCE_MAX", 10)
    assert sizes() == []
    assert sizes(1, 1, 1) == [[1, 1, 1]]
    assert sizes(1, 1, 1, 1) == [[1, 1, 1], [1]]
    assert sizes(5, 5) == [[5, 5]]
    assert sizes(5, 5, 1) == [[5, 5], [1]]
    assert sizes(5, 6, 4) == [[5], [6, 4]]
    assert sizes(99, 1, 99) == [[99], [1], [99]]  # one that is too large goes alone


def test_a_date_and_time_is_taken_as_it_is_written() -> None:
    for text in ("2026-11-22T09:00:00.000Z", "2026-11-22T09:00:00+01:00"):
        assert checked_date_time(text) == text
    for text in ("2026-02-30T09:00:00Z", "2026-11-22T09:00:00", "2026-11-22", ""):
        with pytest.raises(PydanticCustomError, match="must be a date and time with its offset"):
            checked_date_time(text)


def test_of_a_long_mistake_the_beginning_is_told() -> None:
    with pytest.raises(Refused) as refused:
        read_time("GE_eventTime", "x" * 100)
    assert refused.value.detail.endswith(f"not '{'x' * 80}'.")
