"""The FHIR façade at a running gateway, asked as Salesforce's Intelligent Appointment Management asks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from doselane.slotting.v1 import slotting_pb2

from services.kernel.ids import uuid7
from services.local.world import HARBOR, MANUFACTURER, NORTHLAKE, PLANNER_SCOPES
from tests.support.gateway import Desk
from tests.support.scheduler import CANCEL, FORM, LINE, SITE, SURNAME, Scheduler, judged, matches, new_id, wish


@pytest.fixture
def desk(shared_desk: Desk) -> Desk:
    """One gateway for all tests: each looks at what it made itself."""
    return shared_desk


@pytest.fixture
async def northlake(desk: Desk) -> AsyncIterator[Scheduler]:
    made = Scheduler(desk)
    yield made
    await made.client.aclose()


@pytest.fixture
async def harbor(desk: Desk) -> AsyncIterator[Scheduler]:
    made = Scheduler(desk, HARBOR)
    yield made
    await made.client.aclose()


async def of_a_run(desk: Desk, scheduler: Scheduler, vials: int = 5, **changes: Any) -> list[str]:
    """The ids of the slots of a run of the test's own: those that were not there before it."""
    before = {each["id"] for each in await scheduler.slots()}
    await desk.open_run(vials, line=LINE, **changes)
    return [each["id"] for each in await scheduler.slots() if each["id"] not in before]


async def slots_of(desk: Desk, order_reference: str, partner: str = NORTHLAKE) -> list[slotting_pb2.Slot]:
    """What was claimed for an order."""
    request = slotting_pb2.ListSlotsRequest(order_reference=order_reference)
    return list((await desk.call("SlottingService/ListSlots", request, desk.sponsor(partner))).slots)


async def test_a_search_finds_free_slots_by_start_each_with_its_schedule(desk: Desk, northlake: Scheduler):
    own = await of_a_run(desk, northlake)
    bundle = await northlake.search(northlake.form())
    slots, [schedule] = matches(bundle), matches(bundle, "include")
    assert own and set(own) <= {each["id"] for each in slots}
    assert bundle["total"] == len(slots)
    assert [each["start"] for each in slots] == sorted(each["start"] for each in slots)
    for slot in slots:
        assert slot["status"] == "free"
        assert slot["schedule"]["reference"] == f"Schedule/{schedule['id']}"
        assert slot["serviceType"][0]["coding"][0]["code"] == "lu-ligand"
    actors = {each["reference"] for each in schedule["actor"]}
    assert actors == {"Practitioner/lu-ligand", f"Location/{SITE}"}
    assert await northlake.get(f"/Schedule/{schedule['id']}") == schedule


async def test_every_way_to_ask_finds_the_same(desk: Desk, northlake: Scheduler):
    own = await of_a_run(desk, northlake)
    plain = northlake.form()
    encoded = "&".join("=".join(map(quote, each.split("=", 1))) for each in plain.split("&"))
    [schedule] = matches(await northlake.search(plain), "include")
    dates = "&".join(each for each in plain.split("&") if each.startswith("start"))
    found = [
        matches(await northlake.search(plain)),
        matches(await northlake.search(encoded)),
        matches(await northlake.get(f"/Slot?{plain}")),
        matches(await northlake.get(f"/Slot?schedule=Schedule/{schedule['id']}&{dates}")),
        matches(await northlake.get(f"/Slot?schedule.actor=Location/{SITE}&service-type=lu-ligand&{dates}")),
        await northlake.slots(Location__id=f"epic|2342342,,doselane|{SITE},doselane|nowhere,"),
        await northlake.slots(
            Practitioner__id="epic|9,", **{"Practitioner.identifier": "urn:doselane:product|lu-ligand"}
        ),
    ]
    assert all({each["id"] for each in each_found} >= set(own) for each_found in found)
    assert all(each_found == found[0] for each_found in found)
    assert await northlake.slots(Location__id=f"epic|{SITE},") == []
    assert await northlake.slots(Practitioner__id="doselane|nobody") == []
    assert (await northlake.search(f"{plain}&status=busy"))["total"] == len(found[0])
    assert matches(await northlake.search(plain.replace("status=free", "status=busy"))) == []


