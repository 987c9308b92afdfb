"""Standby on a real database: what comes free is offered in the transaction that frees it, on every path."""

import asyncio
from datetime import timedelta

import pytest
from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import events_pb2

from services.kernel.errors import GatewayError
from services.kernel.timestamps import stamp
from services.network import Capacity
from services.slotting.domain import Settle
from services.slotting.domain.refusals import RunFull, StandbyClosed
from services.slotting.main import sweep
from tests.support.slotting import (
    HARBOR,
    LANE,
    NORTHLAKE,
    a_book,
    a_claim,
    a_confirm,
    a_cut,
    a_hold,
    a_move,
    a_release,
    a_run,
    an_allotment,
    projected,
)
from tests.support.slotting_desk import PATIENCE_S, LedgerDesk, decided, slot_id
from tests.support.slotting_network import (
    FACILITY,
    PRODUCT,
    a_facility_resource,
    a_lane_resource,
    an_event,
    departure,
    hear,
)
from tests.support.slotting_standby import a_join, a_leave, ask, read, standby_id, stored

ONE = Capacity(10**9, 1)


async def test_an_order_waits_until_a_release_frees_its_place_in_the_same_transaction(desk: LedgerDesk):
    await desk.run(pool=ONE)
    slot = await desk.ask(a_claim(desk.demand()))
    standby = await ask(desk, a_join(desk.demand(), reason="order NL-7"))
    assert (standby.state, standby.slot, standby.etag) == (standby.WAITING, "", "v1")
    assert (standby.demand.run, standby.demand.partner, standby.last_change.reason) == (
        "runs/lu-1",
        NORTHLAKE,
        "order NL-7",
    )
    release, claim = a_release(slot_id(slot)), a_claim(desk.demand())
    _, late = await asyncio.gather(desk.ask(release), desk.ask(claim), return_exceptions=True)
    assert isinstance(late, RunFull)
    offered = await stored(desk, standby)
    assert (offered.state.name, offered.version) == ("OFFERED", 2)
    assert await desk.events() == [
        ("slot.confirmed", 1),
        ("standby.joined", 1),
        ("slot.released", 2),
        ("slot.held", 1),
        ("standby.offered", 2),
    ]


async def test_events_belong_to_the_sponsor_and_carry_the_standby(desk: LedgerDesk):
    await desk.run(pool=ONE)
    standby = await ask(desk, a_join(desk.demand()))
    await ask(desk, a_leave(standby_id(standby), reason="treated elsewhere"))
    query = "SELECT * FROM outbox WHERE subject = $1 ORDER BY seq"
    joined, offered, left = await desk.database.pool.fetch(query, standby.name)
    for row, message in (
        (joined, events_pb2.StandbyJoined),
        (offered, events_pb2.StandbyOffered),
        (left, events_pb2.StandbyLeft),
    ):
        told = message.FromString(row["data"]).standby
        assert (told.name, told.etag, row["partner"]) == (standby.name, f"v{row['sequence']}", NORTHLAKE)
    assert [row["sequence"] for row in (joined, offered, left)] == [1, 2, 3]
    assert left["reason"] == "treated elsewhere"
    assert events_pb2.StandbyOffered.FromString(offered["data"]).standby == standby


async def test_a_join_and_a_leave_that_are_repeated_get_the_same_answer_and_act_once(desk: LedgerDesk):
    await desk.run(pool=ONE)
    join = a_join(desk.demand())
    first = await desk.ledger.execute_one(join)
    standby = await ask(desk, join)
    leave = a_leave(standby_id(standby))
    left = await desk.ledger.execute_one(leave)
    assert await desk.ledger.execute_one(join) == first
    assert await desk.ledger.execute_one(leave) == left
    assert len(await desk.events()) == 5
    with pytest.raises(GatewayError, match="used before"):
        await ask(desk, a_join(desk.demand(), request_id=join.request_id, body_hash=b"another"))
    with pytest.raises(StandbyClosed):
        await ask(desk, a_leave(standby_id(standby)))


async def test_confirming_the_offered_slot_serves_the_standby(desk: LedgerDesk):
    await desk.run(pool=ONE)
    standby = await ask(desk, a_join(desk.demand()))
    (offered,) = [await stored(desk, standby)]
    slot = await desk.ask(a_confirm(offered.slot_id))
    assert slot.state == slot.CONFIRMED
    assert await read(desk, standby) == ["SERVED"]


async def test_an_unanswered_offer_goes_to_the_next_in_line_at_its_end_and_reads_so_without_a_sweeper(desk: LedgerDesk):
    await desk.run(pool=ONE)
    first = await ask(desk, a_join(desk.demand()))
    second = await ask(desk, a_join(desk.demand(partner=HARBOR)))
    held = first.answer_until_time.ToDatetime() - first.create_time.ToDatetime()
    assert timedelta(hours=4, minutes=59) < held <= timedelta(hours=5)  # a quarter of what is left until the cut-off
    await desk.ahead(held)
    assert await read(desk, first, second) == ["LAPSED", "WAITING"]
    await desk.ledger.execute([Settle("runs/lu-1")])
    assert await read(desk, first, second) == ["LAPSED", "OFFERED"]
    assert (await desk.events())[-4:] == [
        ("slot.expired", 2),
        ("standby.lapsed", 3),
        ("slot.held", 1),
        ("standby.offered", 2),
    ]


