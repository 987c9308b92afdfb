"""What the command line can do."""

import argparse
import asyncio
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from services.kernel import event_log, signatures
from services.kernel import parked as parked_events
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.db import Database
from services.kernel.process import keep_for_good
from services.local import clock, kafka, postgres
from services.local import demo as demo_day
from services.local.demo.doors import Program
from services.local.gateway import Gateway, Plan
from services.local.hints import commands, salesforce_commands, token_command
from services.local.services import NAMES
from services.local.world import CLIENTS, VIEWERS

DATABASE = "doselane"


async def run(asked: argparse.Namespace) -> int:
    """Start the gateway on kept data, play the demo day, and stay until told to stop."""
    stop = _stopping()
    with parts(asked.data, asked.bus) as (dsn, bootstrap):
        say("Starting the services …")
        plan = Plan(
            database_dsn=dsn,
            data_dir=asked.data,
            kafka=KafkaSettings(bootstrap=bootstrap),
            http_port=asked.http_port,
            grpc_port=asked.grpc_port,
            ops_port=asked.ops_port,
            twins=True,
        )
        async with Gateway(plan) as gateway:
            keep_for_good()
            await _tell_found(gateway)
            await _move_clock(gateway, asked.clock)
            if not asked.no_demo:
                say("Playing a demo day through the public interfaces …")
                tally = await demo_day.play(gateway.rest_url, gateway.grpc_target, gateway.twins, say)
                say(f"The day in figures: {json.dumps(asdict(tally))}")
            _tell_doors(gateway)
            return await _stay(gateway, stop)


async def demo(asked: argparse.Namespace) -> int:
    """Play the demo day on a fresh gateway; 0 if it told its whole story."""
    folder = Path(tempfile.mkdtemp(prefix="doselane-demo-"))
    try:
        with parts(folder, asked.bus) as (dsn, bootstrap):
            async with Gateway(Plan(dsn, folder, kafka=KafkaSettings(bootstrap=bootstrap), twins=True)) as gateway:
                await _move_clock(gateway, asked.clock)
                tally = await demo_day.play(gateway.rest_url, gateway.grpc_target, gateway.twins, say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(asdict(tally)), flush=True)
    return 0 if tally.good else 1


async def parked(asked: argparse.Namespace) -> int:
    """List what a consumer could not apply, or ask the running gateway to apply it again."""
    with _database_of(asked.data) as dsn:
        database = await Database.connect(dsn, asked.schema, pool_size=2)
        async with database.transaction() as connection:
            if asked.action == "replay":
                say(f"{await parked_events.ask_replay(connection, asked.id or None)} events will be applied again.")
            else:
                for one in await parked_events.waiting(connection):
                    subject = one.event.subject if one.event else "an unreadable record"
                    say(f"{one.id}\t{one.parked_at:%Y-%m-%dT%H:%M:%SZ}\t{one.consumer}\t{subject}\t{one.fault}")
        await database.close()
    return 0


async def verify(asked: argparse.Namespace) -> int:
    """Walk the hash chain of each service's event log, and that of each record's signatures; 1 if one is broken."""
    broken = False
    with _database_of(asked.data) as dsn:
        for schema in NAMES:
            database = await Database.connect(dsn, schema, pool_size=2)
            async with database.transaction() as connection:
                verified, gaps = await event_log.verify(connection), await signatures.gaps(connection)
            await database.close()
            say(f"{schema}: {verified.count} events, {verified.problem or 'the chain is intact'}")
            for record in gaps or ():
                say(f"{schema}: a signature of {record} is gone or was put in")
            broken = broken or not verified.intact or bool(gaps)
    return 1 if broken else 0


@contextmanager
def parts(data: Path, bus: str) -> Iterator[tuple[str, str]]:
    """PostgreSQL, and Kafka if asked for, until the block ends: the database's address and Kafka's, if any."""
    data = data.absolute()
    data.mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        say("Starting PostgreSQL …")
        server = running.enter_context(postgres.start(data / "postgres"))
        dsn = server.create_database(DATABASE)
        bootstrap = ""
        if bus == "kafka":
            say("Starting Apache Kafka (the first time it is fetched, which takes a while) …")
            bootstrap = running.enter_context(kafka.start(data / "kafka")).bootstrap
        yield dsn, bootstrap


