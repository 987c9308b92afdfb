"""Some days on the gateway's clock, in order: forecast, planned, claimed, cut, saved, made, shipped, delivered."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from doselane.capacity.v1 import capacity_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.json_format import MessageToDict, Parse
from google.type.interval_pb2 import Interval

from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local import clock
from services.local.demo import planning
from services.local.demo.calling import READ_AFTER, ControlRoom
from services.local.demo.doors import Program
from services.local.demo.ordering import OrderDesk
from services.local.demo.plant import PlantDesk
from services.local.demo.rescuing import rescue
from services.local.demo.shipping import ShippedDoses
from services.local.demo.tally import Tally
from services.local.world import CENTRES, CLIENTS

Say = Callable[[str], None]

# Slots in these states take of their run; what arrived, or was lost, was made all the same.
_Slot = slotting_pb2.Slot
COUNTED = (_Slot.HELD, _Slot.CONFIRMED, _Slot.FULFILLED, _Slot.LOST)
HOURS_TO_SYNTHESIS = 24
# Salesforce is away for an hour, and called again when that is over.
AWAY, A_MOMENT = timedelta(hours=1), timedelta(minutes=1)
SHELF_LIFE = {"lu": timedelta(hours=72), "ac": timedelta(hours=72), "pb": timedelta(hours=36)}


class Day:
    """The part of the day that is about capacity and slots."""

    def __init__(
        self,
        plant: PlantDesk,
        desk: OrderDesk,
        harbor: Program,
        control_room: ControlRoom,
        begins_at: datetime,
        say: Say,
    ) -> None:
        self.plant, self.planner, self._control_room = plant, plant.planner, control_room
        self.desk, self.northlake, self.harbor, self.say = desk, desk.northlake, harbor, say
        self.tally = Tally()
        self.now = begins_at
        # A demo that is played again on what an earlier one left has orders of its own.
        self._harbors = f"HP-{begins_at:%y%m%d}-"
        self.end_of_synthesis_at = self.now + timedelta(hours=HOURS_TO_SYNTHESIS)
        self.runs: dict[str, str] = {}
        self._orders: dict[str, str] = {}
        self.slots: list[slotting_pb2.Slot] = []
        self._planned: Sequence[str] = ()
        self._demands: dict[tuple[str, str], slotting_pb2.SlotDemand] = {}

    @property
    def odd(self) -> Mapping[str, Mapping[str, str]]:
        """By run, what its laboratory will find that is not as it should be."""
        return {
            self.runs["pb-noon"]: {"radiochemical_purity": "88.1"},
            self.runs["lu-evening"]: {"sterility": "growth"},
        }

    async def promise(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        """All that happens before anything is made: planned, claimed, refused, queued for, cut and saved; and while the
        plan is worked out, `meanwhile`."""
        await self.plan(meanwhile)
        await self.claim_next_week()
        await self.order()
        await self.claim()
        await self.stand_by()
        await self.open_evening()
        await self.miss_an_hour()

    async def plan(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        """From forecasts to open runs for the next weeks; those of tomorrow are opened by the plant's orders in SAP."""
        programs = (self.planner, self.northlake, self.harbor)
        self._planned = await planning.plan(*programs, self.now.date(), meanwhile, self.say)
        for name in self._planned:
            await _until_claimable(self.planner, name)
            self.runs[f"planned {name}"] = name
            self.tally.runs += 1
        await self._make({"lu-morning": 8, "ac-morning": 4, "pb-noon": 2})
        self.say(f"{len(self.runs)} runs are open, three of them by orders that were released in the plant's SAP.")

    async def claim_next_week(self) -> None:
        """Northlake asks what can reach its centre next week, and orders the best with all its legs."""
        monday = planning.next_monday(self.now.date())
        start_at = datetime.combine(monday, datetime.min.time(), UTC)
        wanted = slotting_pb2.SearchOffersRequest(
            product="products/lu-ligand",
            site=CENTRES[0],
            administration_interval=Interval(start_time=stamp(start_at), end_time=stamp(start_at + timedelta(days=6))),
            runs=self._planned,
        )
        answer = await self.northlake.call("SlottingService", "SearchOffers", wanted)
        if not answer.offers:
            self.say("Nothing is left for next week.")
            return
        best = answer.offers[0]
        self.say(
            f"{len(answer.offers)} offers for next week; the best arrives with {best.slack_minutes} minutes to spare, "
            f"{best.delivery_activity_mbq:.0f} MBq at delivery, {best.activity_lost_per_hour_mbq:.0f} MBq less an hour."
        )
        self.desk.order("0200", "products/lu-ligand", _demand_of(best, "NL-0200"))
        await self._ordered("0200")

    async def order(self) -> None:
        """Northlake's people enter their orders in Salesforce; each record learns what came of it."""
        numbers = [f"{number:04}" for number in range(1, 6)]
        for place, number in enumerate(numbers, len(self.slots)):
            self.desk.order(number, "products/lu-ligand", await self._demand("lu-morning", 7400, number, place))
        place = len(self.slots) + len(numbers)
        self.desk.order("0100", "products/ac-ligand", await self._demand("ac-morning", 8, "NL-0100", place))
        too_early = await self._demand("lu-morning", 7400, "NL-9999")
        too_early.administration.time.FromDatetime(self.end_of_synthesis_at - timedelta(hours=5))
        self.desk.order("9999", "products/lu-ligand", too_early)
        for number in (*numbers, "0100", "9999"):
            await self._ordered(number)
        self.say(f"Northlake's people entered {self.desk.decided} orders in Salesforce; each says what came of it.")

    async def _ordered(self, number: str) -> None:
        record = await self.desk.outcome(number)
        if record["Outcome__c"] == "REFUSED":
            near = record["Nearest_Administration__c"]
            words = f"{record['Refusal_Detail__c']} The nearest administration: {near}."
            self._refused(record["Order_Reference__c"], record["Refusal_Reason__c"], words)
        else:
            self._claimed(await self._slot(record["Slot__c"]))

    async def _slot(self, name: str) -> slotting_pb2.Slot:
        slot: slotting_pb2.Slot = await self.planner.call(
            "SlottingService", "GetSlot", slotting_pb2.GetSlotRequest(name=name)
        )
        return slot

    async def claim(self) -> None:
        """Harbor claims over REST and gRPC, until runs are full and rules say no."""
        for number in range(4):
            await self._claim_by_rest(
                self.harbor, await self._demand("lu-morning", 7400, f"{self._harbors}{number + 1:04}")
            )
        held = await self._hold(self.harbor, await self._demand("pb-noon", 100, f"{self._harbors}0101"))
        confirm = slotting_pb2.ConfirmSlotRequest(name=held.name, etag=held.etag, request_id=str(uuid7()))
        self._claimed(await self.harbor.call("SlottingService", "ConfirmSlot", confirm))
        decayed = await self._demand("pb-noon", 100, f"{self._harbors}0102")
        decayed.administration.activity_mbq = 2000
        await self._claim_by_rest(self.harbor, decayed)
        self.say(
            f"{self.tally.claims} slots are promised, {self.tally.refused} claims were refused, each with its reason."
        )

    async def stand_by(self) -> None:
        """The morning run is full: Harbor queues, Northlake cancels an order, and Harbor is offered it at once."""
        demand = await self._demand("lu-morning", 7400, f"{self._harbors}0004")
        join = slotting_pb2.JoinStandbyRequest(demand=demand, request_id=str(uuid7()))
        waiting = await self.harbor.call("SlottingService", "JoinStandby", join)
        self.desk.cancel("0005")
        given_back = await self.desk.outcome("0005", "GIVEN_BACK")
        reference = given_back["Order_Reference__c"]
        self.slots = [slot for slot in self.slots if slot.order_reference != reference]
        seen = await self.harbor.call(
            "SlottingService", "GetStandby", slotting_pb2.GetStandbyRequest(name=waiting.name)
        )
        confirm = slotting_pb2.ConfirmSlotRequest(name=seen.slot, request_id=str(uuid7()))
        self._claimed(await self.harbor.call("SlottingService", "ConfirmSlot", confirm))
        self.say(f"{reference} was cancelled in Salesforce; its place went to the order that waited for it.")

    async def open_evening(self) -> None:
        """A run that has room when the morning's has none."""
        await self._make({"lu-evening": 6})

    async def miss_an_hour(self) -> None:
        """Salesforce is away for an hour, in which a run is cut and an order is changed: all of it arrives after it."""
        self.desk.go_away()
        self.desk.change("0003", Activity_MBq__c=7000)
        await self.cut_and_save()
        await self.desk.until_missed()
        await clock.advance(self.planner, AWAY - A_MOMENT - READ_AFTER, "Salesforce is away")
        self.desk.come_back()
        await clock.advance(self.planner, A_MOMENT, "we call Salesforce again")
        moved = await self.desk.outcome("0003", "MOVED")
        self.slots = [await self._slot(slot.name) if slot.name == moved["Slot__c"] else slot for slot in self.slots]
        self.say(
            f"Salesforce was away for an hour and turned {self.desk.missed} calls away; then it heard of the cut, and "
            f"we of {moved['Order_Reference__c']}, which wants 7000 MBq now and was moved in its run."
        )

    async def cut_and_save(self) -> None:
        """A hot cell fails: the plant lowers its order, who is on call is told of the doses that lose their place, and
        the tower finds them others."""
        self.plant.cut(self._orders["lu-morning"], 6)
        asked = slotting_pb2.ListSlotsRequest(run=self.runs["lu-morning"], states=COUNTED, page_size=1000)

        async def at_risk() -> list[str]:
            slots = (await self.planner.call("SlottingService", "ListSlots", asked)).slots
            return [slot.name for slot in slots if slot.at_risk]

        conflicting = await planning.until(at_risk, bool)
        sponsors = {CLIENTS[each.client_id].partner: each for each in (self.northlake, self.harbor)}
        doses = [name.replace("slots/", "doses/") for name in conflicting]
        await self._control_room.answer(doses)
        done = await rescue(self.planner, sponsors, doses, "a hot cell failed")
        if done is None:
            self.say("A hot cell failed, and nothing saves the slots that lost their place.")
            return
        self.tally.rescued += done.plan.saved_count
        self.slots = [done.slots.get(each.name.replace("slots/", "doses/"), each) for each in self.slots]
        self.say(
            f"A hot cell failed, and SAP's order was lowered: {len(conflicting)} slots lost their place. "
            f"The best plan was carried out: {done.plan.explanation}"
        )

    def go_on_with(self, shipped: ShippedDoses) -> None:
        """What was promised instead of doses that were lost, and the runs that make it, are looked at like the rest."""
        self.slots += shipped.replacements
        self.tally.rescued += len(shipped.replacements)
        opened = {lot.run.name for lot in shipped.lots} - set(self.runs.values())
        self.runs |= {f"follow-up {name}": name for name in opened}
        self.tally.runs += len(opened)

    async def administer(self) -> None:
        """The clock passes the last administration. No call reports one yet, so nothing more is told of it."""
        last_at = max(slot.administration.time.ToDatetime(tzinfo=UTC) for slot in self.slots)
        now = await clock.reach(self.planner, last_at, "the last dose is administered")
        self.say(f"It is {now:%A %Y-%m-%d %H:%M} UTC, the last administration is over; next week's runs are open.")

    async def check_books(self) -> None:
        """Count again, from what the public lists say: no run may have promised more than it pledges."""
        for run_name in self.runs.values():
            run = await self.planner.call("CapacityService", "GetRun", capacity_pb2.GetRunRequest(name=run_name))
            request = slotting_pb2.ListSlotsRequest(run=run_name, states=COUNTED, page_size=1000)
            slots = (await self.planner.call("SlottingService", "ListSlots", request)).slots
            self.tally.fulfilled += sum(slot.state == slotting_pb2.Slot.FULFILLED for slot in slots)
            backed = [slot for slot in slots if not slot.at_risk]
            promised_kbq = sum(slot.reference_activity_kbq for slot in backed)
            if promised_kbq > run.pledged.reference_activity_kbq or len(backed) > run.pledged.vials:
                self.tally.overbooked += 1

    async def _make(self, vials: Mapping[str, int]) -> None:
        """Orders of the plant, by name of the run, and the runs that they open."""
        for name, number in vials.items():
            self._orders[name] = self.plant.order(name.split("-")[0], number, self.end_of_synthesis_at)
        for name in vials:
            run = await self.plant.opened(self._orders[name])
            await _until_claimable(self.planner, run.name)
            self.runs[name] = run.name
            self.tally.runs += 1

    async def _demand(
        self, run: str, activity_mbq: float, order: str, place: int | None = None
    ) -> slotting_pb2.SlotDemand:
        """What to claim of a run for the next centre in turn: as its best offer says, asked for once."""
        site = CENTRES[(len(self.slots) if place is None else place) % len(CENTRES)]
        known = self._demands.get((run, site))
        if known is None:
            ends_at = self.end_of_synthesis_at
            wanted = slotting_pb2.SearchOffersRequest(
                product=f"products/{run.split('-')[0]}-ligand",
                site=site,
                administration_interval=Interval(
                    start_time=stamp(ends_at), end_time=stamp(ends_at + SHELF_LIFE[run.split("-")[0]])
                ),
                activity_mbq=activity_mbq,
                runs=[self.runs[run]],
            )
            offers = (await self.harbor.call("SlottingService", "SearchOffers", wanted)).offers
            soonest = min(offers, key=lambda offer: offer.administration_time.ToDatetime())
            known = self._demands[run, site] = _demand_of(soonest, order)
        demand = slotting_pb2.SlotDemand()
        demand.CopyFrom(known)
        demand.order_reference, demand.patient_reference = order, f"px-{uuid7().hex[-8:]}"
        return demand

    async def _claim_by_rest(self, by: Program, demand: slotting_pb2.SlotDemand) -> None:
        body = {"demand": MessageToDict(demand), "requestId": str(uuid7())}
        answer = await by.http.post("/v1/slots:claim", json=body)
        if answer.is_success:
            self._claimed(Parse(answer.content, slotting_pb2.Slot()))
        else:
            problem = answer.json()
            self._refused(demand.order_reference, problem["reason"], problem["detail"])

    async def _hold(self, by: Program, demand: slotting_pb2.SlotDemand) -> slotting_pb2.Slot:
        request = slotting_pb2.HoldSlotRequest(demand=demand, hold_minutes=10, request_id=str(uuid7()))
        held: slotting_pb2.Slot = await by.call("SlottingService", "HoldSlot", request)
        return held

    def _claimed(self, slot: slotting_pb2.Slot) -> None:
        self.slots.append(slot)
        self.tally.claims += 1

    def _refused(self, order: str, reason: str, words: str) -> None:
        self.tally.refused += 1
        self.say(f"  {order} was refused: {reason}. {words}")


async def _until_claimable(program: Program, run: str) -> None:
    """Slotting hears of an opened run by an event, a moment after capacity has answered. The planner asks, because a
    run that a plan allots to one sponsor does not exist for another."""
    request = slotting_pb2.GetAvailabilityRequest(name=f"{run}/availability")
    await planning.until(lambda: program.call("SlottingService", "GetAvailability", request))


def _demand_of(offer: slotting_pb2.Offer, order: str) -> slotting_pb2.SlotDemand:
    return slotting_pb2.SlotDemand(
        run=offer.run,
        site=offer.site,
        lane=offer.lane,
        departure_time=offer.departure_time,
        administration=type_pb2.Activity(
            activity_mbq=offer.administration_activity_mbq, time=offer.administration_time
        ),
        order_reference=order,
        patient_reference=f"px-{uuid7().hex[-8:]}",
    )
