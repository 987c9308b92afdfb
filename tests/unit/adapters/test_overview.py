"""What is told of an account: what it can do, and how the worst of its sources fares."""

from datetime import timedelta
from typing import Any

import pytest

from adapters.host.cursors import SourceStatus
from adapters.host.discover import discover
from adapters.host.overview import status
from adapters.host.values import Account
from tests.support.couriers import NOW, SWIFT

UPS = discover()["courier_ups"]
LATER = NOW + timedelta(minutes=1)
REACHED = {"url": "http://ups.example"}


def an_account(connection: Any = REACHED) -> Account:
    return Account("swift-ups", SWIFT, UPS, None, None, connection=connection)  # type: ignore[arg-type]


def a_source(name: str = "ups.track", account: str = "swift-ups", **changes: Any) -> SourceStatus:
    told = {"fetched_at": NOW, "failures": 0, "fault": "", "silent": False, **changes}
    return SourceStatus(account, name, **told)


def test_operations_are_words_of_the_port_and_tell_what_is_reached() -> None:
    told = status(an_account(), None, [])
    assert {"SUBSCRIBE", "TRACK"} <= set(told.operations)
    assert list(told.operations) == sorted(told.operations)
    assert told.webhooks == ("/push/ups/swift-ups",)
    assert status(an_account(connection=None), NOW, [a_source()]).operations == ()


@pytest.mark.parametrize("name", sorted(discover()))
def test_an_adapter_asks_for_nothing_that_its_port_has_no_word_for(name: str) -> None:
    adapter = discover()[name]
    asked = [each.operation for each in adapter.reactions] + [each.operation for each in adapter.polls]
    assert set(asked) <= adapter.port.operations | {""}


@pytest.mark.parametrize(
    ("source", "state", "words"),
    [
        (None, "", ""),
        (a_source(fetched_at=None), "", ""),
        (a_source(), "WORKING", ""),
        (a_source(failures=2, fault="503"), "FAILING", "ups.track: 503"),
        (a_source(fetched_at=None, failures=1, fault="503"), "FAILING", "ups.track: 503"),
        (a_source(failures=9, fault="503", silent=True), "SILENT", "ups.track: 503"),
        (a_source(account="other-ups", failures=1, fault="theirs"), "", ""),
        (a_source(name="ups.before", failures=1, fault="of a poll that is no more"), "", ""),
    ],
)
def test_the_state_is_that_of_what_is_fetched(source: SourceStatus | None, state: str, words: str) -> None:
    told = status(an_account(), LATER, [source] if source else [])
    assert (told.state, told.words, told.pushed_at) == (state, words, LATER)


def test_an_account_that_only_pushes_has_no_state_however_it_was_reached_before() -> None:
    told = status(an_account(connection=None), NOW, [a_source(failures=1, fault="503")])
    assert (told.state, told.words, told.fetched_at) == ("", "", None)
