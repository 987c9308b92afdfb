"""The fields that are read and written, against the metadata of SAP's services. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.erp_sap import samples, writing
from adapters.erp_sap.odata.entities import Written
from adapters.erp_sap.odata.model import DefinitionFault, EdmType, ServiceModel, TypedField
from adapters.erp_sap.reading import KINDS
from adapters.erp_sap.settings import (
    INSPECTION_LOTS,
    OUTBOUND_DELIVERIES,
    PLANNED_REQUIREMENTS,
    PRODUCTION_ORDERS,
    SALES_ORDERS,
    Settings,
    UsageDecisionCodes,
)
from adapters.mapping import AccountMapping
from adapters.outbound import Declined
from adapters.preflight import Area, ConnectionFinding, SamplePayload, Severity

REFERENCE_CHARACTERS_MAX = 64
PRODUCTION_KEPT = (
    "production_order.plant", "production_order.product", "production_order.line", "production_order.unit",
)  # fmt: skip
_NUMBERS = frozenset({
    EdmType.DECIMAL, EdmType.DOUBLE, EdmType.SINGLE, EdmType.INT16, EdmType.INT32, EdmType.INT64, EdmType.STRING,
})  # fmt: skip
_DAYS = frozenset({EdmType.DATE_TIME})
_TIMES = frozenset({EdmType.TIME, EdmType.STRING})
_TEXTS = frozenset({EdmType.STRING})
# Of what type a field must be to be read; a text, where nothing is said.
_TYPES: Mapping[str, frozenset[EdmType]] = {
    "production_order.quantity": _NUMBERS,
    "production_order.end_date": _DAYS,
    "production_order.end_time": _TIMES,
    "sales_order.delivery_date": _DAYS,
    "sales_order_item.quantity": _NUMBERS,
    "requirement.date": _DAYS,
    "requirement.quantity": _NUMBERS,
}
_EXISTS = (
    "map a field that SAP has, or write null where we can do without it; a field of your own must be in the service"
)
_FITS = "map a longer field, or words that fit by a table of the mapping"
_MAY = "map a field that the service lets us set (sap:creatable, sap:updatable)"


@dataclass(frozen=True, slots=True)
class FieldsOfKind:
    """Where the fields of a kind of records are."""

    entity_set: str
    kind: str  # our name of the records
    fixed: tuple[str, ...] = field(default=())  # fields that no mapping names


def document_fields(document: str) -> Sequence[FieldsOfKind]:
    """What is read of a document; its key is the first field that no mapping names."""
    return DOCUMENTS[document]


DOCUMENTS: Mapping[str, Sequence[FieldsOfKind]] = {
    PRODUCTION_ORDERS: (
        FieldsOfKind("A_ProcessOrder_2", "production_order", ("ManufacturingOrder", "OrderIsReleased")),
    ),
    INSPECTION_LOTS: (
        FieldsOfKind("A_InspectionLot", "inspection_lot", ("InspectionLot",)),
        FieldsOfKind("A_InspLotUsageDecision", "", ("InspectionLotUsageDecisionCode",)),
    ),
    OUTBOUND_DELIVERIES: (FieldsOfKind("A_OutbDeliveryHeader", "outbound_delivery", ("DeliveryDocument",)),),
    SALES_ORDERS: (
        FieldsOfKind("A_SalesOrder", "sales_order", ("SalesOrder", "SoldToParty")),
        FieldsOfKind("A_SalesOrderItem", "sales_order_item", ("SalesOrderItem",)),
    ),
    PLANNED_REQUIREMENTS: (FieldsOfKind("PlannedIndepRqmtItem", "requirement", ("Product", "PlndIndepRqmtVersion")),),
}


def field_findings(
    mapping: AccountMapping, model: ServiceModel, listed: Sequence[FieldsOfKind], *, reads: bool
) -> Iterator[ConnectionFinding]:
    """What is missing of fields, or of another type than is read."""
    for each in listed:
        try:
            model.entity_set(each.entity_set)
        except DefinitionFault as fault:
            remedy = "activate a release of the service that has it, or name another in options.services"
            yield ConnectionFinding(Severity.ERROR, Area.OBJECT, str(fault), remedy, f"{model.name} {each.entity_set}")
            continue
        names = {f"{each.kind}.{ours}": theirs for ours, theirs in mapping.of_kind(each.kind).items()}
        for ours, theirs in [*names.items(), *(("", fixed) for fixed in each.fixed)]:
            yield from _field(model, each.entity_set, ours, theirs, reads=reads)
    for document in (kind for kind in KINDS.values() if kind.entity_set in {each.entity_set for each in listed}):
        for stamp in document.changed:
            yield from _stamp(model, document.entity_set, stamp)


def _field(model: ServiceModel, entity_set: str, ours: str, theirs: str, *, reads: bool) -> Iterator[ConnectionFinding]:
    place = f"{model.name} {entity_set}.{theirs}"
    mapped = ("fields", ours) if ours else ()
    try:
        known = model.field(entity_set, theirs)
    except DefinitionFault as fault:
        yield ConnectionFinding(Severity.ERROR, Area.FIELD, str(fault), _EXISTS, place, ours, mapped)
        return
    wanted = _TYPES.get(ours, _TEXTS)
    if reads and ours and known.type not in wanted:
        listed = " or ".join(sorted(each.value for each in wanted))
        words = f"{theirs} is {known.type.value}, and is read as {listed}"
        yield ConnectionFinding(Severity.ERROR, Area.FIELD, words, "map a field of this type", place, ours, mapped)


def _stamp(model: ServiceModel, entity_set: str, name: str) -> Iterator[ConnectionFinding]:
    place = f"{model.name} {entity_set}.{name}"
    remedy = "without it, changes are told by business events alone: use a release of the service that has it"
    try:
        known = model.field(entity_set, name)
    except DefinitionFault as fault:
        yield ConnectionFinding(
            Severity.ERROR, Area.FIELD, f"what has changed cannot be asked for: {fault}", remedy, place
        )
        return
    if not known.filterable:
        words = f"what has changed cannot be asked for: {name} is no field to filter by (sap:filterable)"
        yield ConnectionFinding(Severity.ERROR, Area.FIELD, words, remedy, place)


def written_findings(
    options: Settings, mapping: AccountMapping, document: str, model: ServiceModel
) -> tuple[list[ConnectionFinding], list[SamplePayload]]:
    """What does not take what would be written into a service, and how it would look."""
    sets = _Written(options, mapping, model)
    if document == PRODUCTION_ORDERS and "yields" in options.writes:
        sets.tell_yield()
    if document == INSPECTION_LOTS and "usage_decisions" in options.writes and options.usage_decision is not None:
        sets.tell_decisions(options.usage_decision)
    if document == OUTBOUND_DELIVERIES and "goods_issues" in options.writes:
        sets.tell_goods_issue()
    if document == SALES_ORDERS and "order_outcomes" in options.writes:
        sets.tell_outcomes()
    if document == SALES_ORDERS and "new_sales_orders" in options.writes:
        sets.tell_new_order()
    return sets.findings, sets.made


class _Written:
    """What is written into one service, each as the reaction would."""

    def __init__(self, options: Settings, mapping: AccountMapping, model: ServiceModel) -> None:
        self._options, self._mapping, self._model = options, mapping, model
        self.findings: list[ConnectionFinding] = []
        self.made: list[SamplePayload] = []

    def tell_yield(self) -> None:
        body, quantity = samples.yield_body(), _quantity(self._model, self._mapping)
        values = writing.yield_values(body, "MBQ", quantity, self._mapping)
        self._write("sap.yield", body["run"], "yield", "A_ProcessOrder_2", values)

    def tell_decisions(self, codes: UsageDecisionCodes) -> None:
        for body in samples.decision_bodies():
            values = writing.usage_decision_values("040000000201", codes, accepted=body["accepted"])
            subject = "accepted" if body["accepted"] else "rejected"
            self._write("sap.usage_decision", subject, "", "A_InspLotUsageDecision", values, is_new=True)

    def tell_goods_issue(self) -> None:
        name = self._mapping.fields.get("goods_issue.bill_of_lading")
        values = {name: "020-12345675"} if name else {}
        self._write("sap.goods_issue", "80000301", "goods_issue", "A_OutbDeliveryHeader", values)
        self.findings += _function(self._model, "PostGoodsIssue")

    def tell_outcomes(self) -> None:
        for body in samples.outcome_bodies(_first_site(self._options, self._mapping)):
            try:
                values = writing.outcome_values(body, self._options, self._mapping)
            except Declined as no:
                self.findings.append(_error(Area.MAPPING, f"an outcome cannot be told: {no}", "add the zone", ""))
                return
            self._write("sap.order_outcome", body["outcome"], "order_outcome", "A_SalesOrder", values)

    def tell_new_order(self) -> None:
        product, site = _first(self._mapping, "product"), _first_site(self._options, self._mapping)
        body = samples.new_order_body(product, site)
        try:
            values = writing.new_order_values(body, self._options, self._mapping)
        except Declined as no:
            self.made.append(samples.refused("sap.new_sales_order", body["reference"], body, no))
            remedy = "add the line to the mapping, or the zone to the options"
            self.findings.append(_error(Area.MAPPING, f"no sales order can be made: {no}", remedy, ""))
            return
        self._write("sap.new_sales_order", body["reference"], "sales_order", "A_SalesOrder", values, is_new=True)
        self.findings += _references(self._model, self._mapping)

    def _write(
        self, reaction: str, subject: str, kind: str, entity_set: str, values: Written, *, is_new: bool = False
    ) -> None:
        known, model = self._model.sets.get(entity_set), self._model
        if known is None or not (known.creatable if is_new else known.updatable):
            what = "has no" if known is None else "does not let us make" if is_new else "does not let us change"
            words = f"{model.name} {what} {entity_set}"
            remedy = "use a service that has it, or take the reaction out of options.writes"
            self.findings.append(_error(Area.OBJECT, words, remedy, f"{model.name} {entity_set}"))
            self.made.append(SamplePayload(reaction, subject, "", words))
            return
        found = list(samples.problems(model, known.type, values, is_new=is_new))
        self.made.append(samples.sample(reaction, subject, values, found))
        self.findings += [_problem(model, entity_set, kind, each, self._mapping) for each in found]


def _error(area: Area, words: str, remedy: str, place: str) -> ConnectionFinding:
    return ConnectionFinding(Severity.ERROR, area, words, remedy, place)


def _problem(
    model: ServiceModel, entity_set: str, kind: str, problem: samples.FieldProblem, mapping: AccountMapping
) -> ConnectionFinding:
    names = {theirs: f"{kind}.{ours}" for ours, theirs in mapping.of_kind(kind).items()} if kind else {}
    items = mapping.of_kind("sales_order_item")
    names |= {f"to_Item.{theirs}": f"sales_order_item.{ours}" for ours, theirs in items.items()}
    ours = names.get(problem.field, "")
    remedy = _MAY if "sap:" in problem.words else _EXISTS if "there is no" in problem.words else _FITS
    area = Area.PERMISSION if "sap:" in problem.words else Area.FIELD
    place = f"{model.name} {entity_set}.{problem.field}"
    return ConnectionFinding(Severity.ERROR, area, problem.words, remedy, place, ours, ("fields", ours) if ours else ())


def _quantity(model: ServiceModel, mapping: AccountMapping) -> TypedField | None:
    name, known = mapping.fields.get("yield.activity_mbq"), model.sets.get("A_ProcessOrder_2")
    if name is None or known is None:
        return None
    # A field that SAP has not is written all the same here, so that it is told.
    return known.type.fields.get(name) or TypedField(name, EdmType.DECIMAL, scale=3)


def _function(model: ServiceModel, name: str) -> list[ConnectionFinding]:
    try:
        model.function(name)
    except DefinitionFault as fault:
        remedy = "activate version 2 of the service, which has it (;v=0002)"
        return [ConnectionFinding(Severity.ERROR, Area.SERVICE, str(fault), remedy, f"{model.name} {name}")]
    return []


def _references(model: ServiceModel, mapping: AccountMapping) -> list[ConnectionFinding]:
    """A reference of ours may have more characters than the field by which a sales order is found again."""
    ours = "sales_order.order_reference"
    name, known = mapping.fields.get(ours, ""), model.sets["A_SalesOrder"].type.fields
    most = known[name].length_max if name in known else None
    if most is None or most >= REFERENCE_CHARACTERS_MAX:
        return []
    words = f"{name} takes {most} characters, and an order reference may have {REFERENCE_CHARACTERS_MAX}"
    remedy = f"have those who order keep to {most} characters; of a longer one no sales order is made"
    place = f"{model.name} A_SalesOrder.{name}"
    return [ConnectionFinding(Severity.WARNING, Area.FIELD, words, remedy, place, ours, ("fields", ours))]


def _first(mapping: AccountMapping, table: str) -> str:
    return next(iter(mapping.tables.get(table, {}).values()), f"{table}s/example")


def _first_site(options: Settings, mapping: AccountMapping) -> str:
    sites = list(mapping.tables.get("site", {}).values())
    return next((each for each in sites if each in options.site_zones), sites[0] if sites else "sites/example")
