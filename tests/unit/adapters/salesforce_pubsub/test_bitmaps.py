"""The lists of fields in a change event's header, beside an encoder that is not ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.crm_salesforce.pubsub.avro import RecordField
from adapters.crm_salesforce.pubsub.bitmaps import marked
from adapters.manifest import Refused
from adapters.sandbox.salesforce.change_schema import HEADER, CompoundField, field_lists

PARTS = tuple(f"p{number}" for number in range(5))


def fields(count: int, *compound: int) -> list[RecordField]:
    return [RecordField(f"f{number}", PARTS if number in compound else ()) for number in range(count)]


def test_the_worked_example_of_the_definition() -> None:
    found = marked("changedFields", ["0x650004E0", "4-0x10", "7-0x06"], fields(31, 4, 7))
    assert found.paths == {"f5", "f6", "f10", "f24", "f26", "f29", "f30", "f4.p4", "f7.p1", "f7.p2"}
    assert (found.whole, found.ignored) == (frozenset(), ())  # 7 is set, and its parts say it better


@pytest.mark.parametrize(
    ("entries", "paths", "whole"),
    [
        ([], set(), set()),
        (["0x"], set(), set()),
        (["0x0"], set(), set()),
        (["0x1"], {"f0"}, set()),
        (["0x00000000000000000001"], {"f0"}, set()),
        (["0X0a"], {"f1", "f3"}, set()),
        (["0x1", "0x2"], {"f0", "f1"}, set()),  # lists are joined
        (["2-0x01"], {"f2.p0"}, set()),  # the parent's bit need not be set
        (["0x4"], set(), {"f2"}),  # and alone it marks the whole
        (["0x4", "2-0x00"], set(), {"f2"}),
        (["2-0x01", "2-0x2"], {"f2.p0", "f2.p1"}, set()),
    ],
)
def test_widths_and_parents(entries: list[str], paths: set[str], whole: set[str]) -> None:
    found = marked("changedFields", entries, fields(4, 2))
    assert (found.paths, found.whole, found.ignored) == (paths, whole, ())


@pytest.mark.parametrize(
    ("entries", "paths", "words"),
    [
        (["0x11"], {"f0"}, "position 4 is beyond the schema's 4 fields"),
        (["0xF1"], {"f0"}, "4 positions are beyond"),
        (["0x" + "F" * 100_000], {"f0", "f1", "f3"}, "399996 positions are beyond"),
        (["2-0x21"], {"f2.p0"}, "f2: position 5 is beyond the schema's 5 fields"),
        (["9-0x1"], set(), "position 9 is no compound field"),
        (["4-0x1"], set(), "position 4 is no compound field"),
        (["1-0x1"], set(), "position 1 is no compound field"),
    ],
)
def test_what_the_schema_has_no_place_for_is_left_out_and_reported(
    entries: list[str], paths: set[str], words: str
) -> None:
    found = marked("changedFields", entries, fields(4, 2))
    assert found.paths == paths
    assert len(found.ignored) == 1
    assert words in found.ignored[0]


@pytest.mark.parametrize("entry", ["", "1", "0xG", "-0x1", "1-2-0x1", "1-", "x1", "0x1 ", "1234567-0x1", "٣-0x1"])
def test_what_is_no_bitmap_is_refused_because_nobody_knows_what_changed(entry: str) -> None:
    with pytest.raises(Refused) as no:
        marked("nulledFields", ["0x1", entry], fields(4, 2))
    assert (no.value.reason, "nulledFields" in no.value.detail) == ("BITMAP_UNREADABLE", True)


@given(st.data())
def test_what_another_encoder_writes_is_read_as_it_was_meant(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 40))
    compound = data.draw(st.sets(st.integers(0, count - 1), max_size=4))
    described = {
        f"f{number}": CompoundField(f"T{number}", dict.fromkeys(PARTS, "string")) if number in compound else "string"
        for number in range(count)
    }
    plain = [f"f{number}" for number in range(count) if number not in compound]
    every = plain + [f"f{number}.{part}" for number in compound for part in PARTS]
    paths = data.draw(st.sets(st.sampled_from(every))) if every else set()
    lists = field_lists(described, {"changedFields": paths}, digits=data.draw(st.integers(0, 30)))
    found = marked("changedFields", lists["changedFields"], [RecordField(HEADER), *fields(count, *compound)])
    assert (found.paths, found.whole, found.ignored) == (paths, frozenset(), ())
