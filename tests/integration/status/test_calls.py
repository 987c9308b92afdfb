"""The calls of StatusService through the real gRPC server, with tokens; and who may see what."""

from collections.abc import Sequence
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import shipment_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import status_pb2

from services.kernel.errors import Denied, GatewayError, Invalid, NotFound, Unauthenticated
from services.kernel.rpc import Client
from tests.integration.status.conftest import STATUS, Door
from tests.support.status import HARBOR, NORTHLAKE, SWIFT, TRACKING, milestone_event, shipment_event, slot_event

Shipment, Milestone = shipment_pb2.Shipment, courier_pb2.Milestone


async def get(client: Client, dose_id: str) -> status_pb2.Dose:
    return await client.call("GetDose", status_pb2.GetDoseRequest(name=f"doses/{dose_id}"))


async def listed(client: Client, **changes: Any) -> list[str]:
    """The names of all doses, page by page."""
    names: list[str] = []
    request = status_pb2.ListDosesRequest(**changes)
    while True:
        answer = await client.call("ListDoses", request)
        names += [dose.name.removeprefix("doses/") for dose in answer.doses]
        if not answer.next_page_token:
            return names
        request.page_token = answer.next_page_token


async def first_answer(client: Client, parent: str) -> status_pb2.WatchTimelineResponse:
    async for answer in client.stream("WatchTimeline", status_pb2.WatchTimelineRequest(parent=parent)):
        return answer
    raise AssertionError("The stream ended.")


async def test_a_claim_can_be_followed_to_the_delivery(door: Door) -> None:
    await door.a_dose("d")
    followed = {"courier": SWIFT, "references": [TRACKING]}
    await door.publish(
        shipment_event("d", "shipment.followed", 1, said=followed),
        milestone_event("d", Milestone.COLLECTED, 2, 5, state=Shipment.COLLECTED),
        milestone_event("d", Milestone.DELIVERED, 3, 60, state=Shipment.DELIVERED),
    )
    await door.until(lambda: door.numbers("d"), 4)
    northlake = door.client()
    dose = await get(northlake, "d")
    assert (dose.slot_state, dose.shipment.state) == (slotting_pb2.Slot.CONFIRMED, Shipment.DELIVERED)
    answer = await northlake.call("ListTimelineEntries", status_pb2.ListTimelineEntriesRequest(parent="doses/d"))
    assert [entry.summary for entry in answer.timeline_entries] == [
        "A place on runs/lu-1 is promised for sites/lakeside-clinic.",
        f"Shipment {TRACKING} of {SWIFT} was attached.",
        "The courier collected the shipment.",
        "The shipment was delivered.",
    ]
    assert [bool(entry.event_id and entry.event_type) for entry in answer.timeline_entries] == [True] * 4


async def test_doses_are_listed_oldest_first_in_pages(door: Door) -> None:
    for number in range(5):
        await door.a_dose(f"d{number}", minutes=number)
    assert await listed(door.client(), page_size=2) == ["d0", "d1", "d2", "d3", "d4"]


async def test_doses_are_listed_by_run_order_and_state(door: Door) -> None:
    await door.a_dose("a", run="runs/one", order_reference="order-7")
    await door.a_dose("b", run="runs/two", order_reference="order-8")
    await door.publish(shipment_event("b"))
    await door.until(lambda: door.numbers("b"), 2)
    client = door.client()
    assert await listed(client, run="runs/one") == ["a"]
    assert await listed(client, order_reference="order-8") == ["b"]
    assert await listed(client, shipment_states=[Shipment.BOOKED]) == ["b"]
    assert await listed(client, shipment_states=[Shipment.DELIVERED]) == []
    assert await listed(client, run="runs/one", order_reference="order-8") == []


async def test_a_timeline_is_listed_in_pages(door: Door) -> None:
    await door.publish(slot_event("d", "held", 1), slot_event("d", "confirmed", 2), slot_event("d", "released", 3))
    await door.until(lambda: door.numbers("d"), 3)
    request = status_pb2.ListTimelineEntriesRequest(parent="doses/d", page_size=2)
    first = await door.client().call("ListTimelineEntries", request)
    request.page_token = first.next_page_token
    second = await door.client().call("ListTimelineEntries", request)
    names = [entry.name for entry in (*first.timeline_entries, *second.timeline_entries)]
    assert names == [f"doses/d/timelineEntries/{number}" for number in (1, 2, 3)]
    assert not second.next_page_token


