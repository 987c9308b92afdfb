"""What is told by IDoc of an order that was decided, and of a slot: exactly, or not at all."""

from datetime import UTC, datetime
from typing import Any

import pytest
from doselane.slotting.v1.events_pb2 import OrderDecided, SlotConfirmed
from doselane.slotting.v1.order_pb2 import DoseOrder
from doselane.slotting.v1.slotting_pb2 import Slot
from lxml import etree

from adapters.erp_sap.idoc import telling
from adapters.erp_sap.idoc.written import IdocHead, WrittenSegment, written_idoc
from adapters.erp_sap.settings import SHAPE, IdocTerms, settings
from adapters.erp_sap.writing import confirmed
from adapters.host.mappings import mapping_of
from adapters.mapping import Mapped
from adapters.outbound import Declined, Outgoing
from adapters.sandbox.sap.idocs import LENGTHS
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.idocs import TERMS

NOW = datetime(2026, 12, 1, 6, 15, 30, tzinfo=UTC)
PARTNER = "partners/plant"
TABLES = """\
version: 1
tables:
  product: {LU177-DOSE: products/lu-ligand}
  site: {"17100002": sites/lakeside}
"""
SLOT = Slot(
    name="slots/01931f8e-7c1a-7000-8000-000000000001",
    order_reference="PO-9",
    product="products/lu-ligand",
    site="sites/lakeside",
    delivery_time=stamp(datetime(2026, 12, 3, 5, tzinfo=UTC)),
)


def given(**terms: Any) -> Mapped:
    options = {
        "client": "100",
        "idoc": {**TERMS, **terms},
        "site_zones": {"sites/lakeside": "America/Chicago"},
        "new_sales_order": {
            "order_type": "OR", "organization": "1710", "distribution_channel": "10", "division": "00",
            "sold_to": "17100001",
        },
    }  # fmt: skip
    return Mapped(settings(options), mapping_of("m", TABLES, SHAPE).mapping)


def event(kind: str, message: Any) -> Event:
    return Event(uuid7(), kind, "", "x/1", 1, NOW, message.SerializeToString(), partner=PARTNER)


def outgoing(outcome: OrderDecided.Outcome, *, held: bool = True, reference: str = "PO-7", **order: Any) -> Outgoing:
    said = DoseOrder(order_reference=reference, system_reference="4500000017/000010", **order)
    slot = {"slot": SLOT} if held else {}
    told: dict[str, Any] = {"adapter": "erp_sap", "message": f"messages/{uuid7()}", "stated_by": PARTNER}
    decided = OrderDecided(order=said, outcome=outcome, **told, **slot)
    (found,) = telling.answered(event("doselane.slotting.order.decided.v1", decided), PARTNER)
    return found


def response(sent: Outgoing, **terms: Any) -> Any:
    (idoc,) = etree.fromstring(telling.order_response(given(**terms), sent))
    return idoc


@pytest.mark.parametrize(
    "outcome", [OrderDecided.PROMISED, OrderDecided.MOVED, OrderDecided.KEPT, OrderDecided.REFUSED]
)
def test_what_is_held_is_confirmed_by_the_clocks_of_the_site(outcome: OrderDecided.Outcome) -> None:
    """Also where a change was refused: the slot stays as it was."""
    idoc = response(outgoing(outcome))
    assert idoc.findtext("E1EDP01/E1EDP20/EDATU") == "20261202"
    assert idoc.findtext("E1EDP01/E1EDP20/EZEIT") == "230000"
    assert (idoc.findtext("E1EDP01/MENGE"), idoc.findtext("E1EDP01/MENEE")) == ("1", "PCE")
    assert idoc.findtext("E1EDP01/ACTION") is None
    assert (idoc.findtext("EDI_DC40/CREDAT"), idoc.findtext("EDI_DC40/CRETIM")) == ("20261201", "071530")


