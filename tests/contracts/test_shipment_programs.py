"""A van service's platform, and a sponsor's logistics desk, work on what their contracts say."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from doselane.distribution.v1 import events_pb2
from google.protobuf.json_format import ParseDict
from pact import Pact

from tests.contracts.consumers import harborline_vans as vans
from tests.contracts.consumers import northlake_logistics as desk
from tests.contracts.consumers import over_rest
from tests.contracts.consumers.words import EXAMPLE_REQUEST_ID, EXAMPLE_SLOT_ID, pact_of

MESSAGES: dict[str, Any] = {
    desk.BOOKED: events_pb2.ShipmentBooked,
    desk.RECORDED: events_pb2.MilestoneRecorded,
    desk.OVERDUE: events_pb2.MilestoneOverdue,
    desk.DELIVERED: events_pb2.ShipmentDelivered,
}


def pushed(step: Callable[[Pact], None], *milestones: dict[str, Any]) -> vans.Receipt:
    """What the platform files of a push, on the mock server's word."""
    pact = pact_of(vans.NAME)
    step(pact)
    with pact.serve(addr="127.0.0.1") as server:
        return vans.MilestonePush(over_rest.Rest(str(server.url), key={vans.KEY_HEADER: vans.KEY})).push(*milestones)


def known(**changes: Any) -> dict[str, Any]:
    """What the contract takes as an example."""
    return vans.plain(event_id=EXAMPLE_REQUEST_ID, **changes)


def test_the_platform_files_a_push_under_which_all_is_well() -> None:
    receipt = pushed(vans._pushes_a_delivery, known())
    assert receipt == vans.Receipt(f"pushes/{EXAMPLE_SLOT_ID}", ["DELIVERED"], {})


def test_the_platform_has_a_shipment_looked_into_that_nobody_knows() -> None:
    receipt = pushed(vans._pushes_one_that_nobody_knows, known(shipments=["VAN-404"]))
    assert receipt.to_look_into == {EXAMPLE_REQUEST_ID: ["SHIPMENT_UNKNOWN"]}


def test_the_platform_can_tell_again_what_it_told() -> None:
    receipt = pushed(vans._pushes_a_story_again, vans.plain(), known(kind="OBSERVED"))
    assert receipt.kinds == ["DELIVERED", "OBSERVED"]
    assert list(receipt.to_look_into.values()) == [["EVENT_REPEATED"]]


def test_the_platform_learns_what_was_left_out_and_why() -> None:
    receipt = pushed(vans._is_told_what_was_left_out, known(), vans.milestone("VAN-E-2", kind="LOST"))
    assert receipt.kinds == ["DELIVERED"]
    assert "(/milestones/1/kind)" in receipt.mistakes


def test_the_platform_learns_where_its_mistake_is_and_that_a_story_cannot_change() -> None:
    without = {name: value for name, value in vans.milestone().items() if name != "shipments"}
    with pytest.raises(over_rest.Refusal) as refused:
        pushed(vans._is_refused_with_the_place, without)
    assert (refused.value.reason, refused.value.facts["place"]) == ("MILESTONE_NOT_VALID", "/milestones/0/shipments")
    with pytest.raises(over_rest.Refusal) as refused:
        pushed(vans._changes_a_story, vans.plain(kind="RETURNED"))
    assert (refused.value.status, refused.value.reason) == (409, "EVENT_CHANGED")


def test_the_desk_keeps_its_board_from_the_events() -> None:
    board = desk.Board()

    def arrives(body: str | bytes | None, metadata: dict[str, Any]) -> None:
        kind = metadata["ce_type"]
        # Each interaction is a story of its own, so the sequence of its example says nothing of the others.
        board.newest.clear()
        board.take(metadata, ParseDict(json.loads(body or b""), MESSAGES[kind]()).SerializeToString())

    desk.contract().verify(arrives, "Async")
    assert board.doses == {desk.SHIPMENT: [desk.DOSE]}
    assert board.booked_for[desk.SHIPMENT] == ("sites/lakeside", "partners/polar-courier", "2027-03-02T20:00:00Z")
    assert board.seen == {desk.SHIPMENT: [("ni:///sha-256;ab12", "DEPARTED", "2027-03-02T20:00:00Z")]}
    assert board.expected_at == {desk.SHIPMENT: "2027-03-03T02:10:00Z"}
    assert board.to_call == {desk.SHIPMENT: ("partners/polar-courier", "COLLECTED", "2027-03-02T20:30:00Z")}
    assert board.arrived_at == {desk.DOSE: "2027-03-03T06:40:00Z"}


def test_the_desk_takes_a_record_once() -> None:
    event = events_pb2.MilestoneRecorded()
    event.shipment.name, event.milestone.event_id = desk.SHIPMENT, "e"
    board, headers = desk.Board(), {"ce_type": desk.RECORDED, "ce_subject": desk.SHIPMENT, "ce_sequence": "7"}
    for _ in range(2):
        board.take(headers, event.SerializeToString())
    assert [each[0] for each in board.seen[desk.SHIPMENT]] == ["e"]
