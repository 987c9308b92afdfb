"""The demo from its first login to its figures: who takes part, and in which order."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, time, timedelta
from time import monotonic

from doselane.quality.v1 import batch_pb2

from services.local import clock
from services.local.demo.calling import ControlRoom
from services.local.demo.day import Day
from services.local.demo.doors import Program, Signatory
from services.local.demo.feeds import complete_feeds
from services.local.demo.hooks import HookReceiver
from services.local.demo.laboratory import Laboratory
from services.local.demo.limits import enter_a2_values
from services.local.demo.making import ready_at
from services.local.demo.ordering import OrderDesk
from services.local.demo.planning import enter_master_data
from services.local.demo.plant import PlantDesk
from services.local.demo.releasing import BatchRelease, Lot, Staff
from services.local.demo.shipping import Shipping
from services.local.demo.specifying import specify
from services.local.demo.tally import Tally
from services.local.demo.towering import count_incidents
from services.local.demo.watching import LOST, OVERDUE, StreamListener
from services.local.twins import Twins
from services.local.world import PRODUCT

Say = Callable[[str], None]

COURIERS = ("swiftline", "coldway", "airbridge", "harborline")
BEGINS_AT = time(13)  # on a Monday, in UTC: morning at the facility
CULTURE = timedelta(days=14)  # how long a test of sterility takes


async def play(rest_url: str, grpc_target: str, twins: Twins, say: Say) -> Tally:
    """Play the days against a gateway, through its public doors and the partners' own systems that it reaches only.

    The tally is right when this returns.
    """
    started = monotonic()
    async with AsyncExitStack() as programs:

        async def log_in(client_id: str) -> Program:
            return await programs.enter_async_context(Program(client_id, rest_url, grpc_target))

        async def sit_down(function: str) -> Signatory:
            return await programs.enter_async_context(Signatory(function, rest_url, grpc_target))

        planner = await log_in("tidewater-planner")
        northlake, harbor = await log_in("northlake-orchestrator"), await log_in("harbor-gateway")
        couriers = [await log_in(f"{courier}-tracking") for courier in COURIERS]
        partners = (northlake, harbor, *couriers)
        staff = Staff(planner, await sit_down("designated-person"), await sit_down("qualified-person"))
        laboratory = await log_in("qc-laboratory")
        release = BatchRelease(staff, Laboratory(laboratory, twins.senaite, twins.samplemanager), say)
        begins_at = await clock.advance(planner, monday_after(await clock.now(planner)), "the demo begins")
        say(f"The gateway's clock is moved on to {begins_at:%A %Y-%m-%d %H:%M} UTC; the days go by as it is moved.")
        assurance = await sit_down("quality-assurance")
        await enter_master_data(planner, say)
        desk = OrderDesk(twins.salesforce.organisation, northlake, begins_at)
        plant = PlantDesk(twins.sap, planner, begins_at)
        control_room = ControlRoom(planner, await sit_down("control-tower"), twins.telephones, say)
        await control_room.write_ladder(PRODUCT)
        day = Day(plant, desk, harbor, control_room, begins_at, say)

        async def sign_the_rules() -> None:
            await specify(planner, assurance, say)
            await enter_a2_values(planner, assurance, say)

        hooks = await programs.enter_async_context(HookReceiver(northlake))
        async with StreamListener(planner) as watcher:
            await day.promise(sign_the_rules)
            shipped = await Shipping(plant, release, partners, desk.until_written, say).ship(day.slots, day.odd)
            day.go_on_with(shipped)
            day.tally.delivered = await watcher.until_delivered(shipped.doses)
            day.tally.overdue = await watcher.until_told(OVERDUE)
            day.tally.denied = watcher.kinds[LOST]
            day.tally.events, day.tally.implausible = watcher.events, watcher.implausible
            day.tally.couriers = len({courier for courier in shipped.couriers if courier.told})
        await desk.until_written()  # what is told of a dose long after it was given is not written any more
        await day.administer()
        await conclude(release, shipped.lots, partners, say)
        await day.tally.count(release, shipped.lots)
        say(
            f"Verdicts rest on {day.tally.results_senaite} results that were verified in SENAITE, and on "
            f"{day.tally.results_limsml} that a contract laboratory entered in SampleManager."
        )
        await day.check_books()
        await desk.until_written()
        day.tally.salesforce_orders, day.tally.written_back_salesforce = desk.decided, desk.written
        say(f"Salesforce's records say what the gateway says: {desk.written} were written, orders and doses.")
        await plant.until_written()
        day.tally.sap_runs, day.tally.written_back_sap = plant.runs, plant.written
        say(f"SAP holds what {plant.runs} runs yielded, usage decisions, goods issues: {plant.written} documents.")
        day.tally.feeds_complete = await complete_feeds((*partners, laboratory))
        say(f"{day.tally.feeds_complete} partners read their feeds to the end, and nothing was missing.")
        day.tally.webhooks_verified = await hooks.until_told()
        say(f"Northlake's receiver took {day.tally.webhooks_verified} events, each once its signature was found good.")
        day.tally.incidents = await count_incidents(planner, say)
        day.tally.days = round((await clock.now(planner) - begins_at) / timedelta(days=1), 2)
    day.tally.seconds = round(monotonic() - started, 2)
    return day.tally


def monday_after(now: datetime) -> datetime:
    """When the story can begin: the next Monday, in the morning."""
    begins_at = datetime.combine(now.date() - timedelta(days=now.weekday()), BEGINS_AT, UTC)
    return begins_at if begins_at > now else begins_at + timedelta(weeks=1)


async def conclude(release: BatchRelease, lots: Sequence[Lot], partners: Collection[Program], say: Say) -> None:
    """A fortnight after the first batches were made: sterility decides on each that was used."""
    first_at = min(ready_at(lot.run) for lot in lots)
    now = await clock.reach(release.staff.control, first_at + CULTURE, "cultures are read")
    say(f"{now:%A %Y-%m-%d %H:%M} UTC: a fortnight later, the cultures of the first batches are read.")
    for lot in lots:
        used = (await release.batch(lot)).state == batch_pb2.Batch.CERTIFIED_FOR_USE
        if used and ready_at(lot.run) == first_at and not await release.conclude(lot):
            await release.acknowledge(lot, partners)
