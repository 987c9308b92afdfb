"""What the ports publish of statements, who may make them, and what comes of orders."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from doselane.capacity.v1.events_pb2 import ProductionOrderRefused
from doselane.courier.v1.courier_pb2 import Milestone
from doselane.distribution.v1.events_pb2 import OutboundDeliveryRefused
from doselane.erp.v1 import erp_pb2
from doselane.planning.v1.events_pb2 import DemandRefused
from doselane.slotting.v1.events_pb2 import OrderDecided
from doselane.slotting.v1.order_pb2 import DoseOrder
from google.protobuf.message import Message

from adapters.host.auth import HeaderKey
from adapters.host.judge import CHANGED, REPEATED, note, permitted
from adapters.host.values import Account, Deduplication, TranslationResult
from adapters.manifest import Refused
from adapters.ports import Objection, Port, Sender, courier, crm, erp, lims, orders
from services.kernel.event import Event
from services.kernel.ids import uuid7
from tests.support import erp as tiny

SENDER = Sender("partners/northlake", "erp_tiny", "messages/1")
NOW = datetime(2026, 11, 26, tzinfo=UTC)
STATEMENTS = [
    (erp.PORT, erp_pb2.ProductionReport(report_id="1"), "doselane.erp.production.reported.v1"),
    (erp.PORT, erp_pb2.ProductionOrder(production_order="1"), "doselane.erp.production_order.changed.v1"),
    (erp.PORT, erp_pb2.InspectionLot(inspection_lot="1"), "doselane.erp.inspection_lot.changed.v1"),
    (erp.PORT, erp_pb2.OutboundDelivery(delivery="1"), "doselane.erp.outbound_delivery.changed.v1"),
    (erp.PORT, erp_pb2.Demand(product="products/a"), "doselane.erp.demand.changed.v1"),
    (erp.PORT, DoseOrder(order_reference="1"), "doselane.erp.order.changed.v1"),
    (crm.PORT, DoseOrder(order_reference="1"), "doselane.crm.order.changed.v1"),
]


def _account(*, manufacturer: bool) -> Account:
    reads_nothing = tiny.Reader()
    key = HeaderKey("none", ["a-key-that-nobody-knows"])
    return Account("plant", SENDER.partner, tiny.ADAPTER, key, reads_nothing, manufacturer=manufacturer)


@pytest.mark.parametrize(("port", "said", "kind"), STATEMENTS, ids=lambda each: getattr(each, "name", None))
def test_a_statement_is_published_whole_with_who_made_it(port: Port, said: Message, kind: str) -> None:
    published, event = port.reported(SENDER, said)
    assert published == kind
    assert (event.partner, event.adapter, event.message) == ("partners/northlake", "erp_tiny", "messages/1")
    assert [value for _, value in event.ListFields()][3:] == [said]


@pytest.mark.parametrize("port", [courier.PORT, crm.PORT, erp.PORT, lims.PORT], ids=lambda port: port.name)
def test_a_message_that_was_refused_is_published_with_why_and_by_whom_it_was_sent(port: Port) -> None:
    said = {value for _, value in port.refused(SENDER, "BODY_NOT_JSON", "It ends too early.").ListFields()}
    assert said == {"partners/northlake", "erp_tiny", "messages/1", "BODY_NOT_JSON", "It ends too early."}
    assert port.source == f"doselane/{port.name}"


def test_a_milestone_and_an_order_are_facts_under_their_own_ids() -> None:
    milestone = Milestone(event_id="1", kind=Milestone.DELIVERED, code="OK", shipment_references=["AWB-1"])
    told = courier.fact(3, "key", b"c", milestone, ["CODE_UNKNOWN"])
    assert (told.index, told.key, told.content, told.said) == (3, "key", b"c", milestone)
    assert (told.event_id, told.kind, told.code, told.references) == ("1", "DELIVERED", "OK", ("AWB-1",))
    assert (told.warnings, told.ends) == (("CODE_UNKNOWN",), True)
    under_way = courier.fact(0, "key", b"c", Milestone(kind=Milestone.DEPARTED))
    assert (under_way.kind, under_way.ends) == ("DEPARTED", False)
    assert courier.fact(0, "key", b"c", Milestone()).kind == ""
    order = crm.fact(2, "key", b"c", DoseOrder(order_reference="PO-1", state=DoseOrder.WANTED), ["EVENT_OLD"])
    assert (order.index, order.event_id, order.kind, order.warnings) == (2, "PO-1", "WANTED", ("EVENT_OLD",))
    assert crm.fact(0, "key", b"c", DoseOrder()).kind == ""


def test_a_fact_that_was_told_before_is_noted_as_repeated_or_as_changed() -> None:
    fact, here, before = crm.fact(0, "key", b"c", DoseOrder(order_reference="PO-1"), ["EVENT_OLD"]), uuid7(), uuid7()

    def warnings(found: Deduplication, unknown: str = "") -> list[str]:
        noted = note(fact, found, here, unknown)
        assert (noted.index, noted.event_id) == (0, "PO-1")
        return list(noted.warnings)

    assert warnings(Deduplication(fresh=True)) == ["EVENT_OLD"]
    assert warnings(Deduplication(False, (here, 0), b"other")) == ["EVENT_OLD"]
    assert warnings(Deduplication(False, (before, 0), b"c")) == ["EVENT_OLD", REPEATED]
    assert warnings(Deduplication(False, (before, 0), b"other")) == ["EVENT_OLD", CHANGED]
    assert warnings(Deduplication(False, (here, 1), None), "UNKNOWN") == ["EVENT_OLD", "UNKNOWN", REPEATED]


def test_only_the_manufacturers_own_system_tells_what_only_the_manufacturer_can_know() -> None:
    said = [said for port, said, _ in STATEMENTS if port is erp.PORT]
    facts = tuple(erp.statement(index, str(index), b"", each) for index, each in enumerate(said))
    left = Refused("ORDER_NOT_VALID", "it has no product", "/6")
    read = TranslationResult(facts, {6: left}, "a remark", True)

    assert permitted(_account(manufacturer=True), read) is read
    found = permitted(_account(manufacturer=False), read)
    assert [fact.index for fact in found.facts] == [4, 5]
    assert {index: each.reason for index, each in found.refused.items()} == {
        0: "NOT_THE_MANUFACTURERS",
        1: "NOT_THE_MANUFACTURERS",
        2: "NOT_THE_MANUFACTURERS",
        3: "NOT_THE_MANUFACTURERS",
        6: "ORDER_NOT_VALID",
    }
    assert (found.refused[1].status, found.refused[1].place) == (403, "/1")
    assert "ProductionOrder" in found.refused[1].detail
    assert (found.remark, found.proceeds) == ("a remark", True)


def test_a_message_of_nothing_else_is_refused_whole() -> None:
    facts = (erp.statement(0, "1", b"", erp_pb2.InspectionLot(inspection_lot="1")),)
    found = permitted(_account(manufacturer=False), TranslationResult(facts))
    assert found.refusal is not None
    assert (found.refusal.reason, found.refusal.status, found.facts) == ("NOT_THE_MANUFACTURERS", 403, ())
    sponsors = (erp.statement(0, "1", b"", DoseOrder(order_reference="1")),)
    assert permitted(_account(manufacturer=False), TranslationResult(sponsors)).refusal is None


@pytest.mark.parametrize("port", [crm.PORT, erp.PORT], ids=lambda port: port.name)
def test_nobody_but_the_manufacturer_states_an_order_as_another_partners(port: Port) -> None:
    order = DoseOrder(order_reference="1", partner="partners/northlake")
    read = TranslationResult((erp.statement(0, "1", b"", order),))
    account = replace(_account(manufacturer=False), adapter=replace(tiny.ADAPTER, port=port))
    found = permitted(account, read).refusal
    assert found is not None and found.reason == "NOT_THE_MANUFACTURERS"
    assert permitted(replace(account, manufacturer=True), read) is read


def test_why_an_order_was_refused_joins_the_notes_of_its_message() -> None:
    def decided(outcome: OrderDecided.Outcome, kind: str = orders.ORDER_DECIDED) -> Event:
        order = DoseOrder(order_reference="PO-1")
        said = OrderDecided(order=order, outcome=outcome, reason="RUN_FULL", message="messages/9")
        said.stated_by = "partners/plant"
        data = said.SerializeToString()
        return Event(uuid7(), kind, "", "orders/1", 1, NOW, data, partner="partners/northlake")

    expected = Objection("partners/plant", "messages/9", "PO-1", "RUN_FULL")
    assert crm.PORT.objects(decided(OrderDecided.REFUSED)) == expected
    assert erp.PORT.objects(decided(OrderDecided.REFUSED)) == expected
    assert orders.objects(decided(OrderDecided.PROMISED)) is None
    assert orders.objects(decided(OrderDecided.REFUSED, "doselane.slotting.slot.lost.v1")) is None


def test_what_capacity_could_not_follow_is_said_beside_the_message_that_stated_it() -> None:
    said = ProductionOrderRefused(production_order="4711", reason="RUN_FIXED", message="messages/9", adapter="erp_tiny")
    subject, data = "productionOrders/4711", said.SerializeToString()
    event = Event(uuid7(), erp.ORDER_REFUSED, "doselane/capacity", subject, 1, NOW, data, partner="partners/cdmo")
    assert erp.PORT.objects(event) == Objection("partners/cdmo", "messages/9", "4711", "RUN_FIXED")


def test_a_name_of_a_delivery_that_cannot_be_is_said_beside_the_message_that_stated_it() -> None:
    said = OutboundDeliveryRefused(delivery="80001234", reason="REFERENCE_TAKEN", message="messages/9")
    subject, data = "partners/northlake/outboundDeliveries/80001234", said.SerializeToString()
    event = Event(uuid7(), erp.DELIVERY_REFUSED, "doselane/distribution", subject, 1, NOW, data, partner=SENDER.partner)
    assert erp.PORT.objects(event) == Objection(SENDER.partner, "messages/9", "80001234", "REFERENCE_TAKEN")


def test_a_demand_that_became_no_forecast_is_said_beside_the_message_that_stated_it() -> None:
    demand = erp_pb2.Demand(product="products/lu-ligand", region="us-midwest")
    fact = erp.statement(0, "1", b"", demand, event_id="PIR-1")
    said = DemandRefused(product=demand.product, region=demand.region, reason="WEEK_FROZEN", message="messages/9")
    data = said.SerializeToString()
    event = Event(uuid7(), erp.DEMAND_REFUSED, "doselane/planning", "demands/1", 1, NOW, data, partner="partners/any")
    assert fact.event_id == "products/lu-ligand us-midwest"
    assert erp.PORT.objects(event) == Objection("partners/any", "messages/9", fact.event_id, "WEEK_FROZEN")
