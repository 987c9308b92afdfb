"""A document of SAP as it is kept, and what is said of fields that it does not have."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.erp_sap.documents import SapDocument, document_of
from adapters.erp_sap.settings import SHAPE
from adapters.erp_sap.translate import SapReader
from adapters.host.mappings import mapping_of
from adapters.manifest import Incoming, Refused
from adapters.mapping import Mapped
from tests.support.sap_documents import OPTIONS, READ_AT, order, refusal


def test_a_field_that_the_mapping_leaves_out_is_not_read_and_said_to_be_left_out() -> None:
    mapping = mapping_of("m", "version: 1\nfields: {production_order.product: null}", SHAPE).mapping
    body = SapDocument("production_orders", "7", "", READ_AT, order()).written()
    with pytest.raises(Refused) as raised:
        SapReader(Mapped(OPTIONS, mapping)).translate(Incoming("sap.x", body, {}, READ_AT))
    assert raised.value.reason == "FIELD_MISSING"
    assert raised.value.detail == "a field that the mapping leaves out is required."
    assert refusal("production_orders", order(Material=...)).detail == "Material is required."


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (timedelta(hours=6, minutes=30), "06:30:00"),
        (timedelta(hours=23, minutes=59, seconds=59), "23:59:59"),
        (timedelta(0), "00:00:00"),
        (Decimal("1E+3"), "1000"),
        (READ_AT, "2026-12-01T06:15:30+00:00"),
        (READ_AT.date(), "2026-12-01"),
    ],
)
def test_values_are_kept_as_texts_that_are_read_as_the_same(given: Any, kept: str) -> None:
    body = SapDocument("x", "7", "", READ_AT, {"order": [{"Field": given}]}).written()
    assert document_of(body).only("order").text("Field") == kept
