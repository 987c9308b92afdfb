"""What an account of SAP must say, and what it maps."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from adapters.erp_sap.functions.checking import function_problems
from adapters.erp_sap.functions.terms import FUNCTION_WRITES, FunctionTerms
from adapters.erp_sap.idoc.meanings import MEANINGS
from adapters.erp_sap.zone_option import Zone
from adapters.mapping import MappingShape
from services.kernel.activity import ACTIVITY_MBQ_MAX, LIFE_MINUTES_MAX, LOSS_FRACTION_MAX, VIALS_MAX

PRODUCTION_ORDERS, INSPECTION_LOTS = "production_orders", "inspection_lots"
OUTBOUND_DELIVERIES, SALES_ORDERS = "outbound_deliveries", "sales_orders"
PLANNED_REQUIREMENTS = "planned_requirements"
Document = Literal[
    "production_orders", "inspection_lots", "outbound_deliveries", "sales_orders", "planned_requirements"
]  # fmt: skip
Write = Literal[
    "yields", "usage_decisions", "goods_issues", "order_outcomes", "new_sales_orders",
    "idoc_order_responses", "idoc_sales_orders", "idoc_statuses", "function_yields", "function_goods_issues",
]  # fmt: skip

# Names of fields as the services of SAP have them, by kind of record; a customer's own field goes in their place. What
# has no name here is neither read nor written unless the mapping says which field it is.
SHAPE = MappingShape(
    fields={
        "production_order.product": "Material",
        "production_order.line": "ProductionVersion",
        "production_order.quantity": "TotalQuantity",
        "production_order.unit": "ProductionUnit",
        "production_order.plant": "ProductionPlant",
        "production_order.end_date": "MfgOrderPlannedEndDate",
        "production_order.end_time": "MfgOrderPlannedEndTime",
        "inspection_lot.production_order": "ManufacturingOrder",
        "inspection_lot.batch": "Batch",
        "sales_order.order_reference": "PurchaseOrderByCustomer",
        "sales_order.delivery_date": "RequestedDeliveryDate",
        "sales_order_item.product": "Material",
        "sales_order_item.quantity": "RequestedQuantity",
        "sales_order_item.unit": "RequestedQuantityUnit",
        "sales_order_item.patient_reference": "",
        "requirement.area": "MRPArea",
        "requirement.period": "PeriodType",
        "requirement.date": "PlndIndepRqmtPeriodStartDate",
        "requirement.quantity": "PlannedQuantity",
        "requirement.unit": "UnitOfMeasure",
        "outbound_delivery.bill_of_lading": "BillOfLading",
        "yield.activity_mbq": "MfgOrderConfirmedYieldQty",
        "yield.run": "",
        "order_outcome.outcome": "",
        "order_outcome.slot": "PurchaseOrderByShipToParty",
        "order_outcome.delivery_date": "",  # the promised one, into a field of the customer's own
        "order_outcome.delivery_block": "DeliveryBlockReason",
        "goods_issue.bill_of_lading": "BillOfLading",
        # A segment below the item of an IDoc, and its field, such as Z1DOSE/PATIENT.
        "idoc_item.patient_reference": "",
    },
    # Theirs, ours. Materials, lines, sold-to and ship-to parties have no meaning here without a line.
    tables={
        "product": None,
        "line": None,
        "site": None,
        "partner": None,
        "region": None,
        "period": frozenset({"DAY", "WEEK"}),
        "usage_decision": frozenset({"ACCEPTED", "REJECTED"}),
        "outcome": None,
        "idoc_code": MEANINGS,
    },
)


def _numbers(name: str) -> str:
    if not re.fullmatch(r"[0-9]{1,10}", name):
        raise ValueError("must be up to ten digits")
    return name


Topic = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,249}$")]
_FORM = ConfigDict(frozen=True, extra="forbid")


class ProductionTerms(BaseModel):
    """What no production order says of a run: how its activity goes into vials, and until when doses are claimed."""

    model_config = _FORM
    vials: Annotated[int, Field(ge=1, le=VIALS_MAX)] | None = None  # where the order counts activity
    # Where it counts vials: the activity of each.
    vial_mbq: Annotated[float, Field(gt=0, le=ACTIVITY_MBQ_MAX)] | None = None
    vial_mbq_max: Annotated[float, Field(gt=0, le=ACTIVITY_MBQ_MAX)]
    claim_cutoff_minutes: Annotated[int, Field(ge=0, le=LIFE_MINUTES_MAX)]  # before the end of synthesis
    loss_fraction: Annotated[float, Field(ge=0, le=LOSS_FRACTION_MAX)] = 0.0


class UsageDecisionCodes(BaseModel):
    """With which codes of a selected set an inspection lot is accepted and rejected."""

    model_config = _FORM
    plant: str
    selected_set: str
    code_group: str
    accepted: str
    rejected: str
    catalog: str = "3"


class AdministrationHours(BaseModel):
    """The hours of the day of delivery between which a dose is administered, in the time of the centre."""

    model_config = _FORM
    begin: time
    end: time


class NewSalesOrders(BaseModel):
    """What a sales order has that is made of a slot."""

    model_config = _FORM
    order_type: str
    organization: str
    distribution_channel: str
    division: str
    sold_to: Annotated[str, AfterValidator(_numbers)]
    unit: str = "EA"


class IdocPartner(BaseModel):
    """Who an IDoc is from or for, letter for letter as in the partner profile of the system (WE20)."""

    model_config = _FORM
    port: Annotated[str, Field(min_length=1, max_length=10)]
    type: Annotated[str, Field(min_length=1, max_length=2)] = "LS"
    number: Annotated[str, Field(min_length=1, max_length=10)]


class IdocTerms(BaseModel):
    """How IDocs go between the system and us."""

    model_config = _FORM
    sap: IdocPartner
    own: IdocPartner
    zone: Zone  # of the system's clocks, by which a control record says when it was made
    items: Literal["one", "many"] = "one"  # how many items an order may have; of many each is an order of ours
    unit: Annotated[str, Field(min_length=1, max_length=3)] = "PCE"
    activity_unit: Literal["2Q", "4N", "GBQ", "MCU", "CUR"] = "GBQ"  # in which an order by activity is answered
    rejection: Annotated[str, Field(max_length=2)] = ""  # why an item is rejected (ABGRU)
    soap: bool = False  # what we send stands in an envelope of SOAP, where the customer runs only that service
    path: Annotated[str, Field(pattern="^(/.*)?$")] = ""  # where IDocs are taken; empty: as SAP has it

    @property
    def address(self) -> str:
        """Where IDocs are posted."""
        return self.path or ("/sap/bc/srt/idoc" if self.soap else "/sap/bc/idoc_xml")


class Settings(BaseModel):
    """The options of one account."""

    model_config = _FORM
    reads: frozenset[Document] = frozenset()
    writes: frozenset[Write] = frozenset()
    services: Mapping[Document, str] = Field(default_factory=dict)  # where they are called otherwise
    root: str = "/sap/opu/odata/sap"
    client: Annotated[str, Field(pattern="^([0-9]{3})?$")] = ""  # the client of the system; empty: its own default
    merge: bool = False  # an older Gateway, which takes changes as POST with X-HTTP-Method
    origins: tuple[str, ...] = ()  # who may ask whether we take events (CloudEvents, HTTP webhook)
    event_topics: Annotated[tuple[Topic, ...], Field(max_length=50)] = ()  # of Kafka, on which business events come
    production: Mapping[str, ProductionTerms] = Field(default_factory=dict)  # by product of ours
    plant_zones: Mapping[str, Zone] = Field(default_factory=dict)  # the time of a plant, by its number
    site_zones: Mapping[str, Zone] = Field(default_factory=dict)  # and of a centre, by our name
    administration: AdministrationHours | None = None
    usage_decision: UsageDecisionCodes | None = None
    new_sales_order: NewSalesOrders | None = None
    # Which version of planned independent requirements is what is needed; SAP plans by the active one, mostly 00.
    requirement_version: Annotated[str, Field(pattern="^[A-Z0-9]{1,2}$")] = "00"
    ship_to_function: str = "WE"  # SH where the system speaks English
    idoc: IdocTerms | None = None
    functions: FunctionTerms | None = None
    refused_block: str = ""  # the delivery block of a sales order that was refused; empty: none is set

    def service(self, document: str) -> str:
        """The name of a document's service, as it stands in its address."""
        return self.services.get(document, _SERVICES[document])  # type: ignore[call-overload,no-any-return]


