"""Planned independent requirements of a product, as the demand that they are of each region: pure.

SAP plans by area and period; a demand is by region and week. Days are added up to their week, a month is refused: how a
month is spread over its weeks is nobody's to guess.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from doselane.erp.v1.erp_pb2 import Demand, DemandWeek
from google.type.date_pb2 import Date

from adapters.erp_sap.documents import RecordFields, SapDocument
from adapters.erp_sap.words import PIECES, our_word
from adapters.mapping import AccountMapping
from services.kernel.rpc.shape import greatest

# Of the types of periods these two were seen; others have a line in tables.period.
PERIODS: Mapping[str, str] = {"D": "DAY", "W": "WEEK"}
DOSES_MAX = greatest(DemandWeek, "doses")
_LONGEST_PERIOD = timedelta(days=31)


def demands(document: SapDocument, names: Mapping[str, str], mapping: AccountMapping) -> Iterator[tuple[str, Demand]]:
    """What is needed from this week on, under the name of product and region.

    A region of which nothing at all is planned is not told of.
    """
    this_week = _monday(document.read_at.date())
    needed: dict[tuple[str, str], dict[date, int]] = {}
    for item in document.each("item"):
        where = our_word(item, "Product", mapping, "product"), our_word(item, names["area"], mapping, "region")
        weeks = needed.setdefault(where, {this_week: 0})
        begins, doses = item.day(names["date"]), _doses(item, names)
        week = _monday(begins)
        if not doses or begins < this_week - _LONGEST_PERIOD:
            continue
        _require_within_week(item, names["period"], mapping)
        if week >= this_week:
            weeks[week] = weeks.get(week, 0) + doses
            if weeks[week] > DOSES_MAX:
                raise item.wrong(names["quantity"], f"makes more than {DOSES_MAX} doses of the week of {week}")
    for (product, region), weeks in sorted(needed.items()):
        told = [
            DemandWeek(week_start_date=Date(year=week.year, month=week.month, day=week.day), doses=doses)
            for week, doses in sorted(weeks.items())
            if doses or week == this_week
        ]
        yield f"{product} {region}", Demand(product=product, region=region, weeks=told, state_time=document.stamp)


def _require_within_week(item: RecordFields, name: str, mapping: AccountMapping) -> None:
    given = item.needed(name)
    if (mapping.ours("period", given) or PERIODS.get(given)) is None:
        words = f"is {given[:10]!r}, which is neither a week nor a day; plan by these, or write a line for it into"
        raise item.wrong(name, f"{words} tables.period", "WORD_UNKNOWN")


def _doses(item: RecordFields, names: Mapping[str, str]) -> int:
    quantity, unit = item.decimal(names["quantity"]), item.needed(names["unit"]).upper()
    if unit not in PIECES:
        raise item.wrong(names["unit"], f"is {unit[:10]!r}, and doses are pieces", "UNIT_UNKNOWN")
    if quantity < 0 or quantity > DOSES_MAX or quantity != quantity.to_integral_value():
        raise item.wrong(names["quantity"], f"is {quantity:f}, and must be whole doses, at most {DOSES_MAX}")
    return int(quantity)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
