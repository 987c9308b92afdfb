"""An organisation that orders in Salesforce: orders come by themselves, and what became of them is in the records."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from doselane.crm.v1.events_pb2 import OrderChanged
from doselane.slotting.v1.events_pb2 import OrderDecided
from doselane.slotting.v1.order_pb2 import DoseOrder
from doselane.slotting.v1.slotting_pb2 import Slot
from doselane.status.v1.events_pb2 import DoseUpdated
from doselane.status.v1.status_pb2 import Dose, TimelineEntry
from doselane.type.v1.type_pb2 import Activity
from google.protobuf.message import Message
from pydantic import SecretStr
from starlette.responses import Response

from adapters.crm_salesforce import ADAPTER
from adapters.crm_salesforce.rest import limits
from adapters.host.deliveries import DeliveryState
from adapters.host.main import SCHEMA, service
from adapters.host.pressure import waiting
from adapters.host.settings import Settings
from adapters.sandbox.salesforce.login import ClientApp
from adapters.sandbox.salesforce.organisation import Organisation
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.postgres import Databases
from tests.support.salesforce import CLIENT, KEY, NOW, USER, connection
from tests.support.sent import WatchedDeliveries
from tests.support.tokens import Issuer

SPONSOR = "partners/lakeside"
MAPPING = """\
version: 1
tables:
  order_state: {Draft: DRAFT, Requested: WANTED, Cancelled: WITHDRAWN}
  slot_state: {Booked: CONFIRMED}
