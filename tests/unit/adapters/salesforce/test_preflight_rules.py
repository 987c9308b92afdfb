"""What an organisation lacks of what an account reads and writes, and how many records go in one call."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.crm_salesforce import samples
from adapters.crm_salesforce.port import DOSES as WRITTEN
from adapters.crm_salesforce.preflight_fields import MappedObject, object_findings, order_word_findings
from adapters.crm_salesforce.preflight_samples import payload
from adapters.crm_salesforce.rest.client import MalformedCall
from adapters.crm_salesforce.rest.describing import FieldDescription, ObjectDescription
from adapters.crm_salesforce.rest.records import (
    CALLS_MAX,
    RECORDS_MAX,
    by_halves,
    collection_outcomes,
    merged,
    soql_text,
)
from adapters.crm_salesforce.settings import SHAPE, settings
from adapters.crm_salesforce.translate import SalesforceReader
from adapters.host.mappings import mapping_of
from adapters.mapping import AccountMapping, Mapped
from adapters.outbound import Away, Declined, Uncertain
from adapters.preflight import ConnectionFinding, SamplePayload

ORDERS = MappedObject("Dose_Order__c", "order", "")


def a_field(name: str, type: str = "string", **changes: Any) -> FieldDescription:
    facts: dict[str, Any] = {
        "length": 255, "precision": 0, "scale": 0, "is_external_id": False, "is_unique": False,
        "is_case_sensitive": False, "is_required": False, "may_create": True, "may_update": True, "words": None,
    }  # fmt: skip
    return FieldDescription(name, type, **{**facts, **changes})


def an_object(*fields: FieldDescription, may: tuple[bool, bool, bool] = (True, True, True)) -> ObjectDescription:
    return ObjectDescription("Dose_Order__c", *may, {each.name: each for each in fields})


def mapped(text: str = "") -> AccountMapping:
    return mapping_of("m", f"version: 1\n{text}", SHAPE).mapping


def one_field(ours: str, theirs: str) -> AccountMapping:
    return AccountMapping("1", {ours: theirs})


def told(found: Any) -> list[str]:
    return [each.detail for each in found]


def of_field(field: FieldDescription | None, ours: str, wanted: MappedObject) -> list[ConnectionFinding]:
    fields = [field] if field else []
    name = field.name if field else "Run__c"
    return list(object_findings(an_object(*fields), wanted, one_field(ours, name)))


def test_a_field_that_is_missing_is_named_with_one_that_is_nearly_called_so() -> None:
    found = an_object(a_field("product__C"))
    (missing,) = object_findings(found, ORDERS, one_field("order.product", "Product__c"))
    assert (missing.theirs, missing.ours, missing.mapped) == (
        "Dose_Order__c.Product__c",
        "order.product",
        ("fields", "order.product"),
    )
    assert missing.detail == ("Dose_Order__c has no field Product__c that our user may see (there is product__C)")
    (alone,) = object_findings(an_object(), ORDERS, one_field("order.product", "Product__c"))
    assert alone.detail.endswith("may see")


def test_what_the_user_may_not_do_with_an_object_is_told() -> None:
    wanted = MappedObject("Dose__c", "order", "dose", is_made=True)
    for may, words in (
        ((False, True, True), ["make"]),
        ((True, False, True), ["change"]),
        ((True, True, False), ["read"]),
        ((False, False, False), ["read", "change", "make"]),
    ):
        found = object_findings(an_object(may=may), wanted, AccountMapping("1"))
        assert told(found) == [f"our user may not {word} records of Dose__c" for word in words]


DOSES = MappedObject("Dose__c", "", "dose", is_made=True, external_id="dose.dose")


@pytest.mark.parametrize(
    ("field", "ours", "words"),
    [
        (a_field("Run__c"), "dose.run", []),
        (a_field("Run__c", "double"), "dose.run", ["is of type double, and has to be one of"]),
        (a_field("At__c", "date"), "dose.administration_time", ["is of type date, and has to be one of datetime"]),
        (a_field("At__c", "datetime"), "dose.administration_time", []),
        (a_field("A__c", "string"), "dose.activity_mbq", ["is of type string, and has to be one of currency, double"]),
        (a_field("Run__c", length=41), "dose.run", []),
        (a_field("Run__c", length=40), "dose.run", ["takes 40 characters, and what we write may have 41"]),
        (a_field("Run__c", may_update=False), "dose.run", ["cannot be changed by our user"]),
        (a_field("Run__c", may_create=False), "dose.run", ["cannot be set by our user in a new record"]),
        (a_field("Ext__c", is_external_id=True, is_unique=True, may_update=False), "dose.dose", []),
        (a_field("Ext__c"), "dose.dose", ["is no external id", "is not unique"]),
    ],
)
def test_a_field_that_does_not_take_what_is_written_is_told(
    field: FieldDescription, ours: str, words: list[str]
) -> None:
    found = [each.detail for each in of_field(field, ours, DOSES)]
    assert [each.removeprefix(f"{field.name} ").startswith(word) for each, word in zip(found, words, strict=True)] == [
        True
    ] * len(words)


ORDER_WORDS = "tables: {order_state: {New: WANTED, Off: WITHDRAWN}, product: {P1: products/a}, site: {S1: sites/b}}"


@pytest.mark.parametrize(
    ("table", "words", "expected"),
    [
        ("order_state", frozenset({"New", "Off"}), []),
        ("order_state", None, []),
        ("order_state", frozenset({"New"}), ["tables.order_state: {name} has no value 'Off'"]),
        ("order_state", frozenset({"New", "Off", "Odd"}),
         ["{name} may be 'Odd', which has no line in tables.order_state: such an order is refused"]),
        ("product", frozenset({"P1", "P2"}), []),
        ("product", frozenset({"P2"}), ["tables.product: {name} has no value 'P1'"]),
        ("site", frozenset({"S2"}), ["tables.site: {name} has no value 'S1'"]),
    ],
)  # fmt: skip
def test_words_of_the_mapping_that_a_picklist_has_not_are_told(
    table: str, words: frozenset[str] | None, expected: list[str]
) -> None:
    mapping = mapped(ORDER_WORDS)
    name = mapping.fields[{"order_state": "order.state"}.get(table, f"order.{table}")]
    found = order_word_findings(an_object(a_field(name, "picklist", words=words)), mapping)
    assert told(found) == [each.format(name=name) for each in expected]


def test_without_a_word_for_wanted_no_order_is_one() -> None:
    found = order_word_findings(an_object(), mapped("tables: {order_state: {Off: WITHDRAWN}}"))
    assert told(found) == ["tables.order_state has no line for WANTED, so no order is ever taken for one"]


def records(*ids: str | None) -> list[dict[str, Any]]:
    return [{"Id__c": each, "n": number} for number, each in enumerate(ids)]


def test_records_of_one_id_are_one_and_ids_that_differ_in_case_go_in_calls_of_their_own() -> None:
    calls = merged("Id__c", records("a", "b", "a", None, "A", ""))
    assert [[(record["n"], positions) for record, positions in call] for call in calls] == [
        [(2, [0, 2]), (1, [1])],
        [(4, [4])],
    ]


def test_a_call_takes_as_many_records_as_salesforce_takes() -> None:
    calls = merged("Id__c", records(*(f"id-{number}" for number in range(RECORDS_MAX + 1))))
    assert [len(call) for call in calls] == [RECORDS_MAX, 1] and RECORDS_MAX == 200


class Sender:
    """Takes lists of numbers; one that holds a bad one is malformed as a whole."""

    def __init__(self, bad: Sequence[int]) -> None:
        self.bad, self.calls = bad, 0

    async def __call__(self, part: Sequence[int]) -> list[Any]:
        self.calls += 1
        if any(each in self.bad for each in part):
            raise MalformedCall("It cannot be read.")
        return [f"sent {each}" for each in part]


async def test_the_one_that_cannot_be_read_is_found_and_the_others_go() -> None:
    send = Sender([5])
    found = await by_halves(send, range(8))
    assert [each for each in found if isinstance(each, str)] == [f"sent {n}" for n in range(8) if n != 5]
    assert isinstance(found[5], MalformedCall)
    assert send.calls == 7  # 8, then 4 4, 2 2, 1 1


async def test_after_so_many_calls_the_rest_goes_again_later() -> None:
    send = Sender(range(10**6))
    found = await by_halves(send, range(200))
    assert send.calls == CALLS_MAX
    assert {type(each) for each in found} == {MalformedCall, Away}


@pytest.mark.parametrize("fault", [Away("down"), Declined("no"), Uncertain("lost")])
async def test_a_fault_of_the_whole_call_is_that_of_each(fault: Exception) -> None:
    async def send(part: Sequence[int]) -> list[Any]:
        raise fault

    assert await by_halves(send, range(3)) == [fault] * 3


def test_what_became_of_each_is_told_and_nothing_is_guessed() -> None:
    good, bad = {"success": True, "id": "001"}, {"success": False, "errors": [{"statusCode": "X", "message": "no"}]}
    first, second, third = collection_outcomes([good, bad, {"id": "002"}], 3)
    assert (first, isinstance(third, Uncertain)) == ("001", True)
    assert isinstance(second, Exception) and not isinstance(second, Uncertain)
    for answer in ([good], None, {"success": True}):
        assert all(isinstance(each, Uncertain) for each in collection_outcomes(answer, 2))


def test_a_text_in_a_query_ends_nowhere_but_at_its_end() -> None:
    assert soql_text("a'b\\c\nd\re\tf") == "'a\\'b\\\\c\\nd\\re\\tf'"


def sample_of(**changes: Any) -> SamplePayload:
    """What is wrong with a dose as it would be written, if its first field is this one."""
    given = Mapped(settings({}), mapped())
    message = samples.updated(given.mapping)
    plain = payload(given, WRITTEN, message, None)
    names = [name for name, value in json.loads(plain.body).items() if isinstance(value, str)]
    fields = [a_field(name, **(changes if name == names[0] else {})) for name in json.loads(plain.body)]
    return payload(given, WRITTEN, message, an_object(*fields))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"length": 0}, ""),
        ({"length": 1}, r"\w+ takes 1 characters, and this has \d+"),
        ({"words": frozenset({"another"})}, r"\w+ has no value '.+'"),
    ],
)
def test_an_example_says_why_the_organisation_would_not_take_it(changes: dict[str, Any], words: str) -> None:
    assert re.fullmatch(words, sample_of(**changes).problem)


def test_an_example_whose_value_is_one_of_the_picklists_is_taken() -> None:
    value = next(each for each in json.loads(sample_of().body).values() if isinstance(each, str))
    assert sample_of(words=frozenset({value}), length=len(value)).problem == ""
    assert "takes" in sample_of(length=len(value) - 1).problem


def test_a_state_of_a_record_is_a_fact_by_its_record_its_time_and_what_it_says() -> None:
    fields = {
        "Id": "a0B", "Order_Reference__c": "PO-7", "Status__c": "New", "LastModifiedDate": "2026-12-01T08:00:00Z",
        "Product__c": "P1", "Site__c": "S1", "Administration_From__c": "2026-12-03T08:00:00Z",
        "Administration_Until__c": "2026-12-03T09:00:00Z",
    }  # fmt: skip
    reader = SalesforceReader(Mapped(settings({}), mapped(ORDER_WORDS)))
    (fact,) = reader._records([fields], datetime(2026, 12, 1, 9, tzinfo=UTC)).facts
    assert re.fullmatch(r"a0B 2026-12-01T08:00:00Z [0-9a-f]{16}", fact.key)
    (other,) = reader._records([{**fields, "Status__c": "Off"}], datetime(2026, 12, 1, 9, tzinfo=UTC)).facts
    assert other.key != fact.key
