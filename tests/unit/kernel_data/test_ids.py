"""Ids are UUIDs of version 7, sort by the time they were made, and are read by their value."""

import threading
import time
from uuid import RFC_4122, UUID

import pytest

from services.kernel.errors import Invalid
from services.kernel.ids import parsed, uuid7, uuid7s, uuid_of


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = uuid7()
    assert (made.version, made.variant) == (7, RFC_4122)


def test_an_id_begins_with_the_millisecond_in_which_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000 + 1


def test_ids_come_in_rising_order() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(set(made))


def test_many_at_once_stand_between_those_before_and_after_them() -> None:
    made = [uuid7(), *uuid7s(5000), *uuid7s(0), uuid7(), *uuid7s(3)]
    assert made == sorted(set(made))
    assert {(each.version, each.variant) for each in made} == {(7, RFC_4122)}


def test_threads_never_get_the_same_id() -> None:
    made: list[UUID] = []
    threads = [threading.Thread(target=lambda: made.extend(uuid7() for _ in range(2000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8000


ID = "0198f2c4-0000-7abc-8def-000000000001"


@pytest.mark.parametrize(
    "spelled",
    [
        ID,
        ID.upper(),
        ID.replace("-", ""),
        f"{{{ID}}}",
        f"{{{ID.upper()}}}",
        f"urn:uuid:{ID}",
        f"URN:UUID:{ID.upper()}",
        f"urn:uuid:{ID.replace('-', '')}",
    ],
)
def test_one_id_in_another_spelling_is_the_same_id(spelled):
    assert uuid_of(spelled, "request_id") == parsed(spelled) == UUID(ID)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "00000000-0000-0000-0000-000000000000",
        "{00000000-0000-0000-0000-000000000000}",
        "urn:uuid:" + "0" * 32,
        ID + "0",
        ID[:-1],
        f" {ID}",
        f"{ID}\n",
        f"{{{ID}",
        f"{ID}}}",
        f"{{{{{ID}}}}}",
        f"uuid:{ID}",
        f"urn:{ID}",
        f"urn:uuid:urn:uuid:{ID}",
        ID.replace("-", "_"),
        ID.replace("0198", "01_8"),
        "0-198f2c400007abc8def000000000001",
        ID.replace("-", "", 1),
        ID.replace("1", "\u0661"),
        ID.replace("-", "\u2010"),
        ID.replace("a", "\uff41"),
    ],
)
def test_what_is_no_id_or_nobodys_is_refused(text):
    assert parsed(text) is None
    with pytest.raises(Invalid) as refused:
        uuid_of(text, "request_id")
    assert refused.value.facts["field"] == "request_id"
