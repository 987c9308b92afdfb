"""Documents of SAP as they are kept, and what is read of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.erp_sap.documents import SapDocument
from adapters.erp_sap.settings import SHAPE, Settings, settings
from adapters.erp_sap.translate import SapReader
from adapters.host.mappings import mapping_of
from adapters.manifest import Incoming, Refused
from adapters.mapping import Mapped

DELIVERY: Mapping[str, Any] = {
    "delivery": [{"DeliveryDocument": "80", "BillOfLading": "020-12345675"}],
    "item": [{"ReferenceSDDocument": "7"}, {"ReferenceSDDocument": "7"}, {"ReferenceSDDocument": "8"}, {}],
    "sales_order": [
        {"SalesOrder": "7", "PurchaseOrderByCustomer": "PO-7", "SoldToParty": "17100001"},
        {"SalesOrder": "8", "PurchaseOrderByCustomer": "PO-8", "SoldToParty": "0017100001"},
    ],
    "handling_unit": [{"HandlingUnitExternalID": "340123450000000013"}, {"HandlingUnitExternalID": "020-12345675"}],
}
READ_AT = datetime(2026, 12, 1, 6, 15, 30, tzinfo=UTC)
MAPPING = mapping_of(
    "m",
    """\
version: 1
tables:
  product: {LU177-DOSE: products/lu-ligand}
  line: {"0001": facilities/north/lines/a}
  site: {"17100001": sites/lakeside, "0000000042": sites/hillside}
  partner: {"17100001": partners/northlake, "17100009": northlake}
  usage_decision: {A2: ACCEPTED}
""",
    SHAPE,
).mapping
OPTIONS = settings(
    {
        "reads": ["production_orders", "sales_orders"],
        "production": {
            "products/lu-ligand": {
                "vials": 20,
                "vial_mbq": 7400.5,
                "vial_mbq_max": 12000.0001,
                "claim_cutoff_minutes": 240,
                "loss_fraction": 0.05,
            }
        },
        "plant_zones": {"1010": "Europe/Berlin"},
        "site_zones": {"sites/lakeside": "America/Chicago"},
        "administration": {"begin": "08:00", "end": "16:00"},
    }
)
ORDER: Mapping[str, Any] = {
    "ManufacturingOrder": "000001000101",
    "Material": "LU177-DOSE",
    "ProductionPlant": "1010",
    "ProductionVersion": "0001",
    "TotalQuantity": "148.5",
    "ProductionUnit": "GBQ",
    "MfgOrderPlannedEndDate": "2026-12-03",
    "MfgOrderPlannedEndTime": "06:30:00",
    "OrderIsReleased": "X",
}
SALES: Mapping[str, list[Mapping[str, Any]]] = {
    "order": [
        {
            "SalesOrder": "7",
            "PurchaseOrderByCustomer": "PO-7",
            "RequestedDeliveryDate": "2026-12-03",
            "SoldToParty": "9",
        }
    ],
    "item": [
        {"SalesOrderItem": "000010", "Material": "LU177-DOSE", "RequestedQuantity": "1", "RequestedQuantityUnit": "EA"}
    ],
    "partner": [{"PartnerFunction": "WE", "Customer": "17100001"}],
}


def read(
    document: str,
    records: Mapping[str, Any],
    number: str = "7",
    options: Settings = OPTIONS,
    manufacturer: bool = False,
) -> Any:
    body = SapDocument(document, number, 'W/"1"', READ_AT, records).written()
    return SapReader(Mapped(options, MAPPING, manufacturer)).translate(Incoming("sap.x", body, {}, READ_AT))


def said(document: str, records: Mapping[str, Any], **of: Any) -> Any:
    (fact,) = read(document, records, **of).facts
    return fact.said


def refusal(document: str, records: Mapping[str, Any], **of: Any) -> Refused:
    with pytest.raises(Refused) as raised:
        read(document, records, **of)
    return raised.value


def order(**changes: Any) -> Mapping[str, Any]:
    fields = {name: value for name, value in {**ORDER, **changes}.items() if value is not ...}
    return {"order": [fields]}


def sales(kind: str = "item", **changes: Any) -> Mapping[str, Any]:
    fields = {name: value for name, value in {**SALES[kind][0], **changes}.items() if value is not ...}
    return {**SALES, kind: [fields]}
