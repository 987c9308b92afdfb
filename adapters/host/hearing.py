"""What a port's systems hear of events of ours: names of theirs that we use, what we object to, what is to be sent."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from adapters.host import deliveries, store
from adapters.host.deliveries import NewDelivery
from adapters.host.values import Account
from adapters.outbound import Reaction
from adapters.ports import Port
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.references import canonical


class PortHearing:
    """Of one port and those of its accounts that are reached; `wake` is told who has how much to send, by reaction."""

    def __init__(
        self,
        port: Port,
        accounts: Iterable[Account],
        clock: Clock,
        wake: Callable[[Mapping[tuple[str, str], int]], None],
    ) -> None:
        self._port, self._clock, self._wake = port, clock, wake
        self._reactions: defaultdict[str, list[tuple[Account, Reaction]]] = defaultdict(list)
        for account in accounts:
            for reaction in account.adapter.reactions:
                if _may_hear(account, reaction):
                    self._reactions[reaction.event_type].append((account, reaction))
        # Not yet committed. What is woken too early, because others committed meanwhile, looks again by itself.
        self._made_for = Counter[tuple[str, str]]()

    def concerns(self, event: Event) -> bool:
        """Whether anything is made of it, or it cannot be read: then whoever applies it says why."""
        with suppress(Exception):
            return bool(event.type in self._reactions or self._port.refers(event) or self._port.objects(event))
        return True

    async def apply(self, conn: Connection, events: Sequence[Event]) -> None:
        """Stores what follows from events, deliveries among it, in the transaction that applies them."""
        for event in events:
            if referred := self._port.refers(event):
                theirs = list(dict.fromkeys(map(canonical, referred.theirs)))
                await store.refer(
                    conn, self._port.name, referred.partner, theirs, referred.ours, event.time, referred.ends_at
                )
            if objection := self._port.objects(event):
                await store.object_to(conn, objection)
        now = self._clock.now()
        new = [each for event in events for each in self._deliveries(event, now)]
        await deliveries.add(conn, new, now)
        self._made_for.update((each.account.id, each.reaction.name) for each in new)

    def committed(self) -> None:
        """What was applied is stored."""
        if self._made_for:
            made_for, self._made_for = self._made_for, Counter()
            self._wake(made_for)

    def _deliveries(self, event: Event, now: datetime) -> Iterator[NewDelivery]:
        for account, reaction in self._reactions.get(event.type, ()):
            for outgoing in reaction.make(event, account.partner):
                if reaction.past or now < outgoing.give_up_at:
                    yield NewDelivery(account, reaction, event, outgoing)


def _may_hear(account: Account, reaction: Reaction) -> bool:
    return reaction.wanted(account.settings) and (account.manufacturer or not reaction.manufacturers)
