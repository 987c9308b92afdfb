"""The demo, through the public doors on both buses; and what README and `make run` show, pasted into its world."""

import json
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import distribution_pb2, lane_pb2, shipment_pb2
from doselane.exchange.v1 import exchange_pb2
from doselane.quality.v1 import batch_pb2, quality_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import status_pb2
from doselane.tower.v1 import escalation_pb2, incident_pb2, tower_pb2

from services.kernel import event_log
from services.kernel.bus.kafka_settings import KafkaSettings
from services.local import demo
from services.local.demo.calling import LADDER, ON_CALL
from services.local.demo.doors import Program
from services.local.demo.planning import until
from services.local.gateway import Gateway, Plan
from services.local.hints import commands, salesforce_commands
from services.local.kafka import Kafka
from services.local.postgres import Postgres
from tests.support.terminal import paste, path_with_grpcurl

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
SNIPPETS = [text for kind, text in BLOCKS if kind == "sh"]

SLOT_LOST = "doselane.slotting.slot.lost.v1"
State, Meaning = batch_pb2.Batch.State, batch_pb2.Signature.Meaning


class Played:
    """What a gateway on which the demo was played has left behind."""

    def __init__(self, postgres: Postgres, data_dir: Path, tally: demo.Tally, ahead: timedelta) -> None:
        self._postgres, self._data_dir, self.tally, self.ahead = postgres, data_dir, tally, ahead

    def found_by(self, name: str) -> Gateway:
        """Another gateway, which finds a copy of it: no test sees what another one does."""
        folder = self._data_dir.with_name(name)
        shutil.copytree(self._data_dir, folder)
        return Gateway(Plan(self._postgres.create_database(name, template="demo"), folder, twins=True))


@dataclass
class World:
    """What `make run` leaves behind."""

    gateway: Gateway
    tally: demo.Tally