async def test_pages_follow_each_other_and_the_latest_can_come_first(desk: Desk, northlake: Scheduler):
    await of_a_run(desk, northlake)
    form = northlake.form()
    whole = [each["id"] for each in matches(await northlake.search(form))]
    assert len(whole) > 4
    page, seen = await northlake.get(f"/Slot?{form}&_count=2"), []
    while True:
        seen += [each["id"] for each in matches(page)]
        assert page["total"] == len(whole)
        following = [each["url"] for each in page["link"] if each["relation"] == "next"]
        if not following:
            break
        page = judged(await northlake.client.get(following[0]), 200)
    assert seen == whole
    turned = await northlake.search(form.replace("_sort=start", "_sort=-start"))
    assert [each["id"] for each in matches(turned)] == whole[::-1]


async def test_dates_are_those_of_the_centre(desk: Desk, northlake: Scheduler):
    await of_a_run(desk, northlake)
    day = desk.now + timedelta(days=2)
    form = f"schedule.actor:Location._id={SITE}&service-type=lu-ligand&start={day:%Y-%m-%d}"
    starts = [datetime.fromisoformat(each["start"]) for each in matches(await northlake.search(form))]
    assert starts
    assert {each.astimezone(ZoneInfo("America/Chicago")).date() for each in starts} == {day.date()}


async def test_an_activity_is_asked_for_by_an_appointment_type(desk: Desk, northlake: Scheduler):
    await of_a_run(desk, northlake)
    [first, *_] = matches(await northlake.search(f"{northlake.form()}&appointment-type=doselane|5550.5MBq"))
    assert first["appointmentType"]["coding"][0]["code"] == "5550.5MBq"
    booked = await northlake.book(first["id"], order := new_id())
    assert booked["status"] == "booked"
    [slot] = await slots_of(desk, order)
    assert slot.administration.activity_mbq == 5550.5
    warned = await northlake.search(f"{northlake.form()}&appointment-type=1MBq")
    assert matches(warned) == []
    [outcome] = matches(warned, "outcome")
    assert outcome["issue"][0]["severity"] == "warning"
    assert outcome["issue"][0]["details"]["coding"][0]["code"] == "ACTIVITY_OUT_OF_RANGE"


async def test_a_booking_is_a_claim_and_its_repetition_is_the_same_answer(desk: Desk, northlake: Scheduler):
    [slot, *_] = await of_a_run(desk, northlake)
    assert (await northlake.get(f"/Slot/doselane/{slot}"))["status"] == "free"
    booked = await northlake.book(slot, order := new_id())
    assert booked["status"] == "booked"
    assert booked["slot"] == [{"reference": f"Slot/{slot}"}]
    assert {"system": "salesforce-appointment", "value": order} in booked["identifier"]
    assert {"system": "source-system", "value": "doselane"} in booked["identifier"]
    assert await northlake.book(slot, order) == booked
    assert await northlake.post("/Appointment", wish(slot, order)) == booked
    [claimed] = await slots_of(desk, order)
    assert claimed.name == f"slots/{booked['id']}"
    assert (claimed.state, claimed.patient_reference) == (slotting_pb2.Slot.CONFIRMED, "pt-1")
    for address in (f"/Appointment/{booked['id']}", f"/Appointment/doselane/{booked['id']}"):
        found = await northlake.get(address)
        assert {**found, "identifier": []} == {**booked, "identifier": []}
    assert (await northlake.get(f"/Slot/{booked['id']}"))["status"] == "busy"
    await northlake.get(f"/Appointment/epic/{booked['id']}", 404)


