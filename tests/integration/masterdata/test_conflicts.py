"""Changes and promised slots: never altered in silence."""

import asyncio
from datetime import timedelta

from doselane.slotting.v1 import slotting_pb2

from services.kernel.errors import Kind
from tests.integration.masterdata.conftest import House, deleting, importing, told, updating
from tests.support.masterdata import (
    LAKESIDE,
    NORTH,
    NORTH_LAKESIDE,
    PSMA,
    a_facility,
    a_lane,
    a_line,
    a_product,
    a_site,
    an_agreement,
)

SLOTS = ["slots/one", "slots/two"]
CHANGES = {
    PSMA: a_product(shelf_life_minutes=60 * 24),
    NORTH: a_facility(qc_sessions=[]),
    LAKESIDE: a_site(weekly_windows=[]),
    NORTH_LAKESIDE: a_lane(departures=[]),
}


async def test_a_change_that_takes_what_slots_stand_on_names_them_and_is_not_made(house: House) -> None:
    await house.world()
    for name, change in CHANGES.items():
        before = await house.get(name)
        house.twin.stands_on(name, SLOTS, slotting_pb2.Slot.DEPARTURE)
        refused = await house.refusal(f"Update{type(before).__name__}", updating(change))
        assert (refused.kind, refused.reason) == (Kind.REFUSED, "CONFLICT")
        assert (refused.facts["slot_count"], refused.facts["slots"]) == ("2", "slots/one,slots/two")
        assert refused.facts["risks"] == "DEPARTURE"
        assert await house.get(name) == before
        assert await house.history(name) == [("created", 1)]


async def test_accepted_conflicts_are_named_in_the_answer_and_in_the_event(house: House) -> None:
    await house.world()
    house.twin.stands_on(LAKESIDE, SLOTS)
    answer = await house.update(CHANGES[LAKESIDE], accept_conflicts=True)
    assert (list(answer.conflicting_slots), answer.site.etag) == (SLOTS, "v2")
    event = (await house.events(LAKESIDE))[-1]
    assert list(told(event).accepted_conflicts) == SLOTS


async def test_a_deletion_asks_and_names_too(house: House) -> None:
    await house.world()
    house.twin.stands_on(NORTH_LAKESIDE, SLOTS)
    assert (await house.refusal("DeleteLane", deleting(NORTH_LAKESIDE))).reason == "CONFLICT"
    answer = await house.delete(NORTH_LAKESIDE, accept_conflicts=True)
    assert list(answer.conflicting_slots) == SLOTS
    assert list(house.twin.calls[-1][0].deleted) == [NORTH_LAKESIDE]
    event = (await house.events(NORTH_LAKESIDE))[-1]
    assert (told(event).resource.lane.site, list(told(event).accepted_conflicts)) == (LAKESIDE, SLOTS)


async def test_the_same_request_goes_through_once_the_conflict_is_gone(house: House) -> None:
    await house.world()
    house.twin.stands_on(LAKESIDE, SLOTS)
    request = updating(CHANGES[LAKESIDE])
    assert (await house.refusal("UpdateSite", request)).reason == "CONFLICT"
    house.twin.standing.clear()
    assert (await house.call("UpdateSite", request)).site.etag == "v2"


async def test_validating_names_the_conflicts_and_changes_nothing(house: House) -> None:
    await house.world()
    house.twin.stands_on(LAKESIDE, SLOTS)
    answer = await house.update(CHANGES[LAKESIDE], validate_only=True)
    assert (list(answer.conflicting_slots), list(answer.site.weekly_windows)) == (SLOTS, [])
    assert (await house.get(LAKESIDE)).etag == "v1"


async def test_the_ledger_is_asked_with_the_callers_own_token_about_the_resource_as_it_would_be(house: House) -> None:
    await house.world()
    await house.update(CHANGES[LAKESIDE])
    [(request, call)] = house.twin.calls
    assert (call.caller.actor, [each.site.name for each in request.changed]) == ("planner", [LAKESIDE])
    assert list(request.changed[0].site.weekly_windows) == []