@contextmanager
def _database_of(data: Path) -> Iterator[str]:
    """The kept database: the running one if there is one, else started for as long as the block lasts."""
    folder = data.absolute() / "postgres"
    if dsn := postgres.running(folder, DATABASE):
        yield dsn
        return
    with postgres.start(folder) as server:
        yield server.dsn(DATABASE)


def say(text: str) -> None:
    """Tell whoever watches; standard output is kept for results."""
    print(text, file=sys.stderr, flush=True)


async def _tell_found(gateway: Gateway) -> None:
    pool = gateway.databases["slotting"].pool
    row = await pool.fetchrow("SELECT (SELECT count(*) FROM run) AS runs, (SELECT count(*) FROM slot) AS slots")
    if row and row["runs"]:
        say(f"Found the data of before: {row['runs']} runs, {row['slots']} slots.")


async def _move_clock(gateway: Gateway, to: clock.Destination | None) -> None:
    if to is not None:
        async with Program("tidewater-planner", gateway.rest_url, gateway.grpc_target) as staff:
            now = await clock.advance(staff, to, "the command line")
        say(f"The gateway's clock was moved on to {now:%A %Y-%m-%dT%H:%M:%SZ}.")


def _clock_told(gateway: Gateway) -> str:
    now, ahead = gateway.clock.now(), gateway.clock.ahead
    told = f"\nThe gateway's clock stands at {now:%A %Y-%m-%dT%H:%M:%SZ}"
    return f"{told}, {ahead.days} days ahead of this machine." if ahead else f"{told}."


def _tell_doors(gateway: Gateway) -> None:
    url = gateway.rest_url
    say(
        f"""
Doselane is up.
  gRPC            {gateway.grpc_target}   (grpcurl -plaintext {gateway.grpc_target} list)
  REST            {url}/v1/…
  console         {url}/   (sign in with an account below; {url}/portal is for a treatment centre's)
  documentation   {url}/docs/   (all calls to try: {url}/docs/api, {url}/openapi.json)
  event streams   gRPC StatusService/WatchTimeline, CapacityService/WatchRuns, QualityService/WatchBatches,
                  TowerService/WatchBoardEntries, TowerService/WatchIncidents
                  {url}/v1/doses/-/timelineEntries:watch   (server-sent events)
  courier push    {url}/push/ups/swiftline   {url}/push/epcis/coldway/capture
                  {url}/push/fedex/airbridge   {url}/push/courier/harborline
  results push    {url}/push/lims/qc-laboratory
  metrics         {gateway.ops_url}/metrics
  token issuer    {url}/oauth/token   (development only)
  Salesforce      {gateway.twins.salesforce.url}   (Northlake Oncology's own, simulated; empty at each start)
  SAP             {gateway.twins.sap.url}   (the manufacturer's own, simulated; empty at each start)
  SENAITE         {gateway.twins.senaite.url}   (the quality-control laboratory's, simulated; empty at each start)
  SampleManager   {gateway.twins.samplemanager.url}   (a contract laboratory's, simulated; speaks LIMSML)
  the clock       {url}/v1/clock   (POST {url}/v1/clock:advance moves it on)

Tokens, good for an hour on the gateway's clock, and how to get a new one:"""
    )
    for client_id in CLIENTS:
        say(f"  {client_id}\n    {gateway.issuer.token(client_id)}\n    {token_command(url, client_id)}")
    say("\nAccounts of people, for the console, with their passwords:")
    for person_id, person in VIEWERS.items():
        say(f"  {person_id}   {person.password.get_secret_value()}")
    say("\nTo try, in another terminal: a new token, a search over REST and over gRPC, and the batches.")
    for command in commands(url, gateway.grpc_target):
        say(f"  {command}")
    say("\nTo order by hand in Northlake's Salesforce: a token of its people, an order, and what came of all orders.")
    now = gateway.clock.now()
    for command in salesforce_commands(gateway.twins.salesforce.url, f"NL-{now:%y%m%d%H%M%S}", now):
        say(f"  {command}")
    say(_clock_told(gateway))
    say("\nCtrl-C stops it; the data stays.")


async def _stay(gateway: Gateway, stop: asyncio.Event) -> int:
    stopping, failing = asyncio.create_task(stop.wait()), asyncio.create_task(gateway.wait())
    await asyncio.wait((stopping, failing), return_when=asyncio.FIRST_COMPLETED)
    for task in (stopping, failing):
        if not task.done():
            task.cancel()
    if failing.done() and not failing.cancelled():
        failing.result()
    say("Stopping …")
    return 0


def _stopping() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