async def test_bookings_of_one_appointment_at_once_are_one_slot(desk: Desk, northlake: Scheduler):
    [slot, other, *_] = await of_a_run(desk, northlake)
    order = new_id()
    answers = await asyncio.gather(*(northlake.book(slot, order) for _ in range(8)))
    assert {each["status"] for each in answers} == {"booked"}
    assert len({each["id"] for each in answers}) == 1
    assert len(await slots_of(desk, order)) == 1
    mixed = new_id()
    sent = [northlake.client.post("/Appointment", json=wish(each, mixed)) for each in [slot, other] * 4]
    statuses = [each.status_code for each in await asyncio.gather(*sent)]
    assert 200 in statuses and set(statuses) <= {200, 409}
    assert len(await slots_of(desk, mixed)) == 1


async def test_of_many_who_want_the_last_dose_one_gets_it(desk: Desk, northlake: Scheduler):
    [slot, *_] = await of_a_run(desk, northlake, vials=1)
    answers = await asyncio.gather(*(northlake.book(slot) for _ in range(8)))
    statuses = sorted(each["status"] for each in answers)
    assert statuses == ["booked", *["proposed"] * 7]
    for each in answers:
        if each["status"] == "proposed":
            assert each["comment"]
            assert each["slot"] == [{"reference": f"Slot/{slot}"}]
            await northlake.get(f"/Appointment/{each['id']}", 404)
    assert (await northlake.get(f"/Slot/{slot}"))["status"] in ("busy", "busy-unavailable")
    later = await northlake.book(slot)
    assert later["status"] == "proposed"


async def test_a_second_cancellation_finds_it_cancelled(desk: Desk, northlake: Scheduler):
    [slot, other, *_] = await of_a_run(desk, northlake)
    booked = await northlake.book(slot, order := new_id())
    cancelled = await northlake.cancel(booked["id"])
    assert cancelled["status"] == "cancelled"
    assert cancelled["cancelationReason"]["coding"][0]["code"] == "pat"
    assert await northlake.cancel(booked["id"]) == cancelled
    assert await northlake.post(f"/Appointment/doselane/{booked['id']}", CANCEL) == cancelled
    assert (await northlake.get(f"/Slot/{booked['id']}"))["status"] == "free"
    assert (await northlake.book(slot, order))["status"] == "cancelled", "a late repetition is no new booking"
    again = await northlake.book(other, order)
    assert again["status"] == "booked" and again["id"] != booked["id"]
    assert len(await slots_of(desk, order)) == 2


async def test_cancellations_at_once_are_one(desk: Desk, northlake: Scheduler):
    [slot, *_] = await of_a_run(desk, northlake)
    booked = await northlake.book(slot)
    prov = {"coding": [{**CANCEL["cancelationReason"]["coding"][0], "code": "prov"}]}
    bodies = [{**CANCEL, "id": booked["id"]}, {**CANCEL, "cancelationReason": prov}] * 4
    answers = await asyncio.gather(*(northlake.post(f"/Appointment/{booked['id']}", body) for body in bodies))
    assert {each["status"] for each in answers} == {"cancelled"}
    assert len({each["meta"]["versionId"] for each in answers}) == 1


async def test_a_cancellation_may_say_which_version_it_is_about(desk: Desk, northlake: Scheduler):
    [slot, *_] = await of_a_run(desk, northlake)
    booked = await northlake.book(slot)
    answer = await northlake.client.get(f"/Appointment/{booked['id']}")
    assert answer.headers["etag"] == f'W/"{booked["meta"]["versionId"]}"'
    stale = await northlake.cancel(booked["id"], 412, headers={"if-match": 'W/"v99"'})
    assert stale["issue"][0]["details"]["coding"][0]["code"] == "STALE"
    assert (await northlake.get(f"/Appointment/{booked['id']}"))["status"] == "booked"
    done = await northlake.cancel(booked["id"], headers={"if-match": answer.headers["etag"]})
    assert done["status"] == "cancelled"


async def test_an_appointment_has_one_slot_and_one_patient(desk: Desk, northlake: Scheduler):
    [slot, other, *_] = await of_a_run(desk, northlake)
    await northlake.book(slot, order := new_id())
    for changed in ({"slot": other}, {"slot": slot, "patient": "pt-2"}):
        refused = await northlake.book(changed["slot"], order, 409, patient=changed.get("patient", "pt-1"))
        assert refused["issue"][0]["code"] == "conflict"
        assert refused["issue"][0]["details"]["coding"][0]["code"] == "HAS_APPOINTMENT"
    assert len(await slots_of(desk, order)) == 1


