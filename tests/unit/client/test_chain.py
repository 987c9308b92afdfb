"""What an audit says of the chain of a dose."""

from datetime import UTC, datetime
from typing import Any

from doselane.client.cli.audit import Chain, told
from doselane.distribution.v1 import shipment_pb2
from doselane.quality.v1 import batch_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import status_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.timestamp_pb2 import Timestamp

AT = Timestamp()
AT.FromDatetime(datetime(2026, 12, 1, 9, tzinfo=UTC))
SIGNED = batch_pb2.Signature(
    printed_name="Anybody", role="quality.qualified_person", meaning="CERTIFIED_FOR_USE", sign_time=AT
)
HANDED = shipment_pb2.CustodyEntry(time=AT, from_party="facilities/f", to_party="partners/van", actor="van-client")


def a_chain(**changes: Any) -> Chain:
    """All that there is of a dose, and it holds."""
    facts: dict[str, Any] = {
        "dose": status_pb2.Dose(name="doses/d", slot="slots/d", run="runs/r", site="sites/s", order_reference="O"),
        "slot": slotting_pb2.Slot(
            name="slots/d", run="runs/r", site="sites/s", order_reference="O", create_time=AT,
            last_change=type_pb2.Change(actor="northlake-client", time=AT),
        ),
        "batch": batch_pb2.Batch(name="batches/b", run="runs/r", create_time=AT, signatures=[SIGNED]),
        "vial": batch_pb2.Vial(name="batches/b/vials/1", slot="slots/d", fill_time=AT),
        "shipment": shipment_pb2.Shipment(
            name="shipments/s", doses=[shipment_pb2.CarriedDose(dose="doses/d")], custody=[HANDED]
        ),
        "timeline": entries(1, 2, 3),
        "milestones": [shipment_pb2.RecordedMilestone(name="shipments/s/milestones/1")],
        "decisions": [(batch_pb2.Decision(name="batches/b/decisions/1", record_sha256="ab"), True)],
    }  # fmt: skip
    return Chain(**{**facts, **changes})


def entries(*numbers: int) -> list[status_pb2.TimelineEntry]:
    return [status_pb2.TimelineEntry(name=f"doses/d/timelineEntries/{number}") for number in numbers]


def failing(chain: Chain) -> list[str]:
    found = told(chain)
    wrong = [each["check"] for each in found["checks"] if not each["holds"]]
    assert found["holds"] is not bool(wrong)
    return wrong


def test_a_chain_that_holds_tells_each_link_with_who_and_when() -> None:
    found = told(a_chain())
    assert found["holds"] and len(found["checks"]) == 7
    who = {each["link"]: each["who"] for each in found["links"]}
    assert who["slot"] == "northlake-client" and who["custody"] == "van-client"
    assert who["signature"] == "Anybody (quality.qualified_person)"
    assert {each["time"] for each in found["links"] if each["link"] != "shipment"} == {"2026-12-01T09:00:00Z"}


def test_a_dose_of_which_there_is_only_a_promise_holds_too() -> None:
    assert not failing(a_chain(batch=None, vial=None, shipment=None, milestones=(), decisions=()))


def test_what_does_not_hold_is_named() -> None:
    assert failing(a_chain(timeline=entries(1, 3))) == ["the timeline has no gap"]
    assert failing(a_chain(timeline=entries(2, 3))) == ["the timeline has no gap"]
    moved = slotting_pb2.Slot(name="slots/d", run="runs/other", site="sites/s", order_reference="O")
    assert failing(a_chain(slot=moved)) == ["dose and slot tell the same run, site and order"]
    other = batch_pb2.Vial(name="batches/c/vials/1", slot="slots/d")
    assert failing(a_chain(vial=other)) == ["the vial fills the slot, of the batch"]
    empty = shipment_pb2.Shipment(name="shipments/s")
    assert failing(a_chain(shipment=empty)) == ["the shipment carries the dose"]
    decision = (batch_pb2.Decision(name="batches/b/decisions/1"), False)
    assert failing(a_chain(decisions=[decision])) == ["a stored decision comes out alike again"]
    assert failing(a_chain(batch=batch_pb2.Batch(name="batches/b", run="runs/x"))) == ["the batch is of the dose's run"]
