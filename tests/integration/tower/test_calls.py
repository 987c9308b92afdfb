"""The calls of the tower: who sees what, what persons do with incidents, and watches."""

from contextlib import aclosing
from typing import Any

import pytest
from doselane.tower.v1 import incident_pb2, tower_pb2

from services.kernel.errors import Denied, NotFound, RuleViolation, Stale
from services.kernel.ids import uuid7
from services.kernel.rpc import Client
from tests.integration.tower.conftest import Door
from tests.support.tower import HARBOR, NORTHLAKE, RUN, SHIPMENT, at
from tests.support.tower_news import run_news, shipment_news, slot_news

Incident = incident_pb2.Incident
LOOK = "SELECT name FROM incident WHERE kind = $1 AND state <> 3"


async def a_failed_run(door: Door) -> str:
    """A run with a dose of each sponsor fails; the name of the incident."""
    await door.publish(run_news(), slot_news("d1"), slot_news("d2", partner=HARBOR, order_reference="HP-1"))
    await door.publish(run_news("failed", 2))
    return str(await door.until(LOOK + " AND cardinality(doses) = 2", Incident.RUN_FAILED))


async def too_warm(door: Door, readings: int = 1, version: int = 1) -> str:
    """A shipment was too warm; the name of the incident."""
    warm: Any = {"excursions": [{"type": "Temperature", "value": 30}] * readings}
    await door.publish(slot_news("d1"), shipment_news("shipment.excursion_detected", version, **warm))
    return str(await door.until(LOOK, Incident.EXCURSION))


def acknowledge(name: str, **changes: str) -> tower_pb2.AcknowledgeIncidentRequest:
    return tower_pb2.AcknowledgeIncidentRequest(name=name, request_id=str(uuid7()), **changes)


def resolve(name: str, **changes: str) -> tower_pb2.ResolveIncidentRequest:
    return tower_pb2.ResolveIncidentRequest(name=name, **{"request_id": str(uuid7()), "reason": "seen", **changes})


async def listed(client: Client, **wanted: Any) -> list[str]:
    answer = await client.call("ListBoardEntries", tower_pb2.ListBoardEntriesRequest(**wanted))
    return [each.dose for each in answer.board_entries]


async def test_each_sponsor_sees_its_own_doses_and_of_an_incident_its_own_part(door: Door):
    name = await a_failed_run(door)
    own, other, staff, stranger = door.client(), door.client(HARBOR), door.operator(), door.client("partners/none")
    assert await listed(own) == ["doses/d1"] and await listed(other) == ["doses/d2"]
    assert await listed(staff) == ["doses/d1", "doses/d2"] and await listed(stranger) == []
    await staff.call("AcknowledgeIncident", acknowledge(name, reason="between us"))
    whole = await staff.call("GetIncident", tower_pb2.GetIncidentRequest(name=name))
    seen = await own.call("GetIncident", tower_pb2.GetIncidentRequest(name=name))
    assert len(whole.affected_doses) == 2 and [each.dose for each in seen.affected_doses] == ["doses/d1"]
    assert whole.history[1].reason == "between us" and whole.history[1].actor and whole.etag
    assert "between us" not in str(seen) and HARBOR not in str(seen) and not seen.etag
    assert (seen.subject, seen.state, seen.severity) == (RUN, Incident.ACKNOWLEDGED, Incident.MAJOR)
    for client, request in (
        (own, tower_pb2.GetBoardEntryRequest(name="boardEntries/d2")),
        (stranger, tower_pb2.GetIncidentRequest(name=name)),
    ):
        with pytest.raises(NotFound):
            await client.call(type(request).__name__.removesuffix("Request"), request)
    of_dose = tower_pb2.ListIncidentsRequest(dose="doses/d2")
    found = [await who.call("ListIncidents", of_dose) for who in (own, other, staff)]
    assert [len(answer.incidents) for answer in found] == [0, 1, 1]


async def test_the_board_is_listed_by_what_is_asked_and_page_by_page(door: Door):
    await a_failed_run(door)
    await door.publish(slot_news("d3", site="sites/bay", run="runs/other"), slot_news("d4"))
    await door.until("SELECT count(*) = 4 FROM board_entry")
    await door.publish(slot_news("d4", "released", 2))
    await door.until("SELECT count(*) = 3 FROM board_entry WHERE live")
    staff = door.operator()
    assert await listed(staff, site="sites/bay") == ["doses/d3"]
    assert await listed(staff, run=RUN) == ["doses/d1", "doses/d2"]
    assert await listed(staff, order_reference="HP-1") == ["doses/d2"]
    assert await listed(staff, verdicts=["DOSE_VERDICT_SAFE"]) == ["doses/d3"]
    assert await listed(staff, include_ended=True) == ["doses/d1", "doses/d2", "doses/d3", "doses/d4"]
    first = await staff.call("ListBoardEntries", tower_pb2.ListBoardEntriesRequest(page_size=2))
    rest = await listed(staff, page_size=2, page_token=first.next_page_token)
    assert [*(each.dose for each in first.board_entries), *rest] == ["doses/d1", "doses/d2", "doses/d3"]
    by_kind = tower_pb2.ListIncidentsRequest(kinds=[Incident.RUN_FAILED], states=[Incident.OPEN])
    assert len((await staff.call("ListIncidents", by_kind)).incidents) == 1