async def test_a_page_token_is_good_for_its_query_and_caller_only(door: Door) -> None:
    for number in range(3):
        await door.a_dose(f"n{number}")
        await door.a_dose(f"h{number}", partner=HARBOR)
    token = (await door.client().call("ListDoses", status_pb2.ListDosesRequest(page_size=1))).next_page_token
    for client, request in (
        (door.client(HARBOR), status_pb2.ListDosesRequest(page_token=token)),
        (door.client(), status_pb2.ListDosesRequest(page_token=token, run="runs/lu-1")),
        (door.client(), status_pb2.ListDosesRequest(page_token="no token")),
    ):
        with pytest.raises(Invalid) as refusal:
            await client.call("ListDoses", request)
        assert refusal.value.facts["field"] == "page_token"


async def test_what_belongs_to_another_does_not_exist(door: Door) -> None:
    await door.a_dose("d")
    for client in (door.client(HARBOR), door.client(SWIFT)):
        for call in (
            lambda c, n: c.call("GetDose", status_pb2.GetDoseRequest(name=n)),
            lambda c, n: c.call("ListTimelineEntries", status_pb2.ListTimelineEntriesRequest(parent=n)),
            lambda c, n: first_answer(c, n),
        ):
            answers = [await _failure(call(client, f"doses/{dose_id}")) for dose_id in ("d", "x")]
            assert answers[0] == answers[1]
            assert answers[0][0] is NotFound
        assert await listed(client) == []
        assert await listed(client, run="runs/lu-1", order_reference="order-1") == []


async def _failure(call: Any) -> tuple[type[GatewayError], str, dict[str, str]]:
    with pytest.raises(GatewayError) as failure:
        await call
    facts = {name: value.replace("doses/d", "doses/x") for name, value in failure.value.facts.items()}
    return type(failure.value), failure.value.message, facts


async def test_operators_see_the_doses_of_all_sponsors(door: Door) -> None:
    await door.a_dose("d")
    await door.a_dose("e", partner=HARBOR)
    assert await listed(door.operator()) == ["d", "e"]
    assert (await get(door.operator(), "e")).partner == HARBOR


async def test_every_call_needs_its_scope(door: Door) -> None:
    stranger = door.client(NORTHLAKE, "slotting.read")
    operator = door.client("partners/cdmo", "operator")
    for method in STATUS.methods:
        if method.server_streaming:
            continue
        request = getattr(status_pb2, method.input_type.name)()
        for client in (stranger, operator):
            with pytest.raises(Denied):
                await client.call(method.name, request)
    for client in (stranger, operator):
        with pytest.raises(Denied):
            await first_answer(client, "doses/-")


async def test_a_caller_without_a_token_is_refused(door: Door) -> None:
    client = door.client()
    client._token = None
    with pytest.raises(Unauthenticated):
        await get(client, "d")


WRONG_QUESTIONS: Sequence[tuple[str, Any, str]] = (
    ("GetDose", status_pb2.GetDoseRequest(name="d"), "name"),
    ("GetDose", status_pb2.GetDoseRequest(name="doses/\0"), "name"),
    ("ListTimelineEntries", status_pb2.ListTimelineEntriesRequest(parent="doses/"), "parent"),
    ("ListDoses", status_pb2.ListDosesRequest(run="\0"), "run"),
    ("ListDoses", status_pb2.ListDosesRequest(order_reference="x" * 201), "order_reference"),
    ("ListDoses", status_pb2.ListDosesRequest(page_size=-1), "page_size"),
    ("ListDoses", status_pb2.ListDosesRequest(shipment_states=[99]), "shipment_states[0]"),
)


async def test_a_request_that_is_wrong_in_itself_is_told_where(door: Door) -> None:
    for method, request, field in WRONG_QUESTIONS:
        with pytest.raises(Invalid) as refusal:
            await door.operator().call(method, request)
        assert refusal.value.facts["field"] == field