async def test_the_agreement_in_force_says_who_comes_first_and_a_deleted_one_says_nothing(desk: LedgerDesk):
    await desk.run(pool=ONE)
    slot = await desk.ask(a_claim(desk.demand()))
    north = await ask(desk, a_join(desk.demand()))
    harbor = await ask(desk, a_join(desk.demand(partner=HARBOR)))
    agreed = agreement(desk, HARBOR, 3)
    await hear(desk, an_event(agreed, 1, "created"), an_event(agreement(desk, NORTHLAKE, 9, days=-2), 1, "created"))
    await desk.ask(a_release(slot_id(slot)))
    assert await read(desk, north, harbor) == ["WAITING", "OFFERED"]
    again = await ask(desk, a_join(desk.demand(partner=HARBOR)))
    await hear(desk, an_event(agreed, 2, "deleted"))
    await ask(desk, a_leave(standby_id(harbor), partner=HARBOR))
    assert await read(desk, north, again) == ["OFFERED", "WAITING"]


async def test_a_move_away_a_newer_version_and_a_release_back_serve_who_waits(desk: LedgerDesk):
    back_at = desk.now + timedelta(hours=2)
    book = await desk.run(pool=ONE, allotments={HARBOR: an_allotment(ONE, back_at)})
    await desk.run("runs/lu-2")
    slot = await desk.ask(a_claim(desk.demand()))
    first, second, third = [await ask(desk, a_join(desk.demand())) for _ in range(3)]
    await desk.ask(a_move(slot_id(slot), "runs/lu-2"))
    assert await read(desk, first, second, third) == ["OFFERED", "WAITING", "WAITING"]
    larger = a_book(a_run(now=desk.now, version=3), pool=Capacity(10**9, 2), allotments=book.allotments)
    await desk.ledger.execute([projected(larger)])
    assert await read(desk, first, second, third) == ["OFFERED", "OFFERED", "WAITING"]
    await desk.ahead(timedelta(hours=2))
    await desk.ledger.execute([Settle("runs/lu-1")])
    assert await read(desk, first, second, third) == ["OFFERED", "OFFERED", "OFFERED"]


async def test_a_cancelled_run_lapses_its_queue_and_the_offer_is_at_risk(desk: LedgerDesk):
    await desk.run(pool=ONE)
    offered = await ask(desk, a_join(desk.demand()))
    waiting = await ask(desk, a_join(desk.demand(partner=HARBOR)))
    await desk.ledger.execute_one(a_cut("runs/lu-1", Capacity(0, 0), cancel=True, accept_conflicts=True))
    assert await read(desk, offered, waiting) == ["LAPSED", "LAPSED"]


async def test_the_cut_off_lapses_who_waits_in_reads_at_once_and_for_others_by_the_sweeper(desk: LedgerDesk):
    await desk.run(pool=ONE)
    await desk.ask(a_claim(desk.demand()))
    waiting = await ask(desk, a_join(desk.demand()))
    await desk.ahead(timedelta(hours=20))
    assert await read(desk, waiting) == ["LAPSED"]
    assert len(await desk.events()) == 2
    await swept(desk, events=3)
    assert (await desk.events())[-1] == ("standby.lapsed", 2)


async def test_the_sweeper_serves_what_was_released_back(desk: LedgerDesk):
    back_at = desk.now + timedelta(hours=2)
    await desk.run(pool=ONE, allotments={HARBOR: an_allotment(ONE, back_at)})
    await desk.ask(a_claim(desk.demand()))
    waiting = await ask(desk, a_join(desk.demand()))
    await desk.ahead(timedelta(hours=2))
    await swept(desk, events=4)
    assert await read(desk, waiting) == ["OFFERED"]


async def test_a_freed_departure_serves_who_waits_for_it_on_another_run(copies: LedgerDesk):
    await one_departure_a_day(copies)
    slot, waiting = await both_want_one_departure(copies)
    await copies.ask(a_release(slot_id(slot)), copy=1)
    assert await read(copies, waiting) == ["OFFERED"]


async def test_a_hold_that_expires_when_others_claim_serves_who_waits_on_another_run(desk: LedgerDesk):
    await one_departure_a_day(desk)
    _, waiting = await both_want_one_departure(desk, hold=True)
    await desk.ahead(timedelta(minutes=15))
    await desk.ask(a_claim(desk.demand("runs/lu-1")))
    assert await read(desk, waiting) == ["OFFERED"]