async def test_nothing_of_another_sponsor_can_be_seen_or_changed(desk: Desk, northlake: Scheduler, harbor: Scheduler):
    allotted = await of_a_run(desk, northlake, allotted_to=NORTHLAKE)
    assert allotted
    booked = await northlake.book(allotted[0], order := new_id())
    theirs = {each["id"] for each in await harbor.slots()}
    assert not theirs & set(allotted)
    absent = str(uuid7())
    for mine, nobodys in (
        (f"/Appointment/{booked['id']}", f"/Appointment/{absent}"),
        (f"/Slot/{booked['id']}", f"/Slot/{absent}"),
        (f"/Slot/{allotted[1]}", "/Slot/nope"),
    ):
        seen, nothing = await harbor.get(mine, 404), await harbor.get(nobodys, 404)
        assert seen["issue"][0]["details"] == nothing["issue"][0]["details"]
    assert await harbor.cancel(booked["id"], 404) == await harbor.cancel(absent, 404)
    assert await harbor.book(allotted[1], order, 404) == await harbor.book("nope", order, 404)
    assert await slots_of(desk, order, HARBOR) == []
    assert (await northlake.get(f"/Appointment/{booked['id']}"))["status"] == "booked"


async def test_one_identifier_of_two_sponsors_is_two_appointments(desk: Desk, northlake: Scheduler, harbor: Scheduler):
    await of_a_run(desk, northlake)
    order = new_id()
    for scheduler in (northlake, harbor):
        [slot, *_] = [each["id"] for each in await scheduler.slots()]
        assert (await scheduler.book(slot, order))["status"] == "booked"
    first, second = [(await slots_of(desk, order, partner))[0].name for partner in (NORTHLAKE, HARBOR)]
    assert first != second


async def test_a_hold_that_was_made_elsewhere_is_pending_and_a_released_one_cancelled(desk: Desk, northlake: Scheduler):
    run = await desk.open_run(line=LINE)
    hold = slotting_pb2.HoldSlotRequest(demand=desk.demand(run), request_id=str(uuid7()))
    held = await desk.call("SlottingService/HoldSlot", hold, desk.sponsor())
    name = held.name.removeprefix("slots/")
    assert (await northlake.get(f"/Appointment/{name}"))["status"] == "pending"
    assert (await northlake.get(f"/Slot/{name}"))["status"] == "busy-tentative"
    release = slotting_pb2.ReleaseSlotRequest(name=held.name, request_id=str(uuid7()))
    await desk.call("SlottingService/ReleaseSlot", release, desk.sponsor())
    cancelled = await northlake.get(f"/Appointment/{name}")
    assert cancelled["status"] == "cancelled" and "cancelationReason" not in cancelled


