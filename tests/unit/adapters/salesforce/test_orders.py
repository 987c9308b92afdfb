"""A record of Salesforce becomes an order, or says which of its fields is wrong."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from doselane.slotting.v1.order_pb2 import DoseOrder

from adapters.crm_salesforce.orders import OrderRecord, order_of
from adapters.crm_salesforce.settings import SHAPE, Settings, settings
from adapters.host.mappings import mapping_of
from adapters.manifest import Refused
from services.kernel.timestamps import instant

YAML = """\
version: 1
tables:
  order_state: {Submitted: WANTED, Cancelled: WITHDRAWN, Draft: DRAFT}
  product: {LU-177: products/lu-ligand}
"""
RECORD = {
    "Id": "a0B5e000001XyZ1EAK",
    "Order_Reference__c": "PO-7/1",
    "Status__c": "Submitted",
    "LastModifiedDate": "2026-12-01T08:00:00.250+0000",
    "Product__c": "LU-177",
    "Site__c": "sites/lakeside",
    "Administration_From__c": "2026-12-03T08:00:00.000Z",
    "Administration_Until__c": "2026-12-03T14:30:00+02:00",
    "Activity_MBq__c": 7400.5,
    "Patient_Reference__c": "NL-0042",
    "OwnerId": "0055e000001AbcD",
}


def read(changes: Mapping[str, Any] = {}, *, yaml: str = YAML, options: Settings = Settings(), **of: Any) -> Any:
    fields = {name: value for name, value in {**RECORD, **changes}.items() if value is not ...}
    record = OrderRecord(fields, **{"kind": "order", "place": "/record", **of})
    return order_of(record, mapping_of("m", yaml, SHAPE).mapping, options)


def refused(changes: Mapping[str, Any] = {}, **of: Any) -> Refused:
    with pytest.raises(Refused) as raised:
        read(changes, **of)
    return raised.value


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def test_a_whole_record() -> None:
    order = read()
    assert (order.order_reference, order.system_reference) == ("PO-7/1", "a0B5e000001XyZ1EAK")
    assert (order.state, order.product, order.site) == (DoseOrder.WANTED, "products/lu-ligand", "sites/lakeside")
    assert instant(order.state_time, "") == at(2026, 12, 1, 8, 0, 0, 250_000)
    assert instant(order.administration_interval.start_time, "") == at(2026, 12, 3, 8)
    assert instant(order.administration_interval.end_time, "") == at(2026, 12, 3, 12, 30)
    assert (order.activity_mbq, order.patient_reference) == (7400.5, "NL-0042")


@pytest.mark.parametrize("day", [(1900, 1, 1), (2199, 12, 31)])
def test_the_first_and_the_last_day_of_the_calendar_are_days(day: tuple[int, int, int]) -> None:
    begin, end = at(*day), at(*day, 23, 59)
    order = read({"Administration_From__c": begin.isoformat(), "Administration_Until__c": end.isoformat()})
    assert instant(order.administration_interval.start_time, "") == begin


def test_what_an_order_need_not_say_is_absent() -> None:
    order = read({"Activity_MBq__c": None, "Patient_Reference__c": "", "Id": ...})
    assert not order.HasField("activity_mbq")
    assert (order.patient_reference, order.system_reference) == ("", "")


def test_a_platform_event_has_instants_in_milliseconds() -> None:
    times = {"Administration_From__c": 1796284800000, "Administration_Until__c": 1796288400000}
    order = read({**times, "CreatedDate": 1796000000001, "Order_Id__c": "a0B1"}, kind="request")
    assert instant(order.administration_interval.start_time, "") == at(2026, 12, 3, 8)
    assert instant(order.state_time, "") == at(2026, 11, 30, 0, 53, 20, 1_000)
    assert order.system_reference == "a0B1"


def test_milliseconds_before_1970_and_beyond_the_calendar() -> None:
    assert instant(read({"LastModifiedDate": -1}).state_time, "") == at(1969, 12, 31, 23, 59, 59, 999_000)
    for beyond in (-(10**16), 10**400):
        assert refused({"LastModifiedDate": beyond}).reason == "FIELD_NOT_VALID"


def test_without_an_end_the_accounts_minutes_hold_and_without_those_nothing_is_guessed() -> None:
    order = read({"Administration_Until__c": None}, options=Settings(administration_minutes=90))
    assert instant(order.administration_interval.end_time, "") == at(2026, 12, 3, 9, 30)
    found = refused({"Administration_Until__c": None})
    assert (found.reason, found.place) == ("FIELD_MISSING", "/record/Administration_Until__c")
    assert "options.administration_minutes" in found.detail


def test_a_draft_is_no_order_and_a_withdrawn_one_needs_no_more_than_its_name() -> None:
    assert read({"Status__c": "Draft", "Product__c": ...}) is None
    gone = read({"Status__c": "Cancelled", "Product__c": ..., "Site__c": None, "Administration_From__c": "x"})
    assert (gone.state, gone.order_reference, gone.product) == (DoseOrder.WITHDRAWN, "PO-7/1", "")
    assert read({"Status__c": ...}, deleted=True).state == DoseOrder.WITHDRAWN


@pytest.mark.parametrize(
    ("changes", "reason", "field", "words"),
    [
        ({"Order_Reference__c": ...}, "FIELD_MISSING", "Order_Reference__c", "Order_Reference__c (order_reference) is"),
        ({"Order_Reference__c": 7}, "FIELD_NOT_VALID", "Order_Reference__c", "must be a text, and is 7"),
        ({"Status__c": "Shipped"}, "WORD_UNKNOWN", "Status__c", "'Shipped', which no line of tables.order_state"),
        ({"Status__c": None}, "FIELD_MISSING", "Status__c", "is required"),
        ({"Product__c": "AC-225"}, "WORD_UNKNOWN", "Product__c", "a line for it into tables.product"),
        ({"Site__c": "products/a"}, "WORD_UNKNOWN", "Site__c", "a line for it into tables.site"),
        ({"Administration_From__c": None}, "FIELD_MISSING", "Administration_From__c", "is required"),
        ({"Administration_From__c": "2026-12-03T08:00:00"}, "FIELD_NOT_VALID", "Administration_From__c", "its offset"),
        ({"Administration_From__c": "2026-02-30T08:00:00Z"}, "FIELD_NOT_VALID", "Administration_From__c", "2026-02-30"),
        ({"Administration_From__c": "1899-12-31T23:59:59Z"}, "FIELD_NOT_VALID", "Administration_From__c", "1900"),
        ({"Administration_From__c": "2200-01-01T00:00:00Z"}, "FIELD_NOT_VALID", "Administration_From__c", "2200"),
        ({"Administration_From__c": True}, "FIELD_NOT_VALID", "Administration_From__c", "must be an instant"),
        ({"Activity_MBq__c": 0}, "FIELD_NOT_VALID", "Activity_MBq__c", "above zero"),
        ({"Activity_MBq__c": float("nan")}, "FIELD_NOT_VALID", "Activity_MBq__c", "above zero"),
        ({"Activity_MBq__c": True}, "FIELD_NOT_VALID", "Activity_MBq__c", "must be a number"),
        ({"Activity_MBq__c": "7400"}, "FIELD_NOT_VALID", "Activity_MBq__c", "must be a number"),
        ({"LastModifiedDate": ...}, "FIELD_MISSING", "LastModifiedDate", "(state_time) is required"),
    ],
)
def test_what_is_wrong_names_their_field_and_ours(
    changes: Mapping[str, Any], reason: str, field: str, words: str
) -> None:
    found = refused(changes)
    assert (found.reason, found.place) == (reason, f"/record/{field}")
    assert words in found.detail


def test_a_field_that_is_left_out_of_the_mapping_is_not_read() -> None:
    yaml = YAML + "fields: {order.activity_mbq: null, order.product: null}\n"
    found = refused({"Product__c": "LU-177"}, yaml=yaml)
    assert (found.reason, found.place) == ("FIELD_MISSING", "/record/product")
    assert "product, which the mapping leaves out, is required" in found.detail


def test_a_custom_field_is_read_where_the_mapping_says() -> None:
    order = read({"Ref__c": "PO-8"}, yaml=YAML + "fields: {order.order_reference: Ref__c}\n")
    assert order.order_reference == "PO-8"


def test_options_are_read_and_each_mistake_is_named() -> None:
    given = {
        "api_version": "67.0",
        "order_event": "Dose_Order_Request__e",
        "order_changes": False,
        "administration_minutes": 44640,
        "hosts": ["northlake.example"],
        "calls_percent_max": 100,
    }
    read = settings(given)
    assert (read.api_version, read.order_event, read.hosts) == ("67.0", "Dose_Order_Request__e", ("northlake.example",))
    assert settings({}) == Settings()
    with pytest.raises(ValueError, match=r"options\.order_event must name a platform event"):
        settings({"order_changes": False})
    with pytest.raises(ValueError, match="there is no option") as raised:
        settings(
            {
                "user": "x",
                "api_version": "66",
                "order_object": "a-b",
                "order_event": "Request__c",
                "administration_minutes": 0,
                "calls_percent_max": 101,
                "doses_over": "FAX",
                "hosts": "a",
                "order_changes": "yes",
                "pubsub_url": "ftp://x",
            }
        )
    said = str(raised.value)
    assert said.startswith("there is no option 'user'; ")
    for name in (
        "api_version",
        "order_object",
        "order_event",
        "administration_minutes",
        "calls_percent_max",
        "hosts",
        "doses_over",
    ):
        assert f"options.{name} must be " in said
    for wrong in (44641, True, 1.5):
        with pytest.raises(ValueError, match="administration_minutes"):
            settings({"administration_minutes": wrong})
