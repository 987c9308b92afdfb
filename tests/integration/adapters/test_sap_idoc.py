"""A plant whose SAP speaks IDocs: they are posted to us, and what came of orders is posted to it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from doselane.slotting.v1.events_pb2 import OrderDecided, SlotConfirmed
from doselane.slotting.v1.order_pb2 import DoseOrder
from doselane.slotting.v1.slotting_pb2 import Slot
from starlette.responses import Response

from adapters.erp_sap.idoc.written import IdocHead, WrittenSegment, written_idoc
from adapters.erp_sap.settings import IdocTerms
from adapters.host.deliveries import DeliveryState
from adapters.outbound import Declined
from adapters.sandbox.sap import away
from adapters.sandbox.sap.idocs import IdocInbox
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.couriers import NOW
from tests.support.idocs import DELIVERY, ORDER, TERMS, body, control, enveloped
from tests.support.postgres import Databases
from tests.support.sap_plant import KEY, PLANT, Plant, a_plant, erp_schema

SENDER = ("DOSELANE", "LS", "DOSELANE")
WRITES = ["idoc_order_responses", "idoc_sales_orders", "idoc_statuses"]
DECIDED, CONFIRMED = "doselane.slotting.order.decided.v1", "doselane.slotting.slot.confirmed.v1"


@pytest.fixture
async def dsn(databases: Databases) -> str:
    return await databases.prepared("sap", erp_schema)


@pytest.fixture
async def plant(dsn: str, tmp_path: Path) -> AsyncIterator[Plant]:
    async with a_plant(dsn, tmp_path / "sap.yaml", reads=[], writes=WRITES, idoc=TERMS, odata=False) as found:
        found.twin.idocs.profiles = {(*SENDER, each) for each in ("ORDERS", "ORDRSP", "STATUS")}
        yield found


async def posted(plant: Plant, said: str) -> Any:
    headers = {"content-type": "text/xml; charset=utf-8", "x-api-key": KEY}
    return await plant.door.post("/sap/s4/idocs", content=said.encode(), headers=headers)


def decided(order: DoseOrder, outcome: OrderDecided.Outcome, message: str = "", **more: Any) -> OrderDecided:
    slot = Slot(name=f"slots/{uuid7()}", site="sites/lakeside", delivery_time=stamp(NOW))
    held = {"slot": slot} if outcome == OrderDecided.PROMISED else {}
    named = message or f"messages/{uuid7()}"
    return OrderDecided(order=order, outcome=outcome, adapter="erp_sap", stated_by=PLANT, message=named, **held, **more)


async def ordered(plant: Plant) -> tuple[DoseOrder, str]:
    """An order that came by IDoc, and the message that brought it."""
    answer = await posted(plant, body((control(), ORDER)))
    assert answer.status_code == 200, answer.text
    (order,) = await plant.first("order.changed")
    return order, answer.json()["name"]


async def test_an_idoc_is_stored_before_it_is_answered_and_states_orders_and_deliveries(plant: Plant) -> None:
    without = await plant.door.post("/sap/s4/idocs", content=b"<x/>", headers={"content-type": "text/xml"})
    assert without.status_code == 401
    wrong = await posted(plant, body((control(SNDPRN="PRDCLNT100"), ORDER)))
    assert (wrong.status_code, wrong.json()["reason"]) == (400, "SENDER_UNKNOWN"), wrong.text
    order, _ = await ordered(plant)
    assert (order.order_reference, order.system_reference) == ("PO-7", "4500000017/000010")
    again = await posted(plant, body((control(), ORDER)))
    assert again.status_code == 200
    answer = await posted(plant, body((control("DESADV", "0000000000000801"), DELIVERY)))
    assert answer.status_code == 200, answer.text
    (delivery,) = await plant.first("outbound_delivery.changed")
    assert delivery.references == ["AWB-1", "340123450000000017", "340123450000000024"]
    assert len(await plant.told("order.changed")) == 1


async def test_what_came_of_an_order_goes_back_as_a_response_and_as_a_status(plant: Plant) -> None:
    order, message = await ordered(plant)
    await plant.publish(DECIDED, decided(order, OrderDecided.PROMISED, message), partner=PLANT)
    sent = await plant.ended(DeliveryState.SENT, DeliveryState.SENT)
    assert {each.words for each in sent} >= {"IDoc 0000000000000701 is told PROMISED"}
    by_type = {each.control["MESTYP"]: each for each in plant.twin.idocs.stored}
    assert {each.status for each in by_type.values()} == {"53"}, [each.words for each in by_type.values()]
    response, status = by_type["ORDRSP"], by_type["STATUS"]
    assert response.texts("E1EDK02/BELNR") == ["PO-7", "4500000017"]
    assert (response.texts("E1EDP01/POSEX"), response.texts("E1EDP01/MENGE")) == (["000010"], ["1"])
    assert response.texts("E1EDP01/ACTION") == []
    assert len(response.texts("E1EDP01/E1EDP20/EDATU")) == 1
    assert (response.control["SNDPRN"], response.control["RCVPRN"]) == ("DOSELANE", "TSTCLNT100")
    assert status.texts("E1STATS/DOCNUM") == ["0000000000000701"]
    assert status.texts("E1STATS/STATUS") == ["41"]


async def test_a_system_that_speaks_soap_alone_orders_and_hears_in_envelopes(dsn: str, tmp_path: Path) -> None:
    terms = {**TERMS, "soap": True}
    only: dict[str, Any] = {"reads": [], "writes": WRITES, "idoc": terms, "odata": False}
    async with a_plant(dsn, tmp_path / "sap.yaml", **only) as plant:
        plant.twin.idocs.profiles = {(*SENDER, each) for each in ("ORDRSP", "STATUS")}
        answer = await posted(plant, enveloped(body((control(), ORDER))))
        assert answer.status_code == 200, answer.text
        (order,) = await plant.first("order.changed")
        assert order.order_reference == "PO-7"
        said = decided(order, OrderDecided.PROMISED, answer.json()["name"])
        await plant.publish(DECIDED, said, partner=PLANT)
        await plant.ended(DeliveryState.SENT, DeliveryState.SENT)
        assert {"POST /sap/bc/srt/idoc"} == {each.partition("?")[0] for each in plant.twin.calls}
        by_type = {each.control["MESTYP"]: each for each in plant.twin.idocs.stored}
        assert {each.status for each in by_type.values()} == {"53"}, [each.words for each in by_type.values()]
        assert by_type["ORDRSP"].texts("E1EDK02/BELNR") == ["PO-7", "4500000017"]
        assert by_type["STATUS"].texts("E1STATS/DOCNUM") == ["0000000000000701"]


async def test_a_refused_order_is_rejected_with_its_reason_in_lines(plant: Plant) -> None:
    order, message = await ordered(plant)
    why = "no run of these days has room for a dose of so much activity, and none of the later ones goes to the site"
    said = decided(order, OrderDecided.REFUSED, message, reason="RUN_FULL", detail=why)
    await plant.publish(DECIDED, said, partner=PLANT)
    await plant.ended(DeliveryState.SENT, DeliveryState.SENT)
    by_type = {each.control["MESTYP"]: each for each in plant.twin.idocs.stored}
    response = by_type["ORDRSP"]
    assert (response.status, response.texts("E1EDP01/ACTION")) == ("53", ["003"])
    lines = response.texts("E1EDP01/E1EDPT1/E1EDPT2/TDLINE")
    assert len(lines) == 2
    assert " ".join(lines) == f"RUN_FULL: {why}"
    assert (by_type["STATUS"].status, by_type["STATUS"].texts("E1STATS/STATUS")) == ("53", ["40"])


async def test_a_slot_that_was_claimed_elsewhere_becomes_a_sales_order(plant: Plant) -> None:
    slot = Slot(
        name="slots/01931f8e-7c1a-7000-8000-000000000001", order_reference="PO-9", product="products/lu-ligand",
        site="sites/lakeside", delivery_time=stamp(NOW),
    )  # fmt: skip
    slot.administration.activity_mbq = 7400
    await plant.publish(CONFIRMED, SlotConfirmed(slot=slot), partner=PLANT)
    (sent,) = await plant.ended(DeliveryState.SENT)
    assert sent.words == "SAP has stored the IDoc 0000000000000001, and books it later"
    (idoc,) = plant.twin.idocs.stored
    assert (idoc.status, idoc.control["MESTYP"]) == ("53", "ORDERS"), idoc.words
    assert idoc.texts("E1EDK14/ORGID") == ["1710", "10", "00"]
    assert idoc.texts("E1EDKA1/PARTN") == ["17100001", "17100001"]
    assert idoc.texts("E1EDP01/E1EDP19/IDTNR") == ["LU177-DOSE"]


async def test_after_a_lost_answer_nothing_is_sent_twice_and_people_look(dsn: str, tmp_path: Path) -> None:
    only: dict[str, Any] = {"reads": [], "writes": ["idoc_order_responses"], "idoc": TERMS, "odata": False}
    async with a_plant(dsn, tmp_path / "sap.yaml", **only) as plant:
        order, _ = await ordered(plant)
        plant.twin.spoilt.append(away)
        await plant.publish(DECIDED, decided(order, OrderDecided.PROMISED), partner=PLANT)
        (parked,) = await plant.ended(DeliveryState.PARKED)
        assert "Look for 4500000017/000010 in WE02" in parked.words
        assert len(plant.twin.idocs.stored) == 1


async def test_a_service_that_is_off_or_asks_to_log_on_parks_with_its_words(dsn: str, tmp_path: Path) -> None:
    only: dict[str, Any] = {"reads": [], "writes": ["idoc_order_responses"], "idoc": TERMS, "odata": False}
    async with a_plant(dsn, tmp_path / "sap.yaml", **only) as plant:
        order, _ = await ordered(plant)
        plant.twin.faults.append(lambda: Response("<html><h1>Service cannot be reached</h1></html>", 403))
        await plant.publish(DECIDED, decided(order, OrderDecided.PROMISED), partner=PLANT)
        (off,) = await plant.ended(DeliveryState.PARKED)
        assert "Service cannot be reached" in off.words
        plant.twin.faults.append(lambda: Response("<html><form><input type=password></form></html>", 200))
        await plant.publish(DECIDED, decided(order, OrderDecided.MOVED), partner=PLANT)
        _, asked = await plant.ended(DeliveryState.PARKED, DeliveryState.PARKED)
        assert "page to log on" in asked.words
        assert plant.twin.idocs.stored == []


@pytest.mark.parametrize(
    ("value", "words"), [("x" * 36, "has 36 characters, and E1EDK01-BELNR takes 35"), ("a\x01", "is no text of XML")]
)
def test_what_does_not_fit_is_refused_and_never_cut(value: str, words: str) -> None:
    head = IdocHead("ORDERS05", "ORDERS", "k", NOW)
    with pytest.raises(Declined, match=words):
        written_idoc(head, IdocTerms.model_validate(TERMS), [WrittenSegment("E1EDK01", {"BELNR": value})])


Z_SEGMENT = '<Z1DOSE SEGMENT="1"><PATIENT>P-17</PATIENT></Z1DOSE>'


@pytest.mark.parametrize(
    ("there", "instead", "status"),
    [
        (Z_SEGMENT, "", "53"),
        ("EUR", "EURO", "60"),
        (Z_SEGMENT, Z_SEGMENT, "60"),
        ("<DIRECT>2", "<DIRECT>1", "56"),
        ("<SNDPRN>DOSELANE", "<SNDPRN>Doselane", "56"),
    ],
)
def test_the_twin_stores_everything_and_books_only_what_sap_would(there: str, instead: str, status: str) -> None:
    inbox = IdocInbox({(*SENDER, "ORDERS")})
    into = {"DIRECT": "2", "SNDPOR": "DOSELANE", "SNDPRN": "DOSELANE", "RCVPOR": "SAPTST", "RCVPRN": "TSTCLNT100"}
    said = body((control(number="", **into), ORDER))
    assert there in said
    said = said.replace(there, instead)
    if there != Z_SEGMENT:
        said = said.replace(Z_SEGMENT, "")
    assert inbox.take("text/xml", said.encode()).status_code == 200
    assert inbox.stored[-1].status == status, inbox.stored[-1].words
    assert inbox.take("text/xml", b"<ORDERS05><IDOC>").status_code == 500
    assert len(inbox.stored) == 1