async def test_what_no_promise_stands_on_is_changed_without_asking(house: House) -> None:
    await house.world()
    for change in (
        a_site(),
        a_site(display_name="Lakeside", region="eu"),
        a_lane(display_name="By road"),
        a_product(display_name="PSMA"),
        a_line(run_minutes=200),
        an_agreement(frozen_weeks=3),
    ):
        house.twin.stands_on(change.name, SLOTS)
        answer = await house.update(change)
        assert (list(answer.conflicting_slots), house.twin.calls) == ([], [])


async def test_a_ledger_that_is_away_makes_the_call_fail_and_nothing_change(house: House) -> None:
    await house.world()
    await house.twin.stop()
    refused = await house.refusal("UpdateSite", updating(CHANGES[LAKESIDE]), timeout_s=1.2)
    assert refused.kind is Kind.UNAVAILABLE
    assert await house.history(LAKESIDE) == [("created", 1)]
    assert (await house.update(a_site(display_name="Still works"))).site.etag == "v2"


async def test_what_changes_while_the_ledger_is_asked_is_not_saved_over(house: House) -> None:
    await house.world()

    async def rename() -> None:
        house.twin.meanwhile = None
        await house.update(a_site(display_name="Renamed meanwhile"), "display_name")

    house.twin.meanwhile = rename
    request = updating(CHANGES[LAKESIDE])
    refused = await house.refusal("UpdateSite", request)
    assert (refused.kind, refused.reason) == (Kind.STALE, "STALE")
    site = await house.get(LAKESIDE)
    assert (site.display_name, len(site.weekly_windows)) == ("Renamed meanwhile", 1)
    assert (await house.call("UpdateSite", request)).site.etag == "v3"


async def test_however_long_the_ledger_takes_others_can_change_and_read(house: House) -> None:
    await house.world()
    answer = asyncio.Event()
    asked = asyncio.Semaphore(0)

    async def wait() -> None:
        asked.release()
        await answer.wait()

    house.twin.meanwhile = wait
    changes = [
        house.update(a_site(dated_windows=[], closed_dates=[], weekly_windows=[], region=f"r{number}"))
        for number in range(12)
    ]
    calls = [asyncio.ensure_future(each) for each in changes]
    for _ in calls:
        await asyncio.wait_for(asked.acquire(), 60)
    await asyncio.wait_for(house.update(a_line(run_minutes=200)), 5)
    answer.set()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(getattr(each, "reason", "saved") for each in outcomes) == ["STALE"] * 11 + ["saved"]


async def test_an_import_asks_once_and_is_refused_as_a_whole(house: House) -> None:
    await house.world()
    house.clock.advance(timedelta(hours=1))
    house.twin.stands_on(NORTH_LAKESIDE, SLOTS)
    text = f"""
lanes:
- {{name: {NORTH_LAKESIDE}, site: {LAKESIDE}, transit_minutes: 300, valid_until_time: 2028-01-01T00:00:00Z}}
sites:
- {{name: {LAKESIDE}, time_zone: America/Chicago}}
- {{name: sites/new, time_zone: America/Chicago}}
"""
    refused = await house.refusal("ImportMasterData", importing(text))
    assert (refused.reason, refused.facts["slots"]) == ("CONFLICT", "slots/one,slots/two")
    [(asked, _)] = house.twin.calls
    assert sorted(each.WhichOneof("kind") or "" for each in asked.changed) == ["lane", "site"]
    assert (await house.get(LAKESIDE)).etag == "v1"
    assert await house.history("sites/new") == []
    answer = await house.call("ImportMasterData", importing(text, accept_conflicts=True))
    assert list(answer.conflicting_slots) == SLOTS
    assert list(told((await house.events(NORTH_LAKESIDE))[-1]).accepted_conflicts) == SLOTS
    foreseen = await house.call("ImportMasterData", importing(text, validate_only=True))
    assert list(foreseen.conflicting_slots) == []