@pytest.mark.parametrize(("outcome", "held"), [(OrderDecided.REFUSED, False), (OrderDecided.GIVEN_BACK, True)])
def test_where_nothing_is_held_the_item_is_rejected(outcome: OrderDecided.Outcome, held: bool) -> None:
    idoc = response(outgoing(outcome, held=held), rejection="17")
    assert (idoc.findtext("E1EDP01/ACTION"), idoc.findtext("E1EDP01/ABGRU")) == ("003", "17")
    assert idoc.find("E1EDP01/E1EDP20") is None


def test_of_an_order_of_many_the_reference_is_theirs_again() -> None:
    idoc = response(outgoing(OrderDecided.KEPT, reference="PO-7/10"), items="many")
    assert idoc.findtext("E1EDK02/BELNR") == "PO-7"
    assert idoc.findtext("E1EDP01/POSEX") == "000010"


def test_an_activity_is_told_exactly_or_not_at_all() -> None:
    idoc = response(outgoing(OrderDecided.KEPT, activity_mbq=7400.5), activity_unit="4N")
    assert (idoc.findtext("E1EDP01/MENGE"), idoc.findtext("E1EDP01/MENEE")) == ("7400.5", "4N")
    assert response(outgoing(OrderDecided.KEPT, activity_mbq=10_000)).findtext("E1EDP01/MENGE") == "10"
    with pytest.raises(Declined, match="not told exactly in GBQ"):
        response(outgoing(OrderDecided.KEPT, activity_mbq=7400.5))


def test_a_reference_that_does_not_fit_is_refused() -> None:
    with pytest.raises(Declined, match="has 36 characters, and E1EDK02-BELNR takes 35"):
        response(outgoing(OrderDecided.KEPT, reference="x" * 36))


def test_a_sales_order_has_the_words_of_the_customer() -> None:
    (sent,) = confirmed(event("doselane.slotting.slot.confirmed.v1", _confirmed("sites/lakeside")), PARTNER)
    (idoc,) = etree.fromstring(telling.sales_order(given(), sent))
    names = [each.tag for each in idoc]
    assert names == [
        "EDI_DC40", "E1EDK01", "E1EDK14", "E1EDK14", "E1EDK14", "E1EDK03", "E1EDKA1", "E1EDKA1", "E1EDK02", "E1EDP01",
        "E1EDS01",
    ]  # fmt: skip
    assert [each.text for each in idoc.findall("E1EDKA1/PARTN")] == ["17100001", "17100002"]
    assert idoc.findtext("E1EDK03/DATUM") == "20261202"
    (other,) = confirmed(event("doselane.slotting.slot.confirmed.v1", _confirmed("sites/hillside")), PARTNER)
    with pytest.raises(Declined, match="sites/hillside"):
        telling.sales_order(given(), other)


def _confirmed(site: str) -> SlotConfirmed:
    said = SlotConfirmed(slot=SLOT)
    said.slot.site = site
    said.slot.administration.activity_mbq = 7400
    return said


@pytest.mark.parametrize("segment", ["E1EDK01", "E1EDK14", "E1EDK03", "E1EDKA1", "E1EDP01", "E1EDP20", "E1EDP19",
                                     "E1EDPT1", "E1EDPT2", "E1EDS01", "E1STATS"])  # fmt: skip
def test_a_field_is_as_long_as_the_other_sides_own_table_says(segment: str) -> None:
    head, terms = IdocHead("ORDERS05", "ORDERS", "k", NOW), IdocTerms.model_validate(TERMS)
    written = 0
    for name, most in LENGTHS[segment].items():
        try:
            said = written_idoc(head, terms, [WrittenSegment(segment, {name: "x" * most})])
        except KeyError:
            continue  # it is not written
        assert b"x" * most in said
        with pytest.raises(Declined, match=f"has {most + 1} characters, and {segment}-{name} takes {most}"):
            written_idoc(head, terms, [WrittenSegment(segment, {name: "x" * (most + 1)})])
        written += 1
    assert written
