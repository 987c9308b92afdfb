"""A plant that works with SAP: documents are read, named by events or not, and what came of them is written back."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from doselane.capacity.v1.capacity_pb2 import MeasuredYield, Production, Run
from doselane.capacity.v1.events_pb2 import RunProduced
from doselane.distribution.v1.events_pb2 import ShipmentHandedOver
from doselane.distribution.v1.shipment_pb2 import CustodyEntry, Shipment
from doselane.erp.v1 import erp_pb2
from doselane.quality.v1.batch_pb2 import Batch
from doselane.quality.v1.events_pb2 import BatchCertifiedForUse, BatchRejected
from doselane.slotting.v1.events_pb2 import OrderDecided, SlotConfirmed
from doselane.slotting.v1.slotting_pb2 import Slot
from doselane.type.v1.type_pb2 import Activity
from starlette.responses import Response

from adapters.erp_sap.port import CHANGED
from adapters.host.deliveries import DeliveryState
from adapters.sandbox.sap import away
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.couriers import NOW
from tests.support.postgres import Databases
from tests.support.sap_plant import (
    DELIVERIES,
    KEY,
    LOTS,
    PLANT,
    PROCESS,
    REQUIREMENTS,
    SALES,
    Plant,
    a_plant,
    erp_schema,
    inspection_lot,
    outbound_delivery,
    process_order,
    sales_order,
)


@pytest.fixture
async def dsn(databases: Databases) -> str:
    return await databases.prepared("sap", erp_schema)


@pytest.fixture
async def plant(dsn: str, tmp_path: Path) -> AsyncIterator[Plant]:
    async with a_plant(dsn, tmp_path / "sap.yaml") as found:
        yield found


async def test_a_process_order_is_told_of_when_it_is_made_changed_and_deleted(plant: Plant) -> None:
    number = process_order(plant)
    (order,) = await plant.first("production_order.changed")
    assert (order.production_order, order.state) == (number, erp_pb2.ProductionOrder.RELEASED)
    assert order.pledged.reference_activity_kbq == 148_500_000
    plant.system.edit(PROCESS, "A_ProcessOrder_2", [number], TotalQuantity="100.000")
    _, second = await plant.first("production_order.changed", 2)
    assert second.pledged.reference_activity_kbq == 100_000_000
    assert order.state_time.ToDatetime() <= second.state_time.ToDatetime()
    plant.system.edit(PROCESS, "A_ProcessOrder_2", [number], OrderIsDeleted="X")
    told = await plant.first("production_order.changed", 3)
    assert [each.state for each in told] == [2, 2, 3]


# The 22nd and the 23rd of November 2026, as OData has them.
DAYS_PROMISED = (1795305600, 1795392000)


async def test_a_sales_order_states_an_order_and_learns_what_came_of_it(plant: Plant) -> None:
    made = sales_order(plant)
    (order,) = await plant.first("order.changed")
    assert (order.order_reference, order.site, order.product) == ("PO-7", "sites/lakeside", "products/lu-ligand")
    assert order.system_reference == f"{made['SalesOrder']}/000010"
    assert order.partner == "partners/northlake"  # as tables.partner has its sold-to party
    slot = Slot(name="slots/01931f8e-7c1a-7000-8000-000000000001", site="sites/lakeside", delivery_time=stamp(NOW))
    said = OrderDecided(
        order=order,
        outcome=OrderDecided.PROMISED,
        slot=slot,
        stated_by=PLANT,
        adapter="erp_sap",
        message=f"messages/{uuid7()}",
    )
    await plant.publish("doselane.slotting.order.decided.v1", said, partner="partners/northlake")
    (sent,) = await plant.ended(DeliveryState.SENT)
    assert sent.words == f"sales order {made['SalesOrder']} tells PROMISED"
    found = plant.sap(SALES, "A_SalesOrder", made["SalesOrder"])
    assert found["SDDocumentReason"] == "OK"
    assert found["PurchaseOrderByShipToParty"] == "01931f8e7c1a70008000000000000001"
    assert found["DeliveryBlockReason"] == ""
    promised_on = found["CustomerPurchaseOrderDate"]
    # A rescue puts another slot in the place of the lost one, a day later; the order says what it said before.
    said.outcome, said.slot.name = OrderDecided.MOVED, "slots/01931f8e-7c1a-7000-8000-000000000002"
    said.slot.delivery_time.CopyFrom(stamp(NOW + timedelta(days=1)))
    await plant.publish("doselane.slotting.order.decided.v1", said, partner="partners/northlake")
    await plant.ended(DeliveryState.SENT, DeliveryState.SENT)
    found = plant.sap(SALES, "A_SalesOrder", made["SalesOrder"])
    assert found["PurchaseOrderByShipToParty"] == "01931f8e7c1a70008000000000000002"
    assert [promised_on, found["CustomerPurchaseOrderDate"]] == [f"/Date({day}000)/" for day in DAYS_PROMISED]
    refused = OrderDecided(
        order=order, outcome=OrderDecided.REFUSED, stated_by=PLANT, adapter="erp_sap", message=f"messages/{uuid7()}"
    )
    await plant.publish("doselane.slotting.order.decided.v1", refused, partner="partners/northlake")
    await plant.ended(DeliveryState.SENT, DeliveryState.SENT, DeliveryState.SENT)
    found = plant.sap(SALES, "A_SalesOrder", made["SalesOrder"])
    assert (found["SDDocumentReason"], found["DeliveryBlockReason"]) == ("NO", "01")
    assert found["CustomerPurchaseOrderDate"] is None
    assert found["PurchaseOrderByShipToParty"] == ""


async def test_what_was_written_by_us_is_no_new_statement(plant: Plant) -> None:
    """What we write changes the order, so it is read again, and says the same as before under another state."""
    made = sales_order(plant)
    (order,) = await plant.first("order.changed")
    said = OrderDecided(
        order=order, outcome=OrderDecided.PROMISED, stated_by=PLANT, adapter="erp_sap", message=f"messages/{uuid7()}"
    )
    await plant.publish("doselane.slotting.order.decided.v1", said, partner=PLANT)
    await plant.ended(DeliveryState.SENT)
    _, again = await plant.first("order.changed", 2)
    assert again.order_reference == order.order_reference
    again.state_time.CopyFrom(order.state_time)
    assert again == order
    assert plant.sap(SALES, "A_SalesOrder", made["SalesOrder"])["SDDocumentReason"] == "OK"


async def test_the_outcome_of_what_somebody_elses_system_stated_or_of_another_adapter_is_not_written(
    plant: Plant,
) -> None:
    made = sales_order(plant)
    (order,) = await plant.first("order.changed")
    said = OrderDecided(
        order=order,
        outcome=OrderDecided.PROMISED,
        stated_by="partners/other",
        adapter="erp_sap",
        message=f"messages/{uuid7()}",
    )
    await plant.publish("doselane.slotting.order.decided.v1", said, partner="partners/other")
    other = OrderDecided(order=order, outcome=OrderDecided.PROMISED, stated_by=PLANT, adapter="crm_salesforce")
    await plant.publish("doselane.slotting.order.decided.v1", other, partner=PLANT)
    last = OrderDecided(
        order=order, outcome=OrderDecided.REFUSED, stated_by=PLANT, adapter="erp_sap", message=f"messages/{uuid7()}"
    )
    await plant.publish("doselane.slotting.order.decided.v1", last, partner=PLANT)
    await plant.ended(DeliveryState.SENT)
    assert plant.sap(SALES, "A_SalesOrder", made["SalesOrder"])["SDDocumentReason"] == "NO"


async def test_an_event_that_is_pushed_is_read_back_at_once(dsn: str, tmp_path: Path) -> None:
    never = {each.name: 3600 for each in CHANGED}
    async with a_plant(dsn, tmp_path / "sap.yaml", every=never) as plant:
        await plant.until(lambda: _looked(plant, len(never)))  # the polls' first rounds are over
        told: list[Any] = []
        plant.system.events_with_zeros = False
        plant.system.listeners.append(told.append)
        number = process_order(plant)
        (event,) = told
        assert event["data"]["ManufacturingOrder"] != number  # the event leaves out the zeros
        kind = {"content-type": "application/cloudevents+json"}
        refused = await plant.door.post("/sap/s4/events", json=event, headers=kind)
        assert refused.status_code == 401
        answer = await plant.door.post("/sap/s4/events", json=event, headers={**kind, "x-api-key": KEY})
        assert answer.status_code == 200, answer.text
        (order,) = await plant.first("production_order.changed")
        assert order.production_order == number
        answer = await plant.door.post("/sap/s4/events", json=event, headers={**kind, "x-api-key": KEY})
        assert answer.status_code == 200
        ask = {"webhook-request-origin": "sap.northlake.example"}
        consent = await plant.door.options("/sap/s4/events", headers=ask)
        assert (consent.status_code, consent.headers["webhook-allowed-origin"]) == (200, "sap.northlake.example")
        for address, origin in (("s4", "other.example"), ("nobody", "sap.northlake.example")):
            told_there = await plant.door.options(f"/sap/{address}/events", headers={"webhook-request-origin": origin})
            assert (told_there.status_code, "webhook-allowed-origin" in told_there.headers) == (204, False)


async def _looked(plant: Plant, number: int) -> bool:
    rows = await plant.database.pool.fetch("SELECT name FROM cursor WHERE value <> '' AND name <> 'sap.notified'")
    return len(rows) >= number


async def test_a_lot_is_told_of_and_gets_its_usage_decision(plant: Plant) -> None:
    number = process_order(plant)
    lot = inspection_lot(plant, number)
    (told,) = await plant.first("inspection_lot.changed")
    assert (told.inspection_lot, told.production_order, told.batch_number) == (lot, number, "B-1")
    batch = Batch(name="batches/1", run="runs/r", production_order=number)
    await plant.publish("doselane.quality.batch.certified_for_use.v1", BatchCertifiedForUse(batch=batch))
    (sent,) = await plant.ended(DeliveryState.SENT)
    assert sent.words == f"inspection lot {lot} is decided: A"
    (decision,) = plant.all(LOTS, "A_InspLotUsageDecision")
    assert (decision["InspectionLot"], decision["InspectionLotUsageDecisionCode"]) == (lot, "A")
    assert (await plant.first("inspection_lot.changed", 2))[-1].usage_decision_code == "A"
    # Told again it is done already; the opposite is for a person to settle.
    await plant.publish("doselane.quality.batch.certified_for_use.v1", BatchCertifiedForUse(batch=batch))
    await plant.publish("doselane.quality.batch.rejected.v1", BatchRejected(batch=batch))
    *_, parked = await plant.ended(DeliveryState.SENT, DeliveryState.SENT, DeliveryState.PARKED)
    assert parked.words == f"inspection lot {lot} has the usage decision A; R follows from the batch"
    assert len(plant.all(LOTS, "A_InspLotUsageDecision")) == 1


async def test_a_usage_decision_waits_for_its_lot(plant: Plant) -> None:
    number = process_order(plant)
    batch = Batch(name="batches/1", production_order=number.lstrip("0"))
    await plant.publish("doselane.quality.batch.rejected.v1", BatchRejected(batch=batch))

    async def waits() -> bool:
        found = await plant.deliveries()
        return bool(found) and "has no inspection lot" in found[0].words

    await plant.until(waits)
    inspection_lot(plant, number)
    await plant.ended(DeliveryState.SENT)
    assert [each["InspectionLotUsageDecisionCode"] for each in plant.all(LOTS, "A_InspLotUsageDecision")] == ["R"]


async def test_what_is_planned_to_be_needed_is_a_demand_and_said_again_when_it_changes(
    dsn: str, tmp_path: Path
) -> None:
    async with a_plant(dsn, tmp_path / "sap.yaml", reads=["planned_requirements"]) as plant:
        week = plant.clock.now() + timedelta(days=7)
        begins = f"/Date({int(week.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)})/"
        for area, version, doses in (("1710", "00", "12"), ("1710", "01", "90")):
            plant.system.put(
                REQUIREMENTS, "PlannedIndepRqmtItem", Product="LU177-DOSE", Plant=area, MRPArea=area,
                PlndIndepRqmtType="VSF", PlndIndepRqmtVersion=version, RequirementPlan="", RequirementSegment="",
                PlndIndepRqmtPeriod="202650", PeriodType="D", PlndIndepRqmtPeriodStartDate=begins,
                PlannedQuantity=doses, UnitOfMeasure="EA",
            )  # fmt: skip
        (demand,) = await plant.first("demand.changed")
        assert (demand.product, demand.region) == ("products/lu-ligand", "us-midwest")
        assert [each.doses for each in demand.weeks] == [0, 12]
        key = ["LU177-DOSE", "1710", "1710", "VSF", "00", "", "", "202650", "D"]
        plant.system.edit(REQUIREMENTS, "PlannedIndepRqmtItem", key, PlannedQuantity="15")
        *_, latest = await plant.first("demand.changed", 2)
        assert [each.doses for each in latest.weeks] == [0, 15]
        assert demand.state_time.ToDatetime() <= latest.state_time.ToDatetime()


def produced(number: str, kbq: int = 147_123_456, **measured: Any) -> RunProduced:
    found = MeasuredYield(activity_kbq=kbq, measure_time=stamp(NOW), **measured)
    run = Run(name="runs/r", production_order=number, production=Production(measured=found))
    return RunProduced(run=run)


async def test_a_yield_goes_back_in_the_unit_of_the_order(plant: Plant) -> None:
    number = process_order(plant)
    other = process_order(plant, "1000102", ProductionUnit="EA", TotalQuantity="20")
    await plant.publish("doselane.capacity.run.produced.v1", produced(number))
    await plant.ended(DeliveryState.SENT)
    found = plant.sap(PROCESS, "A_ProcessOrder_2", number)
    assert (found["MfgOrderConfirmedYieldQty"], found["OrderLongText"]) == ("147.123", "runs/r")
    before = plant.twin.executed[:]
    await plant.publish("doselane.capacity.run.produced.v1", produced(number))
    await plant.ended(DeliveryState.SENT, DeliveryState.SENT)
    assert plant.twin.executed == before  # it is so already
    await plant.publish("doselane.capacity.run.produced.v1", produced(other, vials=18), subject="x/2")
    await plant.publish("doselane.capacity.run.produced.v1", produced(other), subject="x/3")
    *_, parked = await plant.ended(DeliveryState.SENT, DeliveryState.SENT, DeliveryState.SENT, DeliveryState.PARKED)
    assert "nobody said how many vials were filled" in parked.words
    assert plant.sap(PROCESS, "A_ProcessOrder_2", other)["MfgOrderConfirmedYieldQty"] == "18.000"


async def test_a_delivery_is_told_of_and_its_goods_issue_posted_once(plant: Plant) -> None:
    number = outbound_delivery(plant, sales_order(plant)["SalesOrder"])
    (told,) = await plant.first("outbound_delivery.changed")
    assert (told.delivery, told.partner, told.order_reference) == (number, "partners/northlake", "PO-7")
    shipment = Shipment(name="shipments/1", references=[number.lstrip("0"), "020-12345675", "99"])
    entry = CustodyEntry(time=stamp(NOW), from_party="facilities/north", to_party="partners/swift")
    said = ShipmentHandedOver(shipment=shipment, entry=entry)
    plant.system.edit(DELIVERIES, "A_OutbDeliveryHeader", [number], OverallPickingStatus="C")
    plant.twin.spoilt.append(lambda: Response("", 504))  # the bill of lading is written, and the answer is lost
    await plant.publish("doselane.distribution.shipment.handed_over.v1", said)
    first, second = await plant.ended(DeliveryState.SENT, DeliveryState.SENT)
    words = sorted([first.words, second.words])
    assert words == ["SAP has no delivery 99", f"goods issue of delivery {number} is posted"]
    found = plant.sap(DELIVERIES, "A_OutbDeliveryHeader", number)
    assert (found["BillOfLading"], found["OverallGoodsMovementStatus"]) == ("020-12345675", "C")
    await plant.publish("doselane.distribution.shipment.handed_over.v1", said)
    *_, third, fourth = await plant.ended(*[DeliveryState.SENT] * 4)
    assert f"goods issue of delivery {number} was posted already" in (third.words, fourth.words)
    assert sum("PostGoodsIssue" in each for each in plant.twin.executed) == 1


def confirmed(reference: str = "PO-9") -> SlotConfirmed:
    at = datetime.fromisoformat("2026-12-03T03:00:00+00:00")  # the evening before, at the centre
    slot = Slot(
        name="slots/1", product="products/lu-ligand", site="sites/lakeside", order_reference=reference,
        administration=Activity(activity_mbq=7400, time=stamp(at)), delivery_time=stamp(at),
    )  # fmt: skip
    return SlotConfirmed(slot=slot)


async def test_a_slot_that_was_claimed_gets_one_sales_order_whatever_is_lost(plant: Plant) -> None:
    plant.twin.spoilt.append(lambda: Response("<html>gone</html>", 502, media_type="text/html"))
    await plant.publish("doselane.slotting.slot.confirmed.v1", confirmed(), partner=PLANT)
    (sent,) = await plant.ended(DeliveryState.SENT)
    (order,) = plant.all(SALES, "A_SalesOrder")
    assert sent.words == f"sales order {order['SalesOrder']} is there"
    assert (order["PurchaseOrderByCustomer"], order["RequestedDeliveryDate"]) == ("PO-9", "/Date(1796169600000)/")
    (item,) = plant.all(SALES, "A_SalesOrderItem")
    assert (item["Material"], item["RequestedQuantity"]) == ("LU177-DOSE", "1.000")
    await plant.publish("doselane.slotting.slot.confirmed.v1", confirmed(), partner=PLANT)
    await plant.publish("doselane.slotting.slot.confirmed.v1", confirmed("PO-8"), partner="partners/other")
    await plant.ended(DeliveryState.SENT, DeliveryState.SENT)
    assert len(plant.all(SALES, "A_SalesOrder")) == 1


async def test_a_value_that_does_not_fit_is_parked_and_names_the_field(plant: Plant) -> None:
    await plant.publish("doselane.slotting.slot.confirmed.v1", confirmed("P" * 36), partner=PLANT)
    (parked,) = await plant.ended(DeliveryState.PARKED)
    assert "PurchaseOrderByCustomer: has 36 characters and may have 35" in parked.words
    assert plant.all(SALES, "A_SalesOrder") == []


async def test_while_sap_is_away_everything_waits_and_nothing_is_lost(plant: Plant) -> None:
    number = process_order(plant)
    await plant.first("production_order.changed")
    plant.twin.faults.extend([away] * 30)
    plant.system.edit(PROCESS, "A_ProcessOrder_2", [number], TotalQuantity="90.000")
    await plant.publish("doselane.capacity.run.produced.v1", produced(number))
    await plant.ended(DeliveryState.SENT)
    assert not plant.twin.faults
    assert plant.sap(PROCESS, "A_ProcessOrder_2", number)["MfgOrderConfirmedYieldQty"] == "147.123"

    async def holds() -> bool:
        told = await plant.told("production_order.changed")
        return 90_000_000 in [each.pledged.reference_activity_kbq for each in told]

    await plant.until(holds)


async def test_a_sponsors_sap_neither_states_nor_hears_what_is_the_manufacturers(dsn: str, tmp_path: Path) -> None:
    async with a_plant(dsn, tmp_path / "sap.yaml", manufacturer=False) as plant:
        number = process_order(plant)
        outbound_delivery(plant, sales_order(plant)["SalesOrder"])
        await plant.first("order.changed")
        await plant.publish("doselane.capacity.run.produced.v1", produced(number))
        batch = Batch(name="batches/1", production_order=number)
        await plant.publish("doselane.quality.batch.rejected.v1", BatchRejected(batch=batch))
        await plant.publish("doselane.slotting.slot.confirmed.v1", confirmed(), partner=PLANT)
        (sent,) = await plant.ended(DeliveryState.SENT)
        assert sent.reaction == "sap.new_sales_order"

        async def refused() -> bool:
            found = "SELECT count(*) FROM outbox WHERE type = 'doselane.erp.message.refused.v1'"
            return int(await plant.database.pool.fetchval(found)) >= 2

        await plant.until(refused)  # the process order, and the delivery
        assert await plant.told("production_order.changed") == []
        assert await plant.told("outbound_delivery.changed") == []
