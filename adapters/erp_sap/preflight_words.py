"""The words, zones and terms of an account: whether what SAP says has a meaning here, and the other way round. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from adapters.erp_sap.settings import (
    OUTBOUND_DELIVERIES,
    PLANNED_REQUIREMENTS,
    PRODUCTION_ORDERS,
    SALES_ORDERS,
    Settings,
)
from adapters.erp_sap.words import KBQ_OF_UNIT, PIECES
from adapters.mapping import AccountMapping
from adapters.preflight import Area, ConnectionFinding, Severity

Record = Mapping[str, Any]
_LISTED_MAX = 10
SOLD_TO = "SoldToParty"
DECISION_CODE, VALUATION = "InspectionLotUsageDecisionCode", "InspLotUsageDecisionValuation"


class AccountTerms(Protocol):
    """What an account says of itself."""

    settings: Settings
    mapping: AccountMapping
    manufacturer: bool


def option_findings(of: AccountTerms) -> Iterator[ConnectionFinding]:
    """What options and mapping leave open, without a look at SAP."""
    options, mapping = of.settings, of.mapping
    sells = SALES_ORDERS in options.reads or "new_sales_orders" in options.writes
    if PRODUCTION_ORDERS in options.reads:
        yield from _needs(mapping, "product", "line")
        if not options.plant_zones:
            yield _error("options.plant_zones is empty, so no planned time is known", "name the zone of each plant")
        for theirs, ours in mapping.tables.get("product", {}).items():
            if ours not in options.production:
                words = f"{ours} has no terms in options.production, so its process orders are refused"
                yield _error(words, f"add options.production for {ours}", ("tables", "product", theirs), ours)
    if sells:
        yield from _needs(mapping, "product", "site")
        for theirs, ours in mapping.tables.get("site", {}).items():
            if ours not in options.site_zones:
                words = f"{ours} has no zone in options.site_zones, so the day of its orders is not known"
                yield _error(words, f"add the zone of {ours}", ("tables", "site", theirs), ours)
    if PLANNED_REQUIREMENTS in options.reads:
        yield from _needs(mapping, "product", "region")
    if OUTBOUND_DELIVERIES in options.reads or (of.manufacturer and SALES_ORDERS in options.reads):
        yield from _needs(mapping, "partner")
    codes = options.usage_decision
    if codes is not None and "usage_decisions" in options.writes:
        for code, wanted in ((codes.accepted, "ACCEPTED"), (codes.rejected, "REJECTED")):
            if mapping.ours("usage_decision", code) not in (None, wanted):
                words = f"the code {code!r} is written for {wanted}, and tables.usage_decision reads it as the contrary"
                yield _error(words, "make both say the same", ("tables", "usage_decision", code))


def word_findings(of: AccountTerms, document: str, records: Sequence[Record]) -> Iterator[ConnectionFinding]:
    """What the first documents say that has no meaning here; such documents are refused when they are read."""
    options, mapping = of.settings, of.mapping

    def unknown(ours: str, known: Any) -> list[str]:
        name = mapping.fields.get(ours, ours)
        values = {str(each[name]).strip() for each in records if each.get(name)}
        return sorted(value for value in values if not known(value))

    def has_line(value: str, table: str) -> bool:
        return (mapping.ours(table, value) or mapping.ours(table, value.lstrip("0"))) is not None

    if document == SALES_ORDERS and of.manufacturer:
        parties = unknown(SOLD_TO, partial(has_line, table="partner"))
        yield from _unknown(SOLD_TO, parties, "has no line in tables.partner", "say whose orders they are", "sales")
    if document != PRODUCTION_ORDERS:
        return
    zones = unknown("production_order.plant", lambda plant: plant in options.plant_zones)
    yield from _unknown("production_order.plant", zones, "has no zone in options.plant_zones", "add the zone")
    for table in ("product", "line"):
        ours = f"production_order.{table}"
        told = f"has no line in tables.{table}"
        yield from _unknown(
            ours, unknown(ours, partial(has_line, table=table)), told, "add a line, unless it is no product of ours"
        )
    units = unknown("production_order.unit", lambda unit: unit.upper() in {*KBQ_OF_UNIT, *PIECES})
    yield from _unknown("production_order.unit", units, "is neither activity nor pieces", "plan in such a unit")


def code_findings(of: AccountTerms, records: Sequence[Record]) -> Iterator[ConnectionFinding]:
    """What usage decisions that SAP has say of the codes that we write and read."""
    codes, mapping = of.settings.usage_decision, of.mapping
    valued = {str(each.get(DECISION_CODE) or ""): str(each.get(VALUATION) or "") for each in records}
    for code, valuation in list(valued.items())[:_LISTED_MAX]:
        if valuation not in ("A", "R") and code and mapping.ours("usage_decision", code) is None:
            words = f"SAP has usage decisions with the code {code!r} and no valuation: they decide nothing here"
            remedy = "add a line to tables.usage_decision"
            yield ConnectionFinding(Severity.WARNING, Area.MAPPING, words, remedy, code, "usage_decision")
    if codes is None or "usage_decisions" not in of.settings.writes:
        return
    for code, wanted in ((codes.accepted, "A"), (codes.rejected, "R")):
        if valued.get(code, wanted) not in ("", wanted):
            words = f"SAP values the code {code!r} as {valued[code]!r}, and we would write it for {wanted!r}"
            remedy = "name the right codes in options.usage_decision"
            yield ConnectionFinding(Severity.WARNING, Area.MAPPING, words, remedy, code, "usage_decision")


def _unknown(
    ours: str, values: Sequence[str], words: str, remedy: str, orders: str = "process"
) -> Iterator[ConnectionFinding]:
    for value in values[:_LISTED_MAX]:
        said = f"SAP has {orders} orders with {ours.rpartition('.')[2]} {value!r}, which {words}: they are refused"
        yield ConnectionFinding(Severity.WARNING, Area.MAPPING, said, remedy, value, ours)


def _needs(mapping: AccountMapping, *tables: str) -> Iterator[ConnectionFinding]:
    for table in tables:
        if not mapping.tables.get(table):
            yield _error(f"tables.{table} has no line, so every document is refused", f"add lines to tables.{table}")


def _error(words: str, remedy: str, mapped: tuple[str, ...] = (), ours: str = "") -> ConnectionFinding:
    return ConnectionFinding(Severity.ERROR, Area.MAPPING, words, remedy, ours=ours, mapped=mapped)
