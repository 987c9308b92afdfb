"""The demo, through the public doors on both buses; and what README and `make run` show, pasted into its world."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.courier.v1 import courier_pb2
from doselane.status.v1 import status_pb2

from services.kernel import event_log
from services.local import demo
from services.local.demo.doors import Program
from services.local.gateway import Gateway, Plan
from services.local.hints import commands
from services.local.kafka import Kafka
from services.local.postgres import Postgres
from tests.support.terminal import paste, path_with_grpcurl

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
SNIPPETS = [text for kind, text in BLOCKS if kind == "sh"]


@dataclass
class World:
    """What `make run` leaves behind."""

    gateway: Gateway
    tally: demo.Tally


@pytest.fixture(scope="module")
async def world(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A gateway on which the demo was played, and that is still up."""
    plan = Plan(postgres.create_database("demo"), tmp_path_factory.mktemp("demo"))
    async with Gateway(plan) as gateway:
        yield World(gateway, await demo.play(gateway.rest_url, gateway.grpc_target, print))


@pytest.mark.slow
async def test_the_days_tell_their_whole_story(world: World):
    await _check(world)


async def test_nothing_happens_before_its_time(world: World):
    """Each dose is made, then collected, then delivered, then administered; one lie is marked, and moved nothing."""
    delivered = doubted = 0
    async with Program("tidewater-planner", world.gateway.rest_url, world.gateway.grpc_target) as staff:
        doses = (await staff.call("StatusService", "ListDoses", status_pb2.ListDosesRequest(page_size=100))).doses
        for dose in doses:
            run = await staff.call("CapacityService", "GetRun", capacity_pb2.GetRunRequest(name=dose.run))
            asked = status_pb2.ListTimelineEntriesRequest(parent=dose.name, page_size=100)
            for entry in (await staff.call("StatusService", "ListTimelineEntries", asked)).timeline_entries:
                happened_at = entry.milestone.time.ToDatetime(UTC)
                assert entry.event_time.ToDatetime(UTC) <= entry.record_time.ToDatetime(UTC)
                if entry.plausibility == status_pb2.TimelineEntry.IMPLAUSIBLE:
                    doubted += 1
                elif entry.milestone.kind == courier_pb2.Milestone.DELIVERED:
                    ready_at, needed_at = run.end_of_synthesis_time, dose.administration.time
                    assert ready_at.ToDatetime(UTC) < happened_at <= needed_at.ToDatetime(UTC)
                    assert dose.shipment.state == status_pb2.Shipment.DELIVERED
                    assert not dose.shipment.implausible_milestones
                    delivered += 1
    assert doubted == 1 and delivered >= 10


def test_no_snippet_holds_a_date_that_passes_by_or_leaves_something_out():
    assert len(SNIPPETS) >= 5
    for snippet in SNIPPETS:
        assert not re.search(r"…|\.\.\.|20\d\d-\d\d", snippet), snippet
    shown = "\n".join(text for kind, text in BLOCKS if kind != "sh")
    assert "curl" not in shown, "a command that no test pastes"


async def test_the_readmes_snippets_run(world: World, tmp_path: Path):
    gateway, path = world.gateway, path_with_grpcurl()
    ours = {"localhost:8080": gateway.rest_url.removeprefix("http://"), "localhost:9090": gateway.grpc_target}
    pasted = [re.sub("|".join(ours), lambda found: ours[found[0]], snippet) for snippet in SNIPPETS]
    searched, over_grpc, claimed, followed, moved, stepped_up = await paste(pasted, tmp_path, path)
    assert json.loads(searched)["offers"]
    assert len(json.loads(over_grpc)["offers"]) == len(json.loads(searched)["offers"])
    slot = json.loads(claimed)
    assert (slot["state"], slot["orderReference"]) == ("CONFIRMED", "NL-0042")
    assert slot["name"].replace("slots/", "doses/") in followed
    assert json.loads(moved)["movable"] is True
    assert {"access_token", "session", "auth_time"} <= set(json.loads(stepped_up))


async def test_what_make_run_prints_can_be_pasted(world: World, tmp_path: Path):
    shown = commands(world.gateway.rest_url, world.gateway.grpc_target)
    _, over_rest, over_grpc = await paste(shown, tmp_path, path_with_grpcurl())
    assert json.loads(over_rest)["offers"]
    assert json.loads(over_grpc)["offers"]


@pytest.mark.slow
@pytest.mark.kafka
async def test_the_same_days_go_by_over_kafka(database_dsn: str, tmp_path: Path, own_kafka: Kafka):
    async with Gateway(Plan(database_dsn, tmp_path, kafka_bootstrap=own_kafka.bootstrap)) as gateway:
        await _check(World(gateway, await demo.play(gateway.rest_url, gateway.grpc_target, print)))


@pytest.mark.slow
async def test_a_second_gateway_finds_what_the_first_one_stored_and_goes_on_from_its_time(
    database_dsn: str, tmp_path: Path
):
    async with Gateway(Plan(database_dsn, tmp_path)) as first:
        await demo.play(first.rest_url, first.grpc_target, print)
        left_at = first.clock.now()
    async with Gateway(Plan(database_dsn, tmp_path)) as second:
        assert timedelta(0) <= second.clock.now() - left_at < timedelta(minutes=10)
        stored = await second.databases["slotting"].pool.fetchval("SELECT count(*) FROM slot")
        again = await demo.play(second.rest_url, second.grpc_target, print)
        assert stored and await second.databases["slotting"].pool.fetchval("SELECT count(*) FROM slot") > stored
    assert again.good


async def _check(world: World) -> None:
    tally = world.tally
    for database in world.gateway.databases.values():
        async with database.transaction() as connection:
            verified = await event_log.verify(connection)
        assert verified.intact, verified
    slots = world.gateway.databases["slotting"].pool
    assert await slots.fetch("SELECT * FROM violation") == []
    all_legs = "order_reference = 'NL-0200' AND '' NOT IN (qc_place, departure_place, window_place)"
    run_too = "pool_vials + allotment_vials = 1"
    assert await slots.fetchval(f"SELECT count(*) FROM slot WHERE {run_too} AND {all_legs}") == 1
    assert tally.good, tally
    assert (tally.claims, tally.refused, tally.delivered, tally.overbooked) == (12, 3, 10, 0)
    assert (tally.implausible, tally.days > 5) == (1, True)
