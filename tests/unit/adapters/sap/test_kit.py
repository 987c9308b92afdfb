"""What the kit for SAP gives an operator to fill in is taken as it stands, and names what the service has."""

import json
import re
from pathlib import Path

import pytest

from adapters.erp_sap import ADAPTER
from adapters.erp_sap.settings import SHAPE
from adapters.host.mappings import mapping_file
from adapters.host.settings import accounts
from adapters.sandbox.sap.edmx import packaged, service_of
from tests.support.tokens import Issuer

KIT = Path(__file__).parents[4] / "adapters" / "erp_sap" / "kit"
README = (KIT / "README.md").read_text()
_SETS = {
    "production_order": ("API_PROCESS_ORDER_2_SRV", "A_ProcessOrder_2"),
    "yield": ("API_PROCESS_ORDER_2_SRV", "A_ProcessOrder_2"),
    "inspection_lot": ("API_INSPECTIONLOT_SRV", "A_InspectionLot"),
    "sales_order": ("API_SALES_ORDER_SRV", "A_SalesOrder"),
    "sales_order_item": ("API_SALES_ORDER_SRV", "A_SalesOrderItem"),
    "order_outcome": ("API_SALES_ORDER_SRV", "A_SalesOrder"),
    "outbound_delivery": ("API_OUTBOUND_DELIVERY_SRV", "A_OutbDeliveryHeader"),
    "goods_issue": ("API_OUTBOUND_DELIVERY_SRV", "A_OutbDeliveryHeader"),
}


def test_the_account_and_its_mapping_are_taken() -> None:
    given = json.loads((KIT / "account.json").read_text())
    given["s4"]["mapping"] = str(KIT / "mapping.yaml")
    (account,) = accounts(json.dumps(given), {"erp_sap": ADAPTER}, Issuer().verifier()).values()
    assert account.manufacturer
    assert account.mapping is not None
    assert account.mapping.mapping.theirs("outcome", "PROMISED") == "OK"


@pytest.mark.parametrize("kind", sorted({name.partition(".")[0] for name in SHAPE.fields} & _SETS.keys()))
def test_the_fields_that_are_read_and_written_are_in_the_service(kind: str) -> None:
    service, entity_set = _SETS[kind]
    known = service_of(service, packaged()[service]).sets[entity_set].type.fields
    mapping = mapping_file(str(KIT / "mapping.yaml"), SHAPE).mapping
    assert {theirs for theirs in mapping.of_kind(kind).values() if theirs not in known} == set()


def test_the_readme_names_each_option_and_nothing_else() -> None:
    words = set(re.findall(r"`([a-z_]+)`", README))
    reads = {"production_orders", "inspection_lots", "outbound_deliveries", "sales_orders", "planned_requirements"}
    writes = {"yields", "usage_decisions", "goods_issues", "order_outcomes", "new_sales_orders"}
    assert words >= reads | writes
    assert words - reads - writes == {"reads", "writes", "fields"}