@pytest.fixture(scope="module")
async def played(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Played:
    data_dir = tmp_path_factory.mktemp("played")
    async with Gateway(Plan(postgres.create_database("demo"), data_dir, twins=True)) as gateway:
        tally = await demo.play(gateway.rest_url, gateway.grpc_target, gateway.twins, print)
        return Played(postgres, data_dir, tally, gateway.clock.now() - datetime.now(UTC))


@pytest.fixture(scope="module")
async def world(played: Played) -> AsyncIterator[World]:
    """A gateway that found what the demo left behind, and is up."""
    async with played.found_by("world") as gateway:
        yield World(gateway, played.tally)


@pytest.mark.slow
async def test_the_days_tell_their_whole_story(world: World):
    await _check(world)


async def test_nothing_happens_before_its_time(world: World):
    """Each dose is made, then collected, then delivered, then administered; one lie is marked, and moved nothing."""
    delivered = doubted = late = 0
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
                    assert ready_at.ToDatetime(UTC) < happened_at
                    late += happened_at > needed_at.ToDatetime(UTC)
                    assert dose.shipment.state == shipment_pb2.Shipment.DELIVERED
                    assert not dose.shipment.implausible_milestones
                    delivered += 1
    assert doubted == 1 and delivered >= 10 and late <= 1  # one courier is late


async def test_each_batch_ends_as_its_results_have_it_and_is_certified_before_it_is_used(world: World):
    """Certified, failed after use, or rejected on the road so that its dose never arrives; each step by a person."""
    async with Program("tidewater-planner", world.gateway.rest_url, world.gateway.grpc_target) as staff:
        listed = await staff.call("QualityService", "ListBatches", quality_pb2.ListBatchesRequest(page_size=100))
        doses = (await staff.call("StatusService", "ListDoses", status_pb2.ListDosesRequest(page_size=100))).doses
    states = Counter(State.Name(batch.state) for batch in listed.batches)
    assert states == {"CERTIFIED_FINAL": 2, "CERTIFIED_FOR_USE": 3, "FAILED_AFTER_USE": 1, "REJECTED": 1}
    for batch in listed.batches:
        signed = {signature.meaning: signature for signature in batch.signatures}
        assert signed[Meaning.DISPATCH_ASSESSED].role == "quality.designated_person"
        used = [dose for dose in doses if dose.run == batch.run]
        if batch.state == State.REJECTED:
            assert all(dose.shipment.state != shipment_pb2.Shipment.DELIVERED for dose in used)
            continue
        certified_at = signed[Meaning.CERTIFIED_FOR_USE].sign_time.ToDatetime(UTC)
        assert signed[Meaning.CERTIFIED_FOR_USE].role == "quality.qualified_person"
        assert used and all(certified_at < dose.administration.time.ToDatetime(UTC) for dose in used)


async def test_each_dose_that_left_was_packed_and_handed_over_by_its_checklist(world: World):
    async with Program("tidewater-planner", world.gateway.rest_url, world.gateway.grpc_target) as staff:
        asked = distribution_pb2.ListShipmentsRequest(page_size=100)
        shipments = (await staff.call("DistributionService", "ListShipments", asked)).shipments
    assert len(shipments) == world.tally.claims - 1 + 2  # what was given back never left; two were made anew
    for shipment in shipments:
        packed = [dose for package in shipment.packages for dose in package.doses]
        assert sorted(packed) == sorted(each.dose for each in shipment.doses)
        for package in shipment.packages:
            assert package.consignee.address and package.class7.not_for_use and not package.class7.contradictions
        by_call = [entry for entry in shipment.custody if not entry.milestone_event_id]
        assert [entry.from_party for entry in by_call] == ["partners/tidewater-isotopes"]
        assert by_call[0].time.ToDatetime(UTC) < shipment.departure_time.ToDatetime(UTC)


async def test_what_the_captain_refused_is_on_record_as_a_denial_of_its_lane(world: World):
    async with Program("tidewater-planner", world.gateway.rest_url, world.gateway.grpc_target) as staff:
        lost = distribution_pb2.ListShipmentsRequest(states=[shipment_pb2.Shipment.LOST])
        (shipment,) = (await staff.call("DistributionService", "ListShipments", lost)).shipments
        asked = lane_pb2.ListDenialsRequest(lane=shipment.lane)
        (denial,) = (await staff.call("LaneService", "ListDenials", asked)).denials
    assert (denial.kind, denial.refuser) == (lane_pb2.Denial.DENIED, lane_pb2.Denial.CAPTAIN)
    assert (denial.shipment, denial.departure_time) == (shipment.name, shipment.departure_time)
    assert (denial.carrier, shipment.loss.cause) == (shipment.courier, shipment_pb2.Loss.DENIED)


async def test_whose_dose_was_lost_by_its_batch_or_at_the_airport_is_treated_with_one_of_another_run(world: World):
    """The lost dose stays lost, with its cause; both name each other, stand for one order, and each has a vial of its
    own batch."""
    asked = slotting_pb2.ListSlotsRequest(states=[slotting_pb2.Slot.LOST], page_size=100)
    async with Program("tidewater-planner", world.gateway.rest_url, world.gateway.grpc_target) as staff:
        lost = (await staff.call("SlottingService", "ListSlots", asked)).slots
        causes = []
        for gone in lost:
            made = await staff.call("SlottingService", "GetSlot", slotting_pb2.GetSlotRequest(name=gone.replaced_by))
            assert (made.state, made.replaces, made.at_risk) == (slotting_pb2.Slot.FULFILLED, gone.name, False)
            order = ("partner", "order_reference", "patient_reference", "product")
            assert [getattr(made, each) for each in order] == [getattr(gone, each) for each in order]
            assert made.run != gone.run
            shown = []
            for slot in (gone, made):
                on_board = tower_pb2.GetBoardEntryRequest(name=slot.name.replace("slots/", "boardEntries/"))
                entry = await staff.call("TowerService", "GetBoardEntry", on_board)
                shown.append((entry.dose, entry.replaced_by, entry.replaces))
            assert shown == [(shown[0][0], shown[1][0], ""), (shown[1][0], "", shown[0][0])]
            batches = {}
            for slot in (gone, made):
                dose = slot.name.replace("slots/", "doses/")
                found = status_pb2.ListTimelineEntriesRequest(parent=dose, page_size=100)
                entries = (await staff.call("StatusService", "ListTimelineEntries", found)).timeline_entries
                causes += [each.summary for each in entries if each.event_type == SLOT_LOST]
                of_run = quality_pb2.ListBatchesRequest(run=slot.run)
                (batch,) = (await staff.call("QualityService", "ListBatches", of_run)).batches
                of_batch = quality_pb2.ListVialsRequest(batch=batch.name)
                vials = (await staff.call("QualityService", "ListVials", of_batch)).vials
                batches[slot.name] = [each.name for each in vials if each.slot == slot.name]
            assert [len(each) for each in batches.values()] == [1, 1], batches
    assert sorted(each.rpartition(": ")[2] for each in causes) == ["denied.", "recalled."]


async def test_who_is_on_call_hears_of_the_run_that_is_cut_and_answers_while_its_doses_can_be_saved(
    world: World, tell: Callable[[str], None]
):
    """The first step of the ladder reached a telephone, nobody else was called, and then the doses were rescued.

    That it was in time the demo itself makes sure of: what has ended tells no more until when it was.
    """
    async with Program("tidewater-planner", world.gateway.rest_url, world.gateway.grpc_target) as staff:
        asked = escalation_pb2.ListEscalationsRequest(page_size=100)
        escalations = (await staff.call("TowerService", "ListEscalations", asked)).escalations
    (short,) = (each for each in escalations if each.kind == incident_pb2.Incident.RUN_SHORT)
    first, *later = short.steps
    (outcome,) = first.outcomes
    assert (outcome.contact.address, outcome.state) == (ON_CALL, escalation_pb2.AlertOutcome.SENT)
    assert len(short.steps) == len(LADDER) and not any(step.HasField("take_time") for step in later)
    assert "control-tower@cdmo" in short.acknowledge_actor
    moments = (short.begin_time, first.take_time, outcome.time, short.acknowledge_time, short.end_time)
    times = [each.ToDatetime() for each in moments]
    assert sorted(times) == times and short.HasField("end_time"), times
    taken = [step for one in escalations for step in one.steps if step.HasField("take_time")]
    assert {each.state for step in taken for each in step.outcomes} == {escalation_pb2.AlertOutcome.SENT}
    tell(f"{len(escalations)} escalations, {len(taken)} steps taken")


async def test_every_decision_of_the_days_replays_to_the_same(world: World):
    async with Program("tidewater-planner", world.gateway.rest_url, world.gateway.grpc_target) as staff:
        listed = await staff.call("QualityService", "ListBatches", quality_pb2.ListBatchesRequest(page_size=100))
        for batch in listed.batches:
            asked = quality_pb2.ListDecisionsRequest(batch=batch.name, page_size=100)
            decisions = (await staff.call("QualityService", "ListDecisions", asked)).decisions
            assert decisions
            for decision in decisions:
                again = quality_pb2.ReplayDecisionRequest(name=decision.name)
                assert (await staff.call("QualityService", "ReplayDecision", again)).alike


async def test_an_operator_finds_what_couriers_and_the_laboratory_pushed_in_one_list(world: World):
    names: list[str] = []
    adapters: dict[str, str] = {}
    asked = exchange_pb2.ListMessagesRequest(page_size=7)
    async with Program("tidewater-planner", world.gateway.rest_url, world.gateway.grpc_target) as staff:
        while not names or asked.page_token:
            page = await staff.call("ExchangeService", "ListMessages", asked)
            names += [message.name for message in page.messages]
            adapters |= {message.adapter: message.name for message in page.messages}
            asked.page_token = page.next_page_token
        for name in adapters.values():
            found = await staff.call("ExchangeService", "GetMessage", exchange_pb2.GetMessageRequest(name=name))
            assert found.name == name and found.body
    kept = await world.gateway.databases["exchange"].pool.fetchval("SELECT count(*) FROM message")
    assert len(names) == len(set(names)) == kept
    couriers = {"courier_ups", "courier_epcis", "courier_fedex", "courier_generic"}
    laboratories = {"lims_generic", "lims_senaite", "lims_limsml"}
    assert adapters.keys() == couriers | laboratories | {"crm_salesforce", "erp_sap", "alert_twilio"}


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
    searched, over_grpc, claimed, followed, moved, stepped_up, released, endangered = await paste(
        pasted, tmp_path, path
    )
    assert json.loads(searched)["offers"]
    assert len(json.loads(over_grpc)["offers"]) == len(json.loads(searched)["offers"])
    slot = json.loads(claimed)
    assert (slot["state"], slot["orderReference"]) == ("CONFIRMED", "NL-0042")
    assert slot["name"].replace("slots/", "doses/") in followed
    assert json.loads(moved)["movable"] is True
    assert {"access_token", "session", "auth_time"} <= set(json.loads(stepped_up))
    assert {"CERTIFIED_FINAL"} <= {batch["state"] for batch in json.loads(released)["batches"]}
    assert {"DOSE_LOST"} <= {each["kind"] for each in json.loads(endangered)["incidents"]}


async def test_what_make_run_prints_can_be_pasted(world: World, tmp_path: Path):
    shown = commands(world.gateway.rest_url, world.gateway.grpc_target)
    _, over_rest, over_grpc, batches = await paste(shown, tmp_path, path_with_grpcurl())
    assert json.loads(over_rest)["offers"]
    assert json.loads(over_grpc)["offers"]
    assert json.loads(batches)["batches"]


async def test_what_make_run_prints_orders_in_the_simulated_salesforce(world: World, tmp_path: Path):
    """A record that somebody made by hand learns what came of it, in an organisation that knows nothing of before."""
    salesforce = world.gateway.twins.salesforce
    shown = salesforce_commands(salesforce.url, "NL-BY-HAND", world.gateway.clock.now())
    _, made, asked = await paste(shown, tmp_path, path_with_grpcurl())
    assert json.loads(made)["success"]
    assert [each["Order_Reference__c"] for each in json.loads(asked)["records"]] == ["NL-BY-HAND"]

    async def outcome() -> str | None:
        return salesforce.organisation.orders()["NL-BY-HAND"].get("Outcome__c")

    assert await until(outcome, bool) == "PROMISED"


@pytest.mark.long
@pytest.mark.kafka
async def test_the_same_days_go_by_over_kafka(database_dsn: str, tmp_path: Path, own_kafka: Kafka):
    kafka = KafkaSettings(bootstrap=own_kafka.bootstrap)
    async with Gateway(Plan(database_dsn, tmp_path, kafka=kafka, twins=True)) as gateway:
        await _check(World(gateway, await demo.play(gateway.rest_url, gateway.grpc_target, gateway.twins, print)))


@pytest.mark.long
async def test_a_second_gateway_finds_what_the_first_one_stored_and_goes_on_from_its_time(
    played: Played,
):
    async with played.found_by("played_again") as second:
        ahead = second.clock.now() - datetime.now(UTC)
        assert abs(ahead - played.ahead) < timedelta(minutes=1)
        stored = await second.databases["slotting"].pool.fetchval("SELECT count(*) FROM slot")
        again = await demo.play(second.rest_url, second.grpc_target, second.twins, print)
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
    all_legs = "order_reference LIKE 'NL-%-0200' AND '' NOT IN (qc_place, departure_place, window_place)"
    run_too = "pool_vials + allotment_vials = 1"
    assert await slots.fetchval(f"SELECT count(*) FROM slot WHERE {run_too} AND {all_legs}") == 1
    assert tally.good, tally
    assert (tally.claims, tally.refused, tally.delivered, tally.overbooked) == (12, 3, 10, 0)
    assert (tally.implausible, tally.days >= 14) == (1, True)
    assert (tally.couriers, tally.denied, tally.fulfilled) == (4, 1, 10)
    assert (tally.batches, tally.certified, tally.recalls_acknowledged, tally.failed_after_use) == (7, 6, 3, 1)
    assert tally.shipped_in_quarantine >= 5
    # Seven of each of six batches before use, three of one after it; seven of the one that was tested elsewhere.
    assert (tally.results_senaite, tally.results_limsml) == (45, 7)
    # Eight orders, and the doses of seven: one was refused, one given back, and of one a lost dose was made anew.
    assert (tally.salesforce_orders, tally.written_back_salesforce) == (8, 16)
    # Six orders with their lots, and a delivery for each dose.
    assert (tally.sap_runs, tally.written_back_sap) == (6, 6 + 6 + 13)
    # Both sponsors, the laboratory that is asked to test samples, and the courier that is told of a recall.
    assert tally.feeds_complete == 4
    # A rejected batch, a denial and a loss, a silent courier, and whatever came later than its lane says.
    assert tally.incidents >= 5
    # Two by the cut of a run, one of a rejected batch, and one that was refused at the airport.
    assert tally.rescued == 4
    assert tally.webhooks_verified > tally.salesforce_orders
