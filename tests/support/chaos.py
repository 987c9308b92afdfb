"""Strikes against a gateway of many processes while a simulation is played on it, each at a call of the story."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from aiokafka import AIOKafkaConsumer

from services.kernel import event_log
from services.kernel.db import Database
from services.local import kafka as local_kafka
from services.local.kafka import Kafka, KafkaUnavailable
from services.local.services import NAMES
from tests.support.kafka import SHORT_LIVED
from tests.support.scattered import ScatteredGateway

POSTGRES, KAFKA_STOPS, KAFKA_STARTS = "postgres", "kafka stops", "kafka starts"
AGAIN = 40  # so many events of each log are handed on again, at most, to who was killed
RELAYED_WITHIN_S = 60.0
# At which call of the story falls what; the names of services mean kill -9.
STRIKES = (
    ("ImportMasterData", "masterdata"),
    ("SignSpecification", "planning"),
    ("SearchOffers", "slotting"),
    ("ClaimSlot", POSTGRES),
    ("FailRun", "capacity"),
    ("CompleteRun", KAFKA_STOPS),
    ("WhatIf", "tower"),
    ("FillVial", "quality"),
    ("PackShipment", "distribution"),
    ("AttachReferences", "streams"),
    ("RecordHandOver", "status"),
    ("RecordHandOver", "exchange"),
    ("RecordHandOver", KAFKA_STARTS),  # only what was made in a run that is complete is handed over
)
# The groups of services are called as they are, those of the adapter host as its ports.
_REWIND = """
WITH was AS (SELECT topic, consumer_group, position FROM {schema}.bus_cursor
    WHERE CASE WHEN $1 = 'exchange' THEN split_part(consumer_group, '-', 1) <> ALL ($2)
        ELSE split_part(consumer_group, '-', 1) = $1 END FOR UPDATE)
UPDATE {schema}.bus_cursor AS c SET position = greatest(0, c.position - $3) FROM was
WHERE (c.topic, c.consumer_group) = (was.topic, was.consumer_group) RETURNING was.position - c.position"""

_LEASED = """
SELECT quote_ident(table_name)
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = $1 AND column_name = 'lease_until' AND table_type = 'BASE TABLE'"""


class Chaos:
    """What is done to a gateway, and how often each fault fell."""

    def __init__(self, gateway: ScatteredGateway, kafka: Kafka | None) -> None:
        self._gateway, self._kafka = gateway, kafka
        self.fallen = Counter[str]()
        self.doubled = 0  # events that were handed on again

    async def strike(self, strikes: Sequence[tuple[str, str]] = STRIKES) -> None:
        """Each strike falls at a call of its kind, in the order in which those come; one at a time.

        While one is borne, calls at which another is still to fall wait for it.
        """
        left, traffic = list(strikes), self._gateway.traffic
        try:
            while left:
                call = await traffic.next([each for each, _ in left])
                strike = next(each for each in left if each[0] == call)
                left.remove(strike)
                await self._fall(strike[1])
        finally:
            traffic.free()

    async def _fall(self, fault: str) -> None:
        if fault == POSTGRES:
            await self._gateway.restart_postgres()
            await self._gateway.clock_is_followed()
        elif fault in (KAFKA_STOPS, KAFKA_STARTS):
            if not self._kafka:
                return
            await asyncio.to_thread(self._kafka.pause if fault == KAFKA_STOPS else self._kafka.restart)
        else:
            await self._gateway.processes[fault].kill(partial(self._while_away, fault))
            await self._gateway.clock_is_followed()
        self.fallen[fault] += 1

    async def _while_away(self, service: str) -> None:
        await self._double(service)
        await _end_leases(self._gateway.databases[service], service)

    async def _double(self, service: str) -> None:
        """What a service has applied last it will be handed once more."""
        for name, database in self._gateway.databases.items():
            rows = await database.pool.fetch(_REWIND.format(schema=name), service, list(NAMES), AGAIN)
            self.doubled += sum(row[0] for row in rows)


async def _end_leases(database: Database, service: str) -> None:
    """Whoever holds one is dead, and others need not wait the minutes after which they would take that for granted."""
    for (table,) in await database.pool.fetch(_LEASED, service):
        over = f"UPDATE {table} SET lease_until = clock_timestamp() WHERE lease_until > clock_timestamp()"
        await database.pool.execute(over)


def broker(folder: Path) -> Kafka | None:
    """A broker that may be stopped; None where there is none, or one that is not ours."""
    with suppress(KafkaUnavailable):
        found = local_kafka.start(folder, java_options=SHORT_LIVED)
        return found if found.owned else None
    return None


async def broken_chains(databases: Mapping[str, Database]) -> list[str]:
    """The services whose log of events is not one chain without a gap."""

    async def verified(database: Database) -> event_log.Verified:
        async with database.transaction() as connection:
            return await event_log.verify(connection)

    return [name for name, database in databases.items() if not (await verified(database)).intact]


async def parked(databases: Collection[Database]) -> int:
    """How many events somebody could not apply."""
    return sum([await each.pool.fetchval("SELECT count(*) FROM parked") for each in databases])


async def in_topics(streams: Database, kafka: Kafka) -> tuple[int, int, int]:
    """How many events of feeds their partners' topics have, how many lack, and how many they have twice."""
    there = lacking = twice = 0
    for partner, latest in await _relayed(streams):
        found = await _positions(kafka, f"feeds.{partner.removeprefix('partners/')}")
        there += len(set(found))
        lacking += len(set(range(1, latest + 1)) - set(found))
        twice += len(found) - len(set(found))
    return there, lacking, twice


async def _relayed(streams: Database) -> list[tuple[str, int]]:
    """How far the feed of each partner goes, once all of it has been relayed."""
    async with asyncio.timeout(RELAYED_WITHIN_S):
        while True:
            feeds = await streams.pool.fetch(
                "SELECT partner, latest, place FROM feed LEFT JOIN feed_topic USING (partner)"
            )
            if all(row["place"] == row["latest"] for row in feeds):
                return [(row["partner"], row["latest"]) for row in feeds]
            await asyncio.sleep(0.05)


async def _positions(kafka: Kafka, topic: str) -> list[int]:
    """The positions of all events in a topic, as its records bear them."""
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest") as consumer:
        [place] = consumer.assignment()
        end, found = (await consumer.end_offsets([place]))[place], list[int]()
        while await consumer.position(place) < end:
            records = (await consumer.getmany(place, timeout_ms=1000)).get(place, [])
            found += [int(dict(record.headers)["feedposition"]) for record in records]
    return found
