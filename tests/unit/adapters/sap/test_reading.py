"""Which documents have changed: asked for oldest first, from where the last sweep ended, and none is left out."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from adapters.erp_sap.odata.addresses import EntityQuery
from adapters.erp_sap.odata.entities import EntitiesPage, SapEntity
from adapters.erp_sap.odata.metadata import read_v2
from adapters.erp_sap.odata.model import ServiceModel
from adapters.erp_sap.reading import KINDS, Sweep, changed, read_document
from adapters.erp_sap.settings import INSPECTION_LOTS, OUTBOUND_DELIVERIES, PRODUCTION_ORDERS, SALES_ORDERS
from adapters.outbound import Away, Declined
from adapters.sandbox.sap.edmx import packaged

NOW = datetime(2026, 12, 31, 6, 15, 30, tzinfo=UTC)
SERVICES = {
    PRODUCTION_ORDERS: "API_PROCESS_ORDER_2_SRV",
    INSPECTION_LOTS: "API_INSPECTIONLOT_SRV",
    OUTBOUND_DELIVERIES: "API_OUTBOUND_DELIVERY_SRV",
    SALES_ORDERS: "API_SALES_ORDER_SRV",
}
MODELS = {document: read_v2(name, packaged()[name]) for document, name in SERVICES.items()}


def of_days(model: ServiceModel, entity_set: str) -> ServiceModel:
    """The service as it is where it says of its DateTimes that they are days of the calendar."""
    known = model.entity_set(entity_set)
    fields = {name: replace(each, is_date="Date" in name) for name, each in known.type.fields.items()}
    of = replace(known, type=replace(known.type, fields=fields))
    return replace(model, sets={**model.sets, entity_set: of})


an_instant = datetime.fromisoformat
DAYS = of_days(MODELS[OUTBOUND_DELIVERIES], "A_OutbDeliveryHeader")


@dataclass
class Kept:
    """A service that answers what it is given, in pages of `size`, and keeps what it was asked."""

    document: str
    given: list[tuple[str, Any]] = field(default_factory=list)  # number and stamp
    size: int = 100
    days: bool = False
    asked: list[EntityQuery] = field(default_factory=list)

    def service(self, document: str) -> Any:
        assert document == self.document
        return self

    def now(self) -> datetime:
        return NOW

    async def model(self) -> ServiceModel:
        return DAYS if self.days else MODELS[self.document]

    async def pages(self, entity_set: str, query: EntityQuery) -> AsyncIterator[EntitiesPage]:
        kind = KINDS[self.document]
        assert entity_set == kind.entity_set
        self.asked.append(query)
        entity = MODELS[self.document].entity_set(entity_set).type
        found = [SapEntity(entity, {kind.key: number, query.select[1]: at}) for number, at in self.given]
        for begin in range(0, len(found), self.size):
            yield EntitiesPage(found[begin : begin + self.size])

    async def read(self, entity_set: str, key: str, **asked: Any) -> None:
        self.keys = (entity_set, key)


def only(kept: Kept) -> EntityQuery:
    (query,) = kept.asked
    return query


FIRST: Mapping[tuple[str, str, bool], str] = {
    (PRODUCTION_ORDERS, "LastChangeDateTime", False): "LastChangeDateTime ge '20261201061530'",
    (INSPECTION_LOTS, "ChangedDateTime", False): "ChangedDateTime ge datetimeoffset'2026-12-01T06:15:30Z'",
    (OUTBOUND_DELIVERIES, "LastChangeDate", True): "LastChangeDate ge datetime'2026-12-01T00:00:00'",
    (OUTBOUND_DELIVERIES, "LastChangeDate", False): "LastChangeDate ge datetime'2026-12-01T06:15:30'",
    (OUTBOUND_DELIVERIES, "CreationDate", False): "CreationDate ge datetime'2026-12-01T06:15:30'",
    (SALES_ORDERS, "LastChangeDateTime", False): "LastChangeDateTime ge datetimeoffset'2026-12-01T06:15:30Z'",
}


@pytest.mark.parametrize(("document", "name", "days"), FIRST)
async def test_a_new_account_asks_for_what_was_changed_in_the_last_thirty_days(
    document: str, name: str, days: bool
) -> None:
    kept = Kept(document, days=days)
    numbers, sweep, more = await changed(kept, document, name, "")
    query = only(kept)
    assert query.filter == FIRST[document, name, days]
    assert (query.select, query.order_by, query.top) == ((KINDS[document].key, name), (name, KINDS[document].key), 10)
    assert (numbers, more) == ([], False)
    # Nothing was found, so the next sweep begins at the same place, and not thirty days before another now.
    again = Kept(document, days=days)
    _, after, _ = await changed(again, document, name, sweep.written())
    assert (only(again).filter, after) == (query.filter, sweep)


@pytest.mark.parametrize(
    ("document", "name", "last", "since"),
    [
        (PRODUCTION_ORDERS, "LastChangeDateTime", "20261230000030", "20261229235930"),
        (INSPECTION_LOTS, "ChangedDateTime", an_instant("2026-12-30T00:00:30+00:00"), "2026-12-29T23:59:30.000000"),
        (SALES_ORDERS, "LastChangeDateTime", an_instant("2026-12-30T08:01:00.000001Z"), "2026-12-30T08:00:00.000001"),
        (OUTBOUND_DELIVERIES, "LastChangeDate", an_instant("2026-12-30T00:00"), "2026-12-29T23:59:00.000000"),
        (OUTBOUND_DELIVERIES, "LastChangeDate", date(2026, 12, 30), "2026-12-29"),
    ],
)  # fmt: skip
async def test_a_sweep_that_is_over_begins_again_a_moment_before_its_last_stamp(
    document: str, name: str, last: Any, since: str
) -> None:
    kept = Kept(document, [("8", last), ("9", last)], days=type(last) is date)
    numbers, sweep, more = await changed(kept, document, name, "")
    assert (numbers, sweep, more) == (["8", "9"], Sweep(since), False)


@pytest.mark.parametrize("stamp", ["", "0", "20261230", "2026-12-30T00:00:30", "20260230000000", None])
async def test_a_stamp_that_is_no_time_is_told_and_ends_nothing(stamp: Any) -> None:
    kept = Kept(PRODUCTION_ORDERS, [("8", stamp)])
    with pytest.raises(Away, match="changed"):
        await changed(kept, PRODUCTION_ORDERS, "LastChangeDateTime", "")


async def test_an_answer_without_the_field_that_was_asked_for_is_told() -> None:
    kept = Kept(PRODUCTION_ORDERS, [("8", "20261230000030")])
    with pytest.raises(Away, match=r"the answer holds no A_ProcessOrder_2Type\.LastChangeDateTime"):
        await changed(Nameless(PRODUCTION_ORDERS, kept.given), PRODUCTION_ORDERS, "LastChangeDateTime", "")


class Nameless(Kept):
    """One whose answers lack the stamp."""

    async def pages(self, entity_set: str, query: EntityQuery) -> AsyncIterator[EntitiesPage]:
        async for page in super().pages(entity_set, query):
            key = query.select[0]
            yield EntitiesPage([replace(each, values={key: each.values[key]}) for each in page.entities])


async def test_a_sweep_never_goes_back_behind_where_it_began() -> None:
    begun = Sweep("20261230000000")
    kept = Kept(PRODUCTION_ORDERS, [("8", "20261230000010")])
    _, sweep, _ = await changed(kept, PRODUCTION_ORDERS, "LastChangeDateTime", begun.written())
    assert sweep == begun


async def test_ten_are_read_at_once_and_the_sweep_goes_on_after_the_last_of_them() -> None:
    at = datetime(2026, 12, 30, 8, tzinfo=UTC)
    many = Kept(SALES_ORDERS, [(str(number), at) for number in range(20, 32)], size=4)
    numbers, sweep, more = await changed(many, SALES_ORDERS, "LastChangeDateTime", "")
    stamp = "2026-12-30T08:00:00.000000"
    assert (numbers, more) == ([str(number) for number in range(20, 30)], True)
    assert sweep == Sweep("2026-12-01T06:15:30.000000", (stamp, "29"), stamp)
    rest = Kept(SALES_ORDERS, [("30", at), ("31", at)])
    numbers, sweep, more = await changed(rest, SALES_ORDERS, "LastChangeDateTime", sweep.written())
    literal = "datetimeoffset'2026-12-30T08:00:00Z'"
    after = f"(LastChangeDateTime gt {literal}) or ((LastChangeDateTime eq {literal}) and (SalesOrder gt '29'))"
    assert only(rest).filter == after
    assert (numbers, sweep, more) == (["30", "31"], Sweep("2026-12-30T07:59:00.000000"), False)


async def test_nine_are_the_last_and_after_ten_there_may_be_none() -> None:
    days = [(str(number), date(2026, 12, 20)) for number in range(10)]
    nine, ten = (Kept(OUTBOUND_DELIVERIES, days[:count], days=True) for count in (9, 10))
    assert (await changed(nine, OUTBOUND_DELIVERIES, "CreationDate", ""))[2] is False
    _, sweep, more = await changed(ten, OUTBOUND_DELIVERIES, "CreationDate", "")
    assert more is True
    over = Kept(OUTBOUND_DELIVERIES, days=True)
    found = await changed(over, OUTBOUND_DELIVERIES, "CreationDate", sweep.written())
    day = "datetime'2026-12-20T00:00:00'"
    assert only(over).filter == f"(CreationDate gt {day}) or ((CreationDate eq {day}) and (DeliveryDocument gt '9'))"
    assert found == ([], Sweep("2026-12-19"), False)


async def test_a_wall_time_and_a_time_with_another_offset_are_stamps_in_utc() -> None:
    for at in map(an_instant, ("2026-12-30T09:30", "2026-12-30T18:30+09:00")):
        _, sweep, _ = await changed(Kept(SALES_ORDERS, [("8", at)]), SALES_ORDERS, "LastChangeDateTime", "")
        assert sweep == Sweep("2026-12-30T09:29:00.000000")


async def test_a_document_without_a_stamp_holds_the_sweep_up() -> None:
    with pytest.raises(Away, match="does not say when a document was changed"):
        await changed(Kept(SALES_ORDERS, [("8", None)]), SALES_ORDERS, "LastChangeDateTime", "")


async def test_a_field_that_the_service_does_not_have_is_declined_by_name() -> None:
    with pytest.raises(Declined, match="there is no field ChangedOn"):
        await changed(Kept(SALES_ORDERS), SALES_ORDERS, "ChangedOn", "")


@pytest.mark.parametrize("sweep", [Sweep(), Sweep("2026"), Sweep("2026-12-01", ("2026-12-02", "9"), "2026-12-02")])
def test_a_cursor_is_read_as_it_was_written(sweep: Sweep) -> None:
    assert Sweep.read(sweep.written()) == sweep
    assert Sweep.read("") == Sweep()


@pytest.mark.parametrize(
    ("document", "number", "asked"),
    [
        (PRODUCTION_ORDERS, "1000101", ("A_ProcessOrder_2", "000001000101")),
        (SALES_ORDERS, "7", ("A_SalesOrder", "0000000007")),
        (SALES_ORDERS, "X7", ("A_SalesOrder", "X7")),
    ],
)
async def test_a_document_is_asked_for_by_the_number_that_sap_keeps(
    document: str, number: str, asked: tuple[str, str]
) -> None:
    kept = Kept(document)
    assert await read_document(kept, document, number) is None
    assert kept.keys == asked


async def test_a_clock_with_parts_of_a_second_asks_in_whole_ones() -> None:
    class Finer(Kept):
        def now(self) -> datetime:
            return NOW.replace(microsecond=123456)

    for document, kind in KINDS.items():
        if document in MODELS:
            sap = Finer(document)
            await changed(sap, document, kind.changed[0], "")
            assert len(sap.asked) == 1


async def test_a_stamp_of_the_future_does_not_hide_what_changes_before_it() -> None:
    last_day = date(9999, 12, 31)
    sap = Kept(OUTBOUND_DELIVERIES, [("80000301", last_day)], days=True)
    _, sweep, more = await changed(sap, OUTBOUND_DELIVERIES, "LastChangeDate", "")
    assert (sweep.since, more) == ("2026-12-30", False)
    full = Kept(OUTBOUND_DELIVERIES, [(f"8000030{n}", last_day) for n in range(10)], days=True)
    _, sweep, more = await changed(full, OUTBOUND_DELIVERIES, "LastChangeDate", "")
    assert more
    full.given = []
    _, sweep, more = await changed(full, OUTBOUND_DELIVERIES, "LastChangeDate", sweep.written())
    assert (sweep.since, more) == ("2026-12-30", False)