async def test_only_staff_acknowledges_and_resolves_and_each_request_acts_once(door: Door):
    name = await a_failed_run(door)
    staff = door.operator()
    for scopes in (("tower.read", "tower.operate"), ("tower.read", "operator")):
        with pytest.raises(Denied):
            await door.client(NORTHLAKE, *scopes).call("AcknowledgeIncident", acknowledge(name))
    asked = acknowledge(name, etag="1")
    first = await staff.call("AcknowledgeIncident", asked)
    assert await staff.call("AcknowledgeIncident", asked) == first and len(first.history) == 2
    with pytest.raises(RuleViolation) as refused:
        await staff.call("AcknowledgeIncident", _other(asked))
    assert refused.value.reason == "REQUEST_MISMATCH"
    with pytest.raises(Stale):
        await staff.call("ResolveIncident", resolve(name, etag="1"))
    done = await staff.call("ResolveIncident", resolve(name, etag=first.etag, reason="claimed anew by telephone"))
    assert (done.state, done.history[-1].reason) == (Incident.RESOLVED, "claimed anew by telephone")
    with pytest.raises(RuleViolation) as closed:
        await staff.call("AcknowledgeIncident", acknowledge(name))
    assert closed.value.reason == "INCIDENT_RESOLVED"
    # The run stays failed: its doses are at risk all the same, and no second incident says so.
    assert await listed(staff, verdicts=["DOSE_VERDICT_AT_RISK"]) == ["doses/d1", "doses/d2"]
    await door.publish(slot_news("d1", "at_risk", 2))
    await door.until("SELECT version = 2 FROM slot WHERE dose = 'd1'")
    assert await door.database.pool.fetchval("SELECT count(*) FROM incident") == 1


def _other(asked: tower_pb2.AcknowledgeIncidentRequest) -> tower_pb2.AcknowledgeIncidentRequest:
    return tower_pb2.AcknowledgeIncidentRequest(name=asked.name, request_id=asked.request_id, reason="another")


async def test_what_a_person_has_judged_counts_no_more_until_something_new_comes(door: Door):
    name = await too_warm(door)
    staff = door.operator()
    await staff.call("ResolveIncident", resolve(name, reason="the logger was out of the box"))
    assert await listed(staff, verdicts=["DOSE_VERDICT_SAFE"]) == ["doses/d1"]
    again = await too_warm(door, readings=2, version=2)
    assert again != name
    assert await listed(staff, verdicts=["DOSE_VERDICT_AT_RISK"]) == ["doses/d1"]


async def test_watches_tell_each_what_is_its_own_and_go_on_from_a_cursor(door: Door):
    board, incidents = tower_pb2.WatchBoardEntriesRequest(), tower_pb2.WatchIncidentsRequest()
    own, staff = door.client(), door.operator()
    async with (
        aclosing(own.stream("WatchBoardEntries", board)) as entries,
        aclosing(own.stream("WatchIncidents", incidents)) as mine,
        aclosing(staff.stream("WatchIncidents", incidents)) as all_of_them,
    ):
        start = (await anext(entries)).cursor
        await anext(mine)
        await anext(all_of_them)
        name = await a_failed_run(door)
        await staff.call("AcknowledgeIncident", acknowledge(name))
        entry = await _first(entries, lambda each: each.board_entry.verdict == incident_pb2.DOSE_VERDICT_AT_RISK)
        assert entry.board_entry.dose == "doses/d1"
        seen = await _first(mine, lambda each: each.incident.state == Incident.ACKNOWLEDGED)
        assert [each.dose for each in seen.incident.affected_doses] == ["doses/d1"] and not seen.incident.etag
        whole = await _first(all_of_them, lambda each: each.incident.state == Incident.ACKNOWLEDGED)
        assert len(whole.incident.affected_doses) == 2
    async with aclosing(own.stream("WatchBoardEntries", tower_pb2.WatchBoardEntriesRequest(cursor=start))) as again:
        first = await _first(again, lambda each: each.HasField("board_entry"))
        assert (first.board_entry.dose, first.board_entry.etag) == ("doses/d1", "1")


async def test_the_clock_alone_is_enough_for_a_verdict_behind_the_door(door: Door):
    await door.publish(slot_news("d1"), run_news(), shipment_news())
    await door.until("SELECT count(*) = 1 FROM board_entry WHERE due_at IS NOT NULL AND shipment = $1", SHIPMENT)
    door.clock.advance_to(at(1.5))  # nobody has recorded the end of synthesis, and the departure can still be made
    await door.until(LOOK, Incident.RUN_LATE)
    door.clock.advance_to(at(72))
    await door.until("SELECT count(*) = 1 FROM board_entry WHERE verdict = 3")


async def _first(stream: Any, fits: Any) -> Any:
    async for each in stream:
        if fits(each):
            return each
    raise AssertionError("the stream ended")
