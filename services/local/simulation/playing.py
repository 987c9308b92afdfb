"""The days of a simulation, played on the gateway's clock from one thing to the next."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import chain, groupby

from doselane.capacity.v1 import capacity_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.tower.v1 import tower_pb2

from adapters.sandbox import SandboxCourier
from services.kernel.errors import NotFound
from services.local import clock
from services.local.demo.agenda import Agenda, Task
from services.local.demo.couriers import sandbox_couriers
from services.local.demo.laboratory import Laboratory
from services.local.demo.limits import enter_a2_values
from services.local.demo.making import ready_at
from services.local.demo.ordering import OrderDesk
from services.local.demo.planning import enter_master_data
from services.local.demo.plant import PlantDesk
from services.local.demo.releasing import BatchRelease
from services.local.demo.shipping import decided_at
from services.local.demo.specifying import specify
from services.local.services import NAMES
from services.local.simulation.carrying import CANCELLED_BEFORE, DENIED_AFTER, HANDED_OVER_BEFORE, Carrying
from services.local.simulation.cast import COURIERS, Cast, PlayedOn
from services.local.simulation.checking import check, feed_of
from services.local.simulation.fate import DrawnRun, Fate
from services.local.simulation.faults import Outage, System
from services.local.simulation.ordering import Ordering, until_claimable
from services.local.simulation.producing import Producing, enter_production
from services.local.simulation.promises import DoseOutcome, MadePromise, PromiseBook, at
from services.local.simulation.report import SimulationReport
from services.local.simulation.rescuing import Policy, rescuer_of
from services.local.simulation.settling import settle
from services.local.simulation.story import story_hash

Say = Callable[[str], None]
BEGINS_AT = time(13)  # in UTC: morning at the facility
ORDERED_AFTER, FILLED_AFTER, ATTACHED_AFTER = timedelta(hours=1), timedelta(minutes=20), timedelta(minutes=30)
ASSESSED_AFTER = timedelta(minutes=55)
RESCUED_EVERY = timedelta(hours=4)
A_DAY = timedelta(days=1)


class Simulation:
    """Some days of a gateway that nobody else uses."""

    def __init__(self, gateway: PlayedOn, cast: Cast, fate: Fate, policy: Policy, say: Say) -> None:
        self._gateway, self._cast, self._fate, self._policy, self._say = gateway, cast, fate, policy, say
        self._agenda, self._book = Agenda(), PromiseBook()
        laboratory = Laboratory(cast.laboratory, gateway.twins.senaite, gateway.twins.samplemanager)
        self._release = BatchRelease(cast.staff, laboratory, _unsaid)
        self._rescuer = rescuer_of(policy, cast.planner, (cast.northlake, cast.harbor), self._book)
        self._away: set[System] = set()
        self._waiting: dict[System, list[Task]] = {system: [] for system in System}
        self._begins_at: datetime
        self._plant: PlantDesk
        self._desk: OrderDesk
        self._ordering: Ordering
        self._producing: Producing
        self._carrying: Carrying
        self._runs: dict[str, capacity_pb2.Run] = {}  # by what the simulation calls them
        self._names: dict[str, str] = {}  # the other way round
        self._planned: dict[str, DrawnRun] = {}  # by name
        self._assessed: set[str] = set()

    async def play(self, days: int) -> SimulationReport:
        """Plays so many days of making, and what follows of them; what came of it."""
        planner = self._cast.planner
        self._begins_at = await clock.advance(planner, _next(await clock.now(planner)), "a simulation begins")
        await enter_master_data(planner, _unsaid)
        await specify(planner, self._cast.assurance, _unsaid)
        await enter_a2_values(planner, self._cast.assurance, _unsaid)
        twins = self._gateway.twins
        self._desk = OrderDesk(twins.salesforce.organisation, self._cast.northlake, self._begins_at)
        self._plant = PlantDesk(twins.sap, planner, self._begins_at)
        self._ordering = Ordering(self._cast.northlake, self._cast.harbor, self._desk, self._book)
        self._producing = Producing(planner, self._release, self._cast.partners, self._fate, self._book)
        coldway = self._cast.couriers[COURIERS.index("coldway")]
        async with AsyncExitStack() as doors:
            couriers = sandbox_couriers(self._gateway.rest_url, coldway, partial(clock.now, planner))
            for courier in couriers:
                await doors.enter_async_context(courier)
            self._carrying = Carrying(planner, couriers, self._fate, self._names.__getitem__, self._begins_at)
            self._enter(days)
            await self._let_time_go_by(couriers, days)
        await self._settle()
        return await self._report(days)

    def _enter(self, days: int) -> None:
        """What the days begin with: orders of the plant and of sponsors, outages, and looks at what is at risk."""
        for day in range(days):
            planned = self._fate.runs(day)
            for opens, together in groupby(planned, self._fate.opens):
                self._at(opens, partial(self._with, System.SAP, partial(self._order_runs, tuple(together))))
            self._at(self._fate.opens(planned[0]) + ORDERED_AFTER, partial(self._place_orders, planned))
        for outage in self._fate.faults.outages:
            if outage.day < days:
                self._at(outage.begins, partial(self._lose, outage))
        if self._policy is not Policy.NONE:
            for number in range(1, int((days + 3) * A_DAY / RESCUED_EVERY)):
                self._at(RESCUED_EVERY * number, self._rescue)

    def _at(self, after: timedelta, task: Task) -> None:
        self._agenda.at(self._begins_at + after, task)

    async def _let_time_go_by(self, couriers: Sequence[SandboxCourier], days: int) -> None:
        day = 0
        while due := [at for at in (self._agenda.due_at, *(courier.due_at for courier in couriers)) if at]:
            now = await clock.reach(self._cast.planner, min(due), "time goes by")
            for courier in couriers:
                if courier.due_at and courier.due_at <= now:
                    await courier.tell_due()
            await self._agenda.do_due(now)
            if (gone := (now - self._begins_at) // A_DAY) > day:
                day = gone
                self._say(f"day {day} of {days}: {len(self._book)} doses promised, {self._summary()}")

    def _summary(self) -> str:
        judged = [promise for promise in self._book if promise.outcome]
        treated = sum(promise.outcome is DoseOutcome.TREATED for promise in judged)
        return f"{treated} of {len(judged)} treated, {sum(promise.rescued for promise in judged)} of them rescued"

    async def _with(self, system: System, task: Task) -> None:
        """Do what needs a partner's system, at once or when it is back."""
        if system in self._away:
            self._waiting[system].append(task)
        else:
            await task()

    async def _lose(self, outage: Outage) -> None:
        self._away.add(outage.system)
        (self._desk if outage.system is System.SALESFORCE else self._plant).go_away()
        self._agenda.at(
            await clock.now(self._cast.planner) + timedelta(hours=outage.hours), partial(self._find, outage)
        )

    async def _find(self, outage: Outage) -> None:
        """The system is back, and what waited for it is done."""
        if outage.system is System.SALESFORCE:
            self._desk.come_back()
        else:
            self._gateway.twins.sap.come_back()
        self._away.discard(outage.system)
        waiting, self._waiting[outage.system] = self._waiting[outage.system], []
        for task in waiting:
            await task()

    async def _order_runs(self, planned: Sequence[DrawnRun]) -> None:
        """People at the plant release an order for each run, and each opens one."""
        orders = [self._plant.order(run.product, run.vials, self._begins_at + run.ends) for run in planned]
        for run, order in zip(planned, orders, strict=True):
            opened = self._runs[run.name] = await self._plant.opened(order)
            self._names[opened.name], self._planned[opened.name] = run.name, run
            await until_claimable(self._cast.planner, opened.name)
            self._enter_run(run, opened)

    def _enter_run(self, planned: DrawnRun, run: capacity_pb2.Run) -> None:
        ended_at = enter_production(self._agenda.at, self._producing, self._fate, planned, run, ready_at(run))
        if ended_at:
            self._agenda.at(ended_at + FILLED_AFTER, lambda: self._producing.fill(planned, run))
            self._agenda.at(ended_at + ASSESSED_AFTER, partial(self._assess, run))

    async def _place_orders(self, planned: Sequence[DrawnRun]) -> None:
        for run in planned:
            if opened := self._runs.get(run.name):
                await self._ordering.place(self._fate.orders(run), opened.name, ready_at(opened))
        await self._with(System.SALESFORCE, self._ordering.read_outcomes)
        for promise in self._book:
            if promise.outcome is None:
                self._agenda.at(promise.latest_at, partial(self._judge, promise))

    async def _assess(self, run: capacity_pb2.Run) -> None:
        """What may leave is packed, and will be handed over at its departure."""
        self._assessed.add(run.name)
        slots = await self._producing.assess(run)
        for slot in slots:
            await self._enter_departure(self._promised(slot), run)
        if slots:
            self._agenda.at(decided_at(slots), partial(self._decide, run))

    async def _enter_departure(self, promise: MadePromise, run: capacity_pb2.Run) -> None:
        """A dose that may leave will be handed over at its departure."""
        await self._carrying.attach(promise)
        departs_at = at(promise.slot.departure_time)
        if self._carrying.is_cancelled(promise.slot):
            self._agenda.at(departs_at - CANCELLED_BEFORE, partial(self._carrying.cancel, promise.slot))
        self._agenda.at(departs_at - HANDED_OVER_BEFORE, partial(self._hand_over, promise, run, departs_at))

    async def _hand_over(self, promise: MadePromise, run: capacity_pb2.Run, departs_at: datetime) -> None:
        """A dose leaves, unless its order went elsewhere, or the time of its departure is over before it may."""
        slot = await self._slot(promise)
        if (slot.run, at(slot.departure_time)) == (run.name, departs_at) and slot.state == slotting_pb2.Slot.CONFIRMED:
            if self._carrying.is_cancelled(slot):
                promise.notes.append("its departure was cancelled")
            elif not await self._producing.ready(run.name):
                promise.notes.append("its batch was rejected before it left")
            elif departs_at > await clock.now(self._cast.planner):
                if (
                    await self._is_there(promise, run)
                    and await self._carrying.hand_over(promise)
                    and self._carrying.is_denied(promise)
                ):
                    self._agenda.at(departs_at + DENIED_AFTER, partial(self._carrying.deny, promise))
            else:
                promise.notes.append("its departure was over before it might leave")

    async def _is_there(self, promise: MadePromise, run: capacity_pb2.Run) -> bool:
        """Whether a dose can be handed over; what travels with it and is not there goes by itself, or not at all."""
        missing = await self._producing.missing(promise.dose)
        if promise.dose in missing:
            promise.notes.append("it was not there at its departure")
            return False
        if missing and await self._carrying.leave_behind(promise, missing):
            await self._producing.pack(run, promise.slot)
        return True

    async def _decide(self, run: capacity_pb2.Run) -> None:
        left = [slot for slot, made_by in self._carrying.left.items() if made_by == run.name]
        await self._settle()
        await self._producing.decide(run, left)
        if not await self._producing.usable(run.name):
            for slot in left:
                promise = self._book.of(slot)
                if promise and promise.slot.name == slot:  # no other dose has taken its place
                    self._carrying.stop(promise)

    async def _rescue(self) -> None:
        await self._settle()
        moved = await self._rescuer.rescue(await clock.now(self._cast.planner))
        if moved:
            await self._settle()  # distribution has heard of all moves before any dose of them is packed anew
        for promise in moved:
            self._carrying.left.pop(promise.slot.name, None)
            run = self._runs[self._names[promise.slot.run]]
            if run.name in self._assessed:
                if run.name in self._producing.lots:
                    await self._producing.add(run, promise.slot)
                    await self._enter_departure(promise, run)
                else:  # nobody wanted anything of it so far
                    await self._producing.fill(self._planned[run.name], run)
                    await self._assess(run)

    async def _judge(self, promise: MadePromise) -> None:
        """What became of an order, when its patient can wait no more."""
        if promise.outcome is None:
            await self._settle()
            await self._slot(promise)
            promise.outcome = await self._outcome(promise)

    async def _outcome(self, promise: MadePromise) -> DoseOutcome:
        entry = tower_pb2.GetBoardEntryRequest(name=promise.slot.name.replace("slots/", "boardEntries/"))
        try:
            found = await self._cast.planner.call("TowerService", "GetBoardEntry", entry)
        except NotFound:
            return DoseOutcome.NOT_DELIVERED
        if not found.HasField("delivery_time"):
            return DoseOutcome.NOT_DELIVERED
        if not await self._producing.usable(promise.slot.run):
            return DoseOutcome.REJECTED
        in_time = at(found.delivery_time) <= promise.administration_at <= promise.latest_at
        return DoseOutcome.TREATED if in_time else DoseOutcome.LATE

    async def _slot(self, promise: MadePromise) -> slotting_pb2.Slot:
        request = slotting_pb2.GetSlotRequest(name=promise.slot.name)
        promise.stands_at(await self._cast.planner.call("SlottingService", "GetSlot", request))
        return promise.slot

    def _promised(self, slot: slotting_pb2.Slot) -> MadePromise:
        promise = self._book.of(slot.name)
        assert promise is not None, "only promised slots are filled"
        promise.stands_at(slot)
        return promise

    async def _settle(self) -> None:
        await settle(self._gateway.databases[NAMES[0]], list(NAMES))

    async def _report(self, days: int) -> SimulationReport:
        feeds = {program.partner: await feed_of(program) for program in self._cast.partners}
        made_mbq = sum(self._producing.made_mbq.values())
        return SimulationReport.of(
            self._fate.seed,
            days,
            self._policy,
            tuple(self._book),
            self._book.refused,
            made_mbq,
            await check(self._cast.planner, self._book, feeds),
            story_hash(feeds, self._begins_at),
            sum(map(len, chain(feeds.values()))),
        )


def _next(now: datetime) -> datetime:
    """When a simulation can begin: the next Monday, in the morning."""
    begins_at = datetime.combine(now.date() - timedelta(days=now.weekday()), BEGINS_AT, UTC)
    return begins_at if begins_at > now else begins_at + timedelta(weeks=1)


def _unsaid(_: str) -> None:
    """A simulation tells of days, not of each thing that is done."""
