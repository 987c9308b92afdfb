"""Ids are UUIDs of version 7 and sort by the time they were made."""

import threading
import time
from uuid import RFC_4122, UUID

from services.kernel.ids import uuid7


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


def test_threads_never_get_the_same_id() -> None:
    made: list[UUID] = []
    threads = [threading.Thread(target=lambda: made.extend(uuid7() for _ in range(2000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8000
