"""What concerns a port costs a transaction, and wakes those accounts that have something to send; nothing else does."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.host.hearing import PortHearing
from adapters.outbound import Outgoing, Reaction
from services.kernel.clock import SystemClock
from services.kernel.event import Event
from tests.support.line import an_event

LATER = datetime(2100, 1, 1, tzinfo=UTC)


async def unsent(connection: Any, outgoing: Outgoing) -> str:
    raise AssertionError("nothing is sent here")


def reaction(name: str, event_type: str, **changes: Any) -> Reaction:
    def make(event: Event, partner: str) -> list[Outgoing]:
        return [Outgoing(event.subject, b"{}", LATER)]

    return Reaction(name, event_type, make, unsent, **changes)


def account(name: str, *reactions: Reaction, manufacturer: bool = False) -> Any:
    adapter = SimpleNamespace(name="a", reactions=reactions)
    port = SimpleNamespace(name="p")
    return SimpleNamespace(
        id=name, partner=f"partners/{name}", adapter=adapter, port=port, settings=None, manufacturer=manufacturer
    )


class Connection:
    """Takes whatever is stored."""

    async def execute(self, *statement: object) -> None:
        pass

    async def copy_records_to_table(self, table: str, **given: object) -> None:
        pass


def port(**changes: Any) -> Any:
    return SimpleNamespace(**{"name": "p", "refers": lambda _: None, "objects": lambda _: None, **changes})


def fails(event: Event) -> None:
    raise ValueError("unreadable")


@pytest.mark.parametrize(
    ("said", "accounts", "concerns"),
    [
        ({}, [], False),
        ({"refers": lambda _: object()}, [], True),
        ({"objects": lambda _: object()}, [], True),
        ({"refers": fails}, [], True),  # whoever applies it parks it, and says why
        ({}, [account("one", reaction("r", "doselane.slotting.slot.confirmed.v1"))], True),
        ({}, [account("one", reaction("r", "doselane.slotting.slot.lost.v1"))], False),
        ({}, [account("one", reaction("r", "doselane.slotting.slot.confirmed.v1", wanted=lambda _: False))], False),
        ({}, [account("one", reaction("r", "doselane.slotting.slot.confirmed.v1", manufacturers=True))], False),
        (
            {},
            [
                account(
                    "one", reaction("r", "doselane.slotting.slot.confirmed.v1", manufacturers=True), manufacturer=True
                )
            ],
            True,
        ),
    ],
    ids=[
        "nothing",
        "names",
        "an objection",
        "unreadable",
        "a reaction",
        "of another",
        "unwanted",
        "not theirs",
        "theirs",
    ],
)
def test_an_event_concerns_a_port_if_anything_is_made_of_it(
    said: dict[str, Any], accounts: list[Any], concerns: bool
) -> None:
    hearing = PortHearing(port(**said), accounts, SystemClock(), lambda _: None)
    assert hearing.concerns(an_event(type="doselane.slotting.slot.confirmed.v1")) is concerns


async def test_only_who_has_something_to_send_is_woken_and_only_when_it_is_stored() -> None:
    woken: list[Mapping[tuple[str, str], int]] = []
    accounts = [account("one", reaction("r", "a.b.c")), account("two", reaction("r", "a.b.d"))]
    hearing = PortHearing(port(), accounts, SystemClock(), woken.append)
    stored: Any = Connection()
    await hearing.apply(stored, [an_event(type="a.b.c"), an_event(type="a.b.d")])
    await hearing.apply(stored, [an_event(type="a.b.c"), an_event(type="a.b.e")])
    assert woken == []
    hearing.committed()
    hearing.committed()
    assert woken == [{("one", "r"): 2, ("two", "r"): 1}]
    await hearing.apply(stored, [an_event(type="a.b.d")])
    hearing.committed()
    assert woken[1:] == [{("two", "r"): 1}]


async def test_what_was_over_before_it_was_heard_makes_nothing_where_that_is_not_wanted() -> None:
    woken: list[Mapping[tuple[str, str], int]] = []
    late = reaction("r", "a.b.c", past=False)
    over = Reaction(
        "o", "a.b.c", lambda event, _: [Outgoing(event.subject, b"", datetime(2020, 1, 1, tzinfo=UTC))], unsent
    )
    accounts = [
        account("in time", late),
        account("kept", over),
        account("left out", Reaction("l", "a.b.c", over.make, unsent, past=False)),
    ]
    hearing = PortHearing(port(), accounts, SystemClock(), woken.append)
    await hearing.apply(Connection(), [an_event(type="a.b.c")])  # type: ignore[arg-type]
    hearing.committed()
    assert woken == [{("in time", "r"): 1, ("kept", "o"): 1}]
