"""Which records an event of the bus sends us to, and how what was read of them is kept and understood."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.crm_salesforce.changes import _bodies, _named, changes_topic
from adapters.crm_salesforce.pubsub.message import event_body, reread_body
from adapters.crm_salesforce.settings import SHAPE, Settings
from adapters.crm_salesforce.translate import SalesforceReader
from adapters.host.mappings import mapping_of
from adapters.manifest import Incoming, Refused, Translation
from adapters.mapping import Mapped
from adapters.sandbox.salesforce.bus import USER, BusEvent, SalesforceBus
from services.kernel.clock import VirtualClock
from tests.unit.adapters.salesforce.test_orders import RECORD, YAML

AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
ORDER, TOPIC = "Dose_Order__c", "/data/Dose_Order__ChangeEvent"
READER = SalesforceReader(Mapped(Settings(), mapping_of("m", YAML, SHAPE).mapping))
SAID = {"Name": "O-1"}


def body(tell: Callable[[SalesforceBus], BusEvent]) -> bytes:
    """An event of an organisation, as it is kept."""
    bus = SalesforceBus(VirtualClock(AT))
    bus.define_object(ORDER, {"Name": "string"})
    event = tell(bus)
    return event_body(TOPIC, event.event_id, event.schema_id, bus.schemas[event.schema_id], b"\1", event.payload)


def changed(*records: str) -> bytes:
    return body(lambda bus: bus.record_changed(ORDER, records, None, SAID))


def gap(*records: str, kind: str = "GAP_UPDATE") -> bytes:
    return body(lambda bus: bus.gap(ORDER, records, kind))


def test_the_records_that_events_are_about_are_read_once_in_their_order() -> None:
    assert _named([changed("b", "a"), gap("c", "a"), changed("b")], "") == (["b", "a", "c"], False)
    assert _named([], "") == ([], False)


def test_what_we_wrote_ourselves_is_not_read_again_and_a_gap_always_is() -> None:
    assert _named([changed("a")], USER) == ([], False)
    assert _named([changed("a")], "005000000000123AAA") == (["a"], False)
    assert _named([gap("a")], USER) == (["a"], False)


@pytest.mark.parametrize(
    "lost", [reread_body(TOPIC, b"\1"), gap(kind="GAP_OVERFLOW"), b"{", b"[]", changed("a0X*"), gap("c", "a0X*")]
)
def test_where_the_events_do_not_tell_all_the_orders_of_some_days_are_read(lost: bytes) -> None:
    assert _named([changed("a"), lost, changed("b")], "") == ([], True)


def test_records_are_kept_fifty_at_a_time_without_what_rest_adds() -> None:
    records = [{"Id": str(number), "attributes": {"type": ORDER}} for number in range(101)]
    kept = [json.loads(each)["records"] for each in _bodies(records)]
    assert [len(each) for each in kept] == [50, 50, 1]
    assert [each for part in kept for each in part] == [{"Id": str(number)} for number in range(101)]
    assert _bodies([]) == []


def test_the_topic_of_an_objects_changes() -> None:
    assert changes_topic(Settings()) == TOPIC
    assert changes_topic(Settings(order_object="Treatment__c")) == "/data/Treatment__ChangeEvent"


def read(value: Any) -> Translation:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return READER.translate(Incoming("x", raw, {}, AT))


def test_each_record_is_a_fact_and_one_that_cannot_be_read_keeps_back_none_of_the_others() -> None:
    gone = {**RECORD, "Order_Reference__c": "PO-8", "IsDeleted": True}
    found = read({"records": [RECORD, {**RECORD, "Product__c": "?"}, gone, {**RECORD, "Status__c": "Draft"}]})
    told = [(fact.index, fact.event_id, fact.kind, fact.said.order_reference) for fact in found.facts]
    assert told == [(0, "PO-7/1", "WANTED", "PO-7/1"), (2, "PO-8", "WITHDRAWN", "PO-8")]
    assert {index: refused.place for index, refused in found.refused.items()} == {1: "/records/1/Product__c"}
    assert found.proceeds


def test_a_record_says_one_thing_under_one_key_and_another_once_it_has_changed() -> None:
    def fact(**changes: Any) -> tuple[str, bytes]:
        (found,) = read({"records": [{**RECORD, **changes}]}).facts
        return found.key, found.content

    assert fact() == fact(OwnerId="another")
    assert fact()[0] != fact(Activity_MBq__c=1)[0] != fact(LastModifiedDate="2026-12-01T08:00:01Z")[0]
    assert fact()[0].startswith("a0B5e000001XyZ1EAK 2026-12-01T08:00:00.250+0000 ")


def test_a_body_of_which_nothing_can_be_taken_is_refused() -> None:
    with pytest.raises(Refused) as raised:
        read({"records": [{**RECORD, "Site__c": None}, {**RECORD, "Product__c": "?"}]})
    assert raised.value.place == "/records/0/Site__c"
    for wrong in ("x", [7], None):
        with pytest.raises(Refused) as raised:
            read({"records": wrong})
        assert (raised.value.reason, raised.value.place) == ("BODY_NOT_RECORDS", "/records")
    drafts = read({"records": [{**RECORD, "Status__c": "Draft"}, {**RECORD, "Product__c": "?"}]})
    assert (drafts.facts, list(drafts.refused)) == ((), [1])
    assert read({"records": []}).facts == ()


def test_events_of_changes_state_nothing_themselves_and_say_what_is_read() -> None:
    assert (read(changed("a", "b")).facts, read(changed("a", "b")).remark) == ((), "a, b is read.")
    assert "(GAP_UPDATE); the records are read" in read(gap("a")).remark