async def test_who_joins_while_another_copy_frees_the_place_is_not_passed_over(copies: LedgerDesk):
    """The release finds nobody waiting when it begins, and the join is stored before it ends."""
    await one_departure_a_day(copies)
    slot = await copies.ask(a_claim(copies.demand("runs/lu-1", lane=LANE)))
    join = a_join(copies.demand("runs/lu-2", lane=LANE, departure_at=slot.departure_time.ToDatetime(copies.now.tzinfo)))
    async with copies.database.transaction() as connection:
        await decided(connection, join)
        release = asyncio.create_task(copies.ask(a_release(slot_id(slot)), copy=1))
        await copies.until_waiting_for_locks()  # for the places that the join has looked at
    await release
    assert await copies.database.pool.fetchval("SELECT state FROM standby WHERE id = $1", join.standby_id) == 2


async def test_a_larger_departure_serves_who_waits_for_it(desk: LedgerDesk):
    await one_departure_a_day(desk)
    _, waiting = await both_want_one_departure(desk)
    await hear(desk, an_event(a_lane_resource(desk.now, departures=[daily(desk, places=2)]), 3))
    assert await read(desk, waiting) == ["OFFERED"]


async def test_two_copies_free_and_queue_at_once_and_nobody_waits_beside_free_capacity(copies: LedgerDesk):
    await copies.run(pool=Capacity(10**9, 10))
    slots = [await copies.ask(a_claim(copies.demand())) for _ in range(10)]
    joins = [ask(copies, a_join(copies.demand()), copy=each % 2) for each in range(10)]
    releases = [copies.ask(a_release(slot_id(slot)), copy=each % 2) for each, slot in enumerate(slots)]
    claims = [copies.ask(a_claim(copies.demand()), copy=each % 2) for each in range(10)]
    answers = await asyncio.gather(*joins, *releases, *claims, return_exceptions=True)
    standbys, late = answers[:10], answers[20:]
    waiting = (await read(copies, *standbys)).count("WAITING")
    won = sum(not isinstance(answer, BaseException) for answer in late)
    assert await copies.committed() == 10
    assert waiting == won


async def test_what_a_copy_had_not_committed_when_it_died_was_offered_to_nobody(copies: LedgerDesk):
    await copies.run(pool=ONE)
    slot = await copies.ask(a_claim(copies.demand()))
    waiting = await ask(copies, a_join(copies.demand()))
    with pytest.raises(ConnectionResetError):
        async with copies.database.transaction() as connection:
            await decided(connection, a_release(slot_id(slot)))
            raise ConnectionResetError
    assert await read(copies, waiting) == ["WAITING"]
    await copies.ask(a_release(slot_id(slot)), copy=1)
    assert await read(copies, waiting) == ["OFFERED"]


async def one_departure_a_day(desk: LedgerDesk) -> None:
    """A lane with a single place a day, and two runs that could use it."""
    await hear(
        desk,
        an_event(a_facility_resource(), 2),
        an_event(a_lane_resource(desk.now, departures=[daily(desk, places=1)]), 2),
    )
    for run in ("runs/lu-1", "runs/lu-2"):
        await desk.run(run, facility=FACILITY)


def daily(desk: LedgerDesk, places: int) -> resources_pb2.Departure:
    """A departure two hours after the runs' doses could leave, at whatever time of day this is run."""
    return departure((desk.now + timedelta(hours=27)).time(), places)


async def both_want_one_departure(desk: LedgerDesk, *, hold: bool = False):
    """A slot of one run that has the only place, and an order of the other run that waits for it."""
    demand = desk.demand("runs/lu-1", lane=LANE)
    slot = await desk.ask(a_hold(demand) if hold else a_claim(demand))
    departure_at = slot.departure_time.ToDatetime(desk.now.tzinfo)
    standby = await ask(desk, a_join(desk.demand("runs/lu-2", lane=LANE, departure_at=departure_at)))
    assert standby.state == standby.WAITING
    return slot, standby


async def swept(desk: LedgerDesk, events: int) -> None:
    """Let the sweeper run until there are so many events."""
    sweeper = asyncio.create_task(sweep(desk.ledger, desk.database))
    async with asyncio.timeout(PATIENCE_S):
        while len(await desk.events()) < events:
            await asyncio.sleep(0.01)
    sweeper.cancel()
    await asyncio.gather(sweeper, return_exceptions=True)


def agreement(desk: LedgerDesk, partner: str, priority: int, days: int = 30) -> resources_pb2.Resource:
    """An agreement that ends in so many days, or ended that long ago."""
    ends_at = desk.now + timedelta(days=days)
    made = resources_pb2.Agreement(
        name=f"agreements/{partner.removeprefix('partners/')}",
        partner=partner,
        product=PRODUCT,
        standby_priority=priority,
        valid_from_time=stamp(ends_at - timedelta(days=60)),
        valid_until_time=stamp(ends_at),
    )
    return resources_pb2.Resource(agreement=made)
