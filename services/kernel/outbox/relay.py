"""Carries events from `outbox` over `event_log` to the bus: in order per subject, none lost, at least once."""

import asyncio
from contextlib import suppress

from services.kernel.bus import Bus
from services.kernel.db import FAULTS, Database, channel
from services.kernel.outbox.age import watch_age
from services.kernel.outbox.announce import Announcer
from services.kernel.outbox.lease import Lease, lease
from services.kernel.outbox.partitions import keep_partitions
from services.kernel.outbox.session import RelaySession
from services.kernel.signals import Signal
from services.kernel.supervise import supervise

PAUSE_TO_S = 1.0  # between tries to get back to PostgreSQL, while events wait


class Relay:
    """Relays one schema's events to one topic, or, where none is given, each to the topic of its type.

    Any number may run; one works, the others stand by.
    """

    def __init__(self, database: Database, bus: Bus, topic: str | None = None) -> None:
        self._database = database
        self._bus = bus
        self._topic = topic
        self._outbox_channel = f"doselane_outbox_{database.schema}"
        self._outbox_grew = Signal()
        self._tell_leader = Announcer(database, self._outbox_channel)
        self._tell_readers = Announcer(database, channel(database.schema))
        self._leads = False

    def wake(self) -> None:
        """Says that a commit has put events into the outbox. Cheap; called once a batch, after the commit."""
        if self._leads:
            self._outbox_grew.call()
        else:
            self._tell_leader.call()

    async def run(self) -> None:
        """Relays until cancelled; faults of the database are waited out."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watch_age(self._database), name=f"age of outbox {self._database.schema}")
            tasks.create_task(
                supervise(f"the relay of {self._database.schema}", self._once, _passes, pause_to_s=PAUSE_TO_S)
            )

    async def _once(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            telling = tasks.create_task(self._tell_leader.run())
            async with lease(self._database) as held:
                telling.cancel()
                await self._lead(held)

    async def _lead(self, held: Lease) -> None:
        await held.conn.add_listener(self._outbox_channel, lambda *_: self._outbox_grew.call())
        session = RelaySession(held, self._database, self._bus, self._topic, self._outbox_grew, self._announce)
        self._leads = True
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tell_readers.run())
                tasks.create_task(keep_partitions(self._database))
                tasks.create_task(session.move())
                tasks.create_task(session.publish())
        finally:
            self._leads = False
            with suppress(*FAULTS):
                await held.note(session.published)

    def _announce(self) -> None:
        self._database.log_grew.call()
        self._tell_readers.call()


def _passes(fault: BaseException) -> bool:
    return isinstance(fault, FAULTS)