_SERVICES: Mapping[str, str] = {
    PRODUCTION_ORDERS: "API_PROCESS_ORDER_2_SRV",
    INSPECTION_LOTS: "API_INSPECTIONLOT_SRV",
    OUTBOUND_DELIVERIES: "API_OUTBOUND_DELIVERY_SRV;v=0002",
    SALES_ORDERS: "API_SALES_ORDER_SRV",
    PLANNED_REQUIREMENTS: "API_PLND_INDEP_RQMT_SRV",
}


def settings(options: Mapping[str, Any]) -> Settings:
    """Reads the options; its ValueError says all that is wrong."""
    try:
        found = Settings.model_validate(dict(options))
    except ValidationError as wrong:
        raise ValueError("; ".join(map(_said, wrong.errors(include_input=False, include_url=False)))) from None
    functions = function_problems(found.functions, found.writes) if found.functions else ()
    if problems := [*_missing(found), *functions]:
        raise ValueError("; ".join(problems))
    return found


def _missing(given: Settings) -> list[str]:
    needed = {
        "usage_decision": "usage_decisions" in given.writes and given.usage_decision is None,
        "new_sales_order": bool({"new_sales_orders", "idoc_sales_orders"} & given.writes)
        and given.new_sales_order is None,
        "idoc": any(each.startswith("idoc_") for each in given.writes) and given.idoc is None,
        "functions": bool(FUNCTION_WRITES & given.writes) and given.functions is None,
        "administration": SALES_ORDERS in given.reads and given.administration is None,
        "production": PRODUCTION_ORDERS in given.reads and not given.production,
    }
    return [
        f"options.{name} is missing, as reads or writes need it" for name, is_missing in needed.items() if is_missing
    ]


def _said(error: Any) -> str:
    place = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"there is no option {place!r}"
    return f"options.{place}: {error['msg'].removeprefix('Value error, ')}"