"""
WANTED = {
    "Product__c": "products/lu-ligand",
    "Site__c": "sites/lakeside",
    "Administration_From__c": "2026-12-03T08:00:00.000Z",
    "Administration_Until__c": "2026-12-03T16:00:00.000Z",
    "Activity_MBq__c": 7400,
    "Status__c": "Requested",
}


@dataclass
class Clinic(WatchedDeliveries):
    """A host of CRMs that reaches an organisation."""

    database: Database
    events: MemoryBus
    clock: VirtualClock
    organisation: Organisation

    async def publish(self, kind: str, message: Message, *, partner: str = SPONSOR, subject: str = "x/1") -> None:
        data = message.SerializeToString()
        event = Event(uuid7(), kind, "", subject, 1, self.clock.now(), data, partner=partner)
        await self.events.publish(".".join(kind.split(".")[:2]), [event])

    async def orders(self) -> list[DoseOrder]:
        rows = await self.database.pool.fetch("SELECT * FROM outbox ORDER BY seq")
        told = [each for each in map(event_of, rows) if each.type == "doselane.crm.order.changed.v1"]
        assert all(each.partner == SPONSOR for each in told)
        return [OrderChanged.FromString(each.data).order for each in told]

    async def told(self, number: int) -> list[DoseOrder]:
        async def holds() -> bool:
            return len(await self.orders()) >= number

        await self.until(holds)
        found = await self.orders()
        assert len(found) == number
        return found


async def crm_schema(dsn: str) -> None:
    database = await Database.connect(dsn, "crm", pool_size=2)
    await migrate(database, SCHEMA)
    await database.close()


@pytest.fixture
async def dsn(databases: Databases) -> str:
    return await databases.prepared("salesforce", crm_schema)


@asynccontextmanager
async def a_clinic(dsn: str, mapping: str, organisation: Organisation, **options: Any) -> AsyncIterator[Clinic]:
    clock = organisation.org.clock
    assert isinstance(clock, VirtualClock)
    api = HttpServer(organisation.rest.app, "127.0.0.1:0")
    await api.start()
    port = await organisation.pubsub.start()
    url = f"http://127.0.0.1:{api.port}"
    organisation.rest.log_in.instance_url = url
    account = {
        "partner": SPONSOR, "adapter": "crm_salesforce", "mapping": mapping,
        "options": {"pubsub_url": f"http://127.0.0.1:{port}", **options}, "connection": connection(url),
    }  # fmt: skip
    database, bus = await Database.connect(dsn, "crm", pool_size=6), MemoryBus()
    settings = Settings(accounts=SecretStr(json.dumps({"org": account})), look_every=timedelta(seconds=0.02))
    host = service(settings, database, bus, Issuer().verifier(), clock=clock, adapters={"crm_salesforce": ADAPTER})
    tasks = [asyncio.ensure_future(each()) for each in host.background]
    try:
        yield Clinic(database, bus, clock, organisation)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await organisation.pubsub.stop()
        await api.stop(0)
        await database.close()


def an_organisation(**changes: Any) -> Organisation:
    return Organisation(VirtualClock(NOW), ClientApp(CLIENT, USER, KEY.public_key(), secret="s" * 20), **changes)


@pytest.fixture
def mapping(tmp_path: Path) -> str:
    path = tmp_path / "salesforce.yaml"
    path.write_text(MAPPING)
    return str(path)


@pytest.fixture
async def clinic(dsn: str, mapping: str) -> AsyncIterator[Clinic]:
    async with a_clinic(dsn, mapping, an_organisation()) as found:
        yield found


async def test_an_order_is_told_of_as_it_is_each_time_that_it_changes(clinic: Clinic) -> None:
    record = clinic.organisation.order("PO-1", **WANTED)
    (order,) = await clinic.told(1)
    assert (order.order_reference, order.system_reference, order.state) == ("PO-1", record, DoseOrder.WANTED)
    assert (order.product, order.site, order.activity_mbq) == ("products/lu-ligand", "sites/lakeside", 7400)
    clinic.clock.advance(timedelta(seconds=5))
    clinic.organisation.change(record, Activity_MBq__c=7000)  # the event holds nothing but this field
    _, second = await clinic.told(2)
    assert (second.activity_mbq, second.site) == (7000, "sites/lakeside")
    assert second.state_time.ToDatetime() > order.state_time.ToDatetime()
    clinic.clock.advance(timedelta(seconds=5))
    clinic.organisation.org.delete("Dose_Order__c", record)
    *_, gone = await clinic.told(3)
    assert (gone.order_reference, gone.state) == ("PO-1", DoseOrder.WITHDRAWN)


async def test_a_draft_is_no_order_and_a_wrong_one_is_refused_and_keeps_no_other_back(clinic: Clinic) -> None:
    clinic.organisation.order("PO-1", **{**WANTED, "Status__c": "Draft"})
    clinic.organisation.order("PO-2", **{**WANTED, "Product__c": "LU-177"})
    clinic.organisation.order("PO-3", **WANTED)
    (order,) = await clinic.told(1)
    assert order.order_reference == "PO-3"
    rows = await clinic.database.pool.fetch("SELECT reason FROM verdict WHERE reason <> ''")
    assert {row["reason"] for row in rows} <= {"PARTLY_REFUSED", "WORD_UNKNOWN"}
    assert rows


async def test_a_flow_orders_by_a_platform_event(dsn: str, mapping: str) -> None:
    organisation = an_organisation()
    async with a_clinic(dsn, mapping, organisation, order_event="Dose_Order_Request__e", order_changes=False) as clinic:
        fields = {**WANTED, "Order_Reference__c": "PO-9", "Administration_From__c": 1796284800000,
                  "Administration_Until__c": 1796313600000}  # fmt: skip
        organisation.request(fields)
        (order,) = await clinic.told(1)
        assert (order.order_reference, order.system_reference, order.activity_mbq) == ("PO-9", "", 7400)
        assert order.administration_interval.start_time.ToDatetime().isoformat() == "2026-12-03T08:00:00"
        # Who asked without a record is told by other events; there is nothing to write into.
        said = OrderDecided(order=order, outcome=OrderDecided.PROMISED, adapter="crm_salesforce")
        await clinic.publish("doselane.slotting.order.decided.v1", said)
        organisation.request({**fields, "Order_Reference__c": "PO-10"})
        await clinic.told(2)
        assert await clinic.deliveries() == []


def decided(order: DoseOrder, outcome: Any, **more: Any) -> OrderDecided:
    message = f"messages/{uuid7()}"
    return OrderDecided(order=order, outcome=outcome, adapter="crm_salesforce", message=message, **more)


async def test_the_outcome_stands_in_the_order_and_sets_off_nothing_new(clinic: Clinic) -> None:
    record = clinic.organisation.order("PO-1", **WANTED)
    (order,) = await clinic.told(1)
    slot = Slot(name="slots/1", administration=Activity(activity_mbq=7400, time=stamp(NOW)))
    await clinic.publish("doselane.slotting.order.decided.v1", decided(order, OrderDecided.PROMISED, slot=slot))
    (sent,) = await clinic.ended(DeliveryState.SENT)
    assert sent.words == f"Dose_Order__c {record} tells the outcome"
    found = clinic.organisation.orders()["PO-1"]
    assert (found["Outcome__c"], found["Slot__c"]) == ("PROMISED", "slots/1")
    assert found["Promised_Administration__c"].startswith("2026-12-01T09:00:00")
    # A rescue puts another slot in the place of the lost one: the record names it, and when it is given and delivered.
    rescued = Slot(name="slots/2", replaces="slots/1", run="runs/s", delivery_time=stamp(NOW + timedelta(hours=20)))
    rescued.administration.CopyFrom(Activity(activity_mbq=7400, time=stamp(NOW + timedelta(days=1))))
    await clinic.publish("doselane.slotting.order.decided.v1", decided(order, OrderDecided.MOVED, slot=rescued))
    await clinic.ended(DeliveryState.SENT, DeliveryState.SENT)
    found = clinic.organisation.orders()["PO-1"]
    assert (found["Outcome__c"], found["Slot__c"]) == ("MOVED", "slots/2")
    assert found["Promised_Administration__c"].startswith("2026-12-02T09:00:00")
    assert found["Promised_Delivery__c"].startswith("2026-12-02T05:00:00")
    await clinic.publish("doselane.slotting.order.decided.v1", decided(order, OrderDecided.KEPT, slot=slot))
    refused = decided(order, OrderDecided.REFUSED, reason="RUN_FULL", detail="The run is full.")
    await clinic.publish("doselane.slotting.order.decided.v1", refused, partner="partners/other")
    await clinic.publish("doselane.slotting.order.decided.v1", refused)
    await clinic.ended(DeliveryState.SENT, DeliveryState.SENT, DeliveryState.SENT)
    found = clinic.organisation.orders()["PO-1"]
    assert (found["Outcome__c"], found["Refusal_Reason__c"], found["Slot__c"]) == ("REFUSED", "RUN_FULL", None)
    # A later order is told of; what we wrote ourselves was not.
    clinic.organisation.order("PO-2", **WANTED)
    assert [each.order_reference for each in await clinic.told(2)] == ["PO-1", "PO-2"]


def updated(number: int, **changes: Any) -> DoseUpdated:
    dose = Dose(
        name=f"doses/d{number}", partner=SPONSOR, slot_state=Slot.CONFIRMED, order_reference=f"PO-{number}",
        run="runs/r", site="sites/lakeside", administration=Activity(activity_mbq=7400, time=stamp(NOW)), **changes,
    )  # fmt: skip
    entry = TimelineEntry(event_type="doselane.slotting.slot.confirmed.v1", event_time=stamp(NOW), summary="Promised.")
    return DoseUpdated(dose=dose, entry=entry)


async def test_many_doses_are_written_in_few_calls_and_each_state_once(clinic: Clinic) -> None:
    for number in range(450):
        await clinic.publish("doselane.status.dose.updated.v1", updated(number), subject=f"doses/d{number}")
    await clinic.publish("doselane.status.dose.updated.v1", updated(7, at_risk=True), subject="doses/d7")

    async def holds() -> bool:
        found = await clinic.deliveries()
        return len(found) == 451 and all(each.state == DeliveryState.SENT for each in found)

    await clinic.until(holds)
    doses = clinic.organisation.doses()
    assert len(doses) == 450
    assert (doses["d7"]["At_Risk__c"], doses["d8"]["At_Risk__c"]) == (True, False)
    assert (doses["d7"]["Slot_State__c"], doses["d7"]["Order_Reference__c"]) == ("Booked", "PO-7")
    assert sum(clinic.organisation.rest.sizes) >= 451
    assert len(clinic.organisation.rest.sizes) < 60


async def test_an_organisation_may_take_doses_over_soap(dsn: str, mapping: str) -> None:
    organisation = an_organisation()
    async with a_clinic(dsn, mapping, organisation, doses_over="SOAP") as clinic:
        await clinic.publish("doselane.status.dose.updated.v1", updated(1))
        late = updated(2)
        late.dose.order_reference = "P" * 65  # longer than the field
        await clinic.publish("doselane.status.dose.updated.v1", late, subject="doses/d2")
        _, parked = await clinic.ended(DeliveryState.SENT, DeliveryState.PARKED)
        assert "STRING_TOO_LONG" in parked.words
        doses = organisation.doses()
        assert (list(doses), doses["d1"]["Slot_State__c"], doses["d1"]["Shipment_State__c"]) == (["d1"], "Booked", None)
        assert organisation.rest.sizes == []


async def test_another_sponsors_doses_are_not_written(clinic: Clinic) -> None:
    other = updated(1)
    other.dose.partner = "partners/other"
    await clinic.publish("doselane.status.dose.updated.v1", other, partner="partners/other")
    await clinic.publish("doselane.status.dose.updated.v1", updated(2), subject="doses/d2")
    await clinic.ended(DeliveryState.SENT)
    assert list(clinic.organisation.doses()) == ["d2"]


async def test_doses_are_published_as_events_of_theirs(dsn: str, mapping: str) -> None:
    organisation = an_organisation()
    async with a_clinic(dsn, mapping, organisation, dose_event="Dose_Update__e", write_doses=False) as clinic:
        await clinic.publish("doselane.status.dose.updated.v1", updated(1))
        await clinic.ended(DeliveryState.SENT)
        topic = "/event/Dose_Update__e"
        (event,) = organisation.bus.after(topic, 0, 10)
        said = organisation.bus.decoded(event.schema_id, event.payload)
        assert (said["Dose_Id__c"], said["Slot_State__c"], said["At_Risk__c"]) == ("d1", "Booked", False)


async def test_while_the_organisation_is_away_nothing_is_lost(clinic: Clinic) -> None:
    twin = clinic.organisation.rest
    twin.faults.extend([lambda: Response("<html>Maintenance</html>", 503, media_type="text/html")] * 6)
    twin.lose_answers = 1
    clinic.organisation.order("PO-1", **WANTED)
    await clinic.publish("doselane.status.dose.updated.v1", updated(1))
    (order,) = await clinic.told(1)
    await clinic.ended(DeliveryState.SENT)
    assert order.order_reference == "PO-1"
    assert list(clinic.organisation.doses()) == ["d1"]


async def test_an_organisation_whose_calls_are_spent_is_left_alone_and_gets_all_of_it_later(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PAUSE_S", 0.05)  # the clock of calls is the machine's
    twin = clinic.organisation.rest
    twin.calls_made = twin.calls_per_day
    await clinic.publish("doselane.status.dose.updated.v1", updated(1))

    async def is_told() -> bool:
        return any("REQUEST_LIMIT_EXCEEDED" in each.words for each in await clinic.deliveries())

    await clinic.until(is_told)
    (held,) = await clinic.deliveries()
    assert (held.state, held.account, held.uncertain) == (DeliveryState.WAITING, "org", False)
    assert clinic.organisation.doses() == {}
    assert (await clinic_waits(clinic)) == {"org": 1}
    twin.calls_made = 0
    await clinic.ended(DeliveryState.SENT)
    assert list(clinic.organisation.doses()) == ["d1"]


async def clinic_waits(clinic: Clinic) -> dict[str, int]:
    """What the metrics tell of waiting, by account."""
    return {account: number for account, (number, _) in (await waiting(clinic.database, clinic.clock.now())).items()}


async def test_after_a_gap_and_after_a_place_that_is_gone_the_orders_are_read_again(clinic: Clinic) -> None:
    clinic.organisation.order("PO-1", **WANTED)
    await clinic.told(1)
    listeners, clinic.organisation.org.listeners = clinic.organisation.org.listeners, []
    clinic.organisation.order("PO-2", **WANTED)  # nobody hears of it
    clinic.organisation.org.listeners = listeners
    clinic.organisation.bus.gap("Dose_Order__c", [], "GAP_OVERFLOW")
    assert [each.order_reference for each in await clinic.told(2)] == ["PO-1", "PO-2"]


async def test_people_may_order_by_a_program_of_their_own(clinic: Clinic) -> None:
    """What our own user writes is no news; what people write through the same API is an order."""
    clinic.organisation.rest.log_in.people = ClientApp("people", "orders@lakeside.example", secret="p" * 20)
    form = {"grant_type": "client_credentials", "client_id": "people", "client_secret": "p" * 20}
    url = clinic.organisation.rest.log_in.instance_url
    async with httpx.AsyncClient(base_url=url) as http:
        token = (await http.post("/services/oauth2/token", data=form)).json()["access_token"]
        http.headers["authorization"] = f"Bearer {token}"
        clinic.organisation.rest.away = True
        order = {**WANTED, "Order_Reference__c": "PO-1"}
        away = await http.post("/services/data/v66.0/sobjects/Dose_Order__c", json=order)
        assert (away.status_code, clinic.organisation.rest.turned_away.calls >= 1) == (503, True)
        clinic.organisation.rest.away = False
        made = await http.post("/services/data/v66.0/sobjects/Dose_Order__c", json=order)
    assert made.json()["success"]
    (told,) = await clinic.told(1)
    assert told.order_reference == "PO-1"


async def test_an_expired_session_is_renewed(clinic: Clinic) -> None:
    clinic.organisation.order("PO-1", **WANTED)
    await clinic.told(1)
    clinic.organisation.rest.log_in.expire()
    await clinic.publish("doselane.status.dose.updated.v1", updated(1))
    await clinic.ended(DeliveryState.SENT)
    clinic.organisation.order("PO-2", **WANTED)
    await clinic.told(2)
