"""Whose order a document of the manufacturer's own SAP is of: said by the mapping, and never guessed."""

import pytest

from adapters.manifest import Refused
from tests.support.sap_documents import DELIVERY, SALES, read, refusal, said, sales


@pytest.mark.parametrize(
    ("sold_to", "reason", "words"),
    [
        ("17100002", "WORD_UNKNOWN", "SoldToParty is '17100002'; write a line for it into tables.partner."),
        ("", "FIELD_MISSING", "SoldToParty is required."),
        ("17100009", "WORD_UNKNOWN", "SoldToParty is 'northlake' in tables.partner; write partners/… there."),
    ],
)
def test_a_delivery_of_which_nobody_says_whose_order_it_carries_is_refused(
    sold_to: str, reason: str, words: str
) -> None:
    order = {**DELIVERY["sales_order"][0], "SoldToParty": sold_to}
    with pytest.raises(Refused) as refused:
        read("outbound_deliveries", {**DELIVERY, "sales_order": [order]}, number="80")
    assert (refused.value.reason, refused.value.detail) == (reason, words)
    assert refused.value.place == "/records/sales_order/0/SoldToParty"


def test_an_order_in_the_manufacturers_own_system_is_its_sold_to_partys() -> None:
    for number in ("17100001", "0017100001"):
        assert (
            said("sales_orders", sales("order", SoldToParty=number), manufacturer=True).partner == "partners/northlake"
        )
    withdrawn = {**sales(SalesDocumentRjcnReason="10"), "order": sales("order", SoldToParty="17100001")["order"]}
    assert said("sales_orders", withdrawn, manufacturer=True).partner == "partners/northlake"
    assert said("sales_orders", SALES).partner == ""  # of a sponsor's own system it is the sponsor's, whoever buys


@pytest.mark.parametrize(
    ("sold_to", "reason", "words"),
    [
        ("9", "WORD_UNKNOWN", "SoldToParty is '9'; write a line for it into tables.partner."),
        (" ", "FIELD_MISSING", "SoldToParty is required."),
        ("17100009", "WORD_UNKNOWN", "SoldToParty is 'northlake' in tables.partner; write partners/… there."),
    ],
)
def test_whose_order_it_is_is_not_guessed(sold_to: str, reason: str, words: str) -> None:
    found = refusal("sales_orders", sales("order", SoldToParty=sold_to), manufacturer=True)
    assert (found.reason, found.detail, found.place) == (reason, words, "/records/order/0/SoldToParty")