async def test_names_and_comments_of_a_booking_are_stored_nowhere(desk: Desk, northlake: Scheduler):
    [slot, *_] = await of_a_run(desk, northlake)
    await northlake.book(slot, order := new_id())
    looked, found = 0, set()
    database = await asyncpg.connect(desk.gateway.plan.database_dsn)
    try:
        tables = await database.fetch(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for schema, table in tables:
            for (row,) in await database.fetch(f'SELECT t::text FROM "{schema}"."{table}" AS t'):
                looked += 1
                for word in (SURNAME, order):
                    if word in row or word.encode().hex() in row:
                        found.add(word)
    finally:
        await database.close()
    assert looked > 100
    assert found == {order}


async def test_what_is_wrong_is_told_as_an_outcome(desk: Desk, northlake: Scheduler):
    [slot, *_] = await of_a_run(desk, northlake)

    async def code(answer: Any, status: int) -> str:
        found = judged(answer, status)
        return str(found["issue"][0]["details"]["coding"][0]["code"])

    ask = northlake.client
    search = {"url": "/Slot/_search", "headers": FORM}
    assert await code(await ask.post(**search, content=b"start=soon"), 400) == "INVALID_ARGUMENT"
    assert await code(await ask.post(**search, content=b"start=le2026-12-01"), 400) == "INVALID_ARGUMENT"
    assert await code(await ask.post("/Slot/_search", json={}), 415) == "UNSUPPORTED_MEDIA_TYPE"
    assert await code(await ask.post("/Slot/_search", content=b"x" * 70_000, headers=FORM), 413) == "BODY_TOO_LARGE"
    assert await code(await ask.get("/Slot", headers={"accept": "application/fhir+xml"}), 406) == "NOT_ACCEPTABLE"
    assert await code(await ask.get("/Patient/1"), 404) == "ROUTE_NOT_FOUND"
    assert await code(await ask.delete(f"/Slot/{slot}"), 405) == "METHOD_NOT_ALLOWED"
    assert await code(await ask.post("/Appointment", json={"resourceType": "Slot"}), 400) == "INVALID_ARGUMENT"
    assert await code(await ask.post("/Appointment", content=b"{", headers={"content-type": "application/json"}), 400)
    nameless = {**wish(slot), "identifier": []}
    assert await code(await ask.post("/Appointment", json=nameless), 400) == "INVALID_ARGUMENT"
    named = wish(slot, patient=f"Jane {SURNAME}")
    assert await code(await ask.post("/Appointment", json=named), 400) == "INVALID_ARGUMENT"
    early = wish(slot, start="2026-01-01T00:00:00Z")
    assert await code(await ask.post("/Appointment", json=early), 400) == "INVALID_ARGUMENT"
    conditional = {"if-none-exist": "identifier=x"}
    assert await code(await ask.post("/Appointment", json=wish(slot), headers=conditional), 412)
    moved = {**CANCEL, "status": "booked"}
    assert await code(await ask.post(f"/Appointment/{uuid7()}", json=moved), 400) == "INVALID_ARGUMENT"
    stranger = await ask.get("/Slot", headers={"authorization": ""})
    assert await code(stranger, 401) == "TOKEN_MISSING" and stranger.headers["www-authenticate"] == "Bearer"


async def test_a_token_needs_the_scopes_that_the_calls_need(desk: Desk, northlake: Scheduler):
    [slot, *_] = await of_a_run(desk, northlake)
    reader = Scheduler(desk, NORTHLAKE, "slotting.read", "masterdata.read")
    refused = await reader.book(slot, status=403)
    assert refused["issue"][0]["code"] == "forbidden"
    assert (await reader.get(f"/Slot/{slot}"))["status"] == "free"
    await reader.client.aclose()
    for scopes, path in ((["slotting.read"], f"/Slot/{slot}"), (["masterdata.read"], f"/Slot/{slot}")):
        stranger = Scheduler(desk, NORTHLAKE, *scopes)
        for address in (path, f"/Slot?{stranger.form()}"):
            refused = await stranger.get(address, 403)
            assert refused["issue"][0]["details"]["coding"][0]["code"] == "SCOPE_MISSING"
        await stranger.client.aclose()


async def test_staff_read_and_cancel_what_sponsors_booked(desk: Desk, northlake: Scheduler):
    [slot, *_] = await of_a_run(desk, northlake)
    booked = await northlake.book(slot)
    staff = Scheduler(desk, MANUFACTURER, *PLANNER_SCOPES)
    assert (await staff.get(f"/Appointment/{booked['id']}"))["slot"] == booked["slot"]
    assert (await staff.cancel(booked["id"]))["status"] == "cancelled"
    await staff.client.aclose()


async def test_the_statement_of_what_it_can_do_needs_no_token_and_json_is_an_answer_too(northlake: Scheduler):
    told = judged(await northlake.client.get("/metadata", headers={"authorization": ""}), 200)
    assert told["fhirVersion"] == "4.0.1"
    assert {each["type"] for each in told["rest"][0]["resource"]} == {"Slot", "Schedule", "Appointment"}
    plain = await northlake.client.get("/Schedule", headers={"accept": "application/json"})
    assert plain.headers["content-type"] == "application/json"
