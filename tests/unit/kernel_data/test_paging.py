"""Page tokens and cursors: what is taken back, and from whom."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from doselane.described import comments, descriptors
from doselane.masterdata.v1 import masterdata_pb2
from doselane.slotting.v1 import slotting_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.cursors import Cursors
from services.kernel.errors import Invalid
from services.kernel.identity import Caller
from services.kernel.paging import (
    BY_ID,
    BY_NAME,
    BY_NUMBER,
    BY_TIME,
    BY_TIME_AND_NUMBER,
    SIZE_DEFAULT,
    SIZE_MAX,
    ListPage,
    SortOrder,
    read_page,
)
from services.kernel.sealing import SEALED_CHARACTERS_MAX, Cipher

CIPHER = Cipher(bytes(range(64)))
ACME = Caller("partners/acme", "orders", frozenset({"slotting.read"}))
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def a_page(token: str = "", order: SortOrder = BY_ID, who: Caller = ACME, **fields: object) -> ListPage:
    request = slotting_pb2.ListSlotsRequest(page_token=token, **fields)
    return read_page(CIPHER, request, who, order)


@given(
    st.one_of(
        st.tuples(st.just(BY_TIME), st.tuples(st.datetimes(timezones=st.just(UTC)), st.text())),
        st.tuples(st.just(BY_TIME_AND_NUMBER), st.tuples(st.datetimes(timezones=st.just(UTC)), st.integers())),
        st.tuples(st.just(BY_ID), st.uuids()),
        st.tuples(st.just(BY_NUMBER), st.integers()),
        st.tuples(st.just(BY_NAME), st.text(max_size=300)),
    )
)
def test_a_page_begins_after_the_very_key_that_its_token_was_made_of(order_and_key):
    order, key = order_and_key
    assert a_page(a_page(order=order).token_after(key), order).after == key


def test_an_instant_of_another_zone_stays_the_same_instant():
    at = NOON.astimezone(timezone(timedelta(hours=23, minutes=59)))
    assert a_page(a_page(order=BY_TIME).token_after((at, "x")), BY_TIME).after == (NOON, "x")


def test_a_token_is_good_for_the_same_query_of_any_size():
    token = a_page(run="runs/1", page_size=1).token_after(UUID(int=1))
    assert a_page(token, run="runs/1", page_size=7).after == UUID(int=1)


@pytest.mark.parametrize(
    "other",
    [
        {"run": "runs/2"},
        {"run": "runs/1", "states": [1]},
        {"run": "runs/1", "who": Caller("partners/rival", "orders", ACME.scopes)},
        {"run": "runs/1", "who": Caller("partners/acme", "orders", frozenset({"operator"}))},
        {"run": "runs/1", "order": BY_NUMBER},
        {"run": "runs/1", "order": BY_TIME},
    ],
)
def test_a_token_of_another_query_caller_or_order_is_refused(other):
    token = a_page(run="runs/1").token_after(UUID(int=1))
    with pytest.raises(Invalid) as refused:
        a_page(token, **other)
    assert refused.value.facts == {"field": "page_token"}


def test_a_token_of_another_list_is_refused():
    token = read_page(CIPHER, masterdata_pb2.ListSitesRequest(), ACME, BY_NAME).token_after("sites/a")
    with pytest.raises(Invalid):
        read_page(CIPHER, masterdata_pb2.ListLanesRequest(page_token=token), ACME, BY_NAME)


def test_no_other_spelling_of_a_token_is_taken():
    token = a_page().token_after(UUID(int=1))
    tried = [
        token[:at] + letter + token[at + 1 :] for at in range(len(token)) for letter in LETTERS if letter != token[at]
    ]
    tried += [token + "=", token + "==", token + " ", " " + token, token + "A", token[:-1], token * 2, token + "\n"]
    for other in tried:
        with pytest.raises(Invalid):
            a_page(other)
    assert len(tried) > 3000


@given(st.one_of(st.text(), st.text(LETTERS, max_size=200), st.binary().map(lambda raw: raw.decode("latin-1"))))
def test_no_made_up_token_is_taken(made_up):
    if made_up:
        with pytest.raises(Invalid):
            a_page(made_up)


def test_another_key_opens_nothing():
    token = a_page().token_after(UUID(int=1))
    with pytest.raises(Invalid):
        read_page(Cipher(bytes(64)), slotting_pb2.ListSlotsRequest(page_token=token), ACME, BY_ID)


def test_the_longest_token_is_read_and_a_longer_one_is_not_even_decoded():
    longest = "x" * 1400
    assert a_page(a_page(order=BY_NAME).token_after(longest), BY_NAME).after == longest
    with pytest.raises(ValueError, match="longer"):
        CIPHER.open("A" * (SEALED_CHARACTERS_MAX + 1))


def test_the_size_has_a_default_and_an_end_and_is_not_negative():
    assert [a_page(page_size=size).size for size in (0, 1, SIZE_MAX, SIZE_MAX + 1)] == [SIZE_DEFAULT, 1, SIZE_MAX, 1000]
    assert read_page(CIPHER, slotting_pb2.ListSlotsRequest(page_size=500), ACME, BY_ID, size_max=200).size == 200
    with pytest.raises(Invalid, match="page_size"):
        a_page(page_size=-1)


def test_a_page_says_whether_another_follows():
    page = a_page(order=BY_NUMBER, page_size=2)
    shown, token = page.cut([5, 6, 7], lambda row: row)
    assert (shown, a_page(token, BY_NUMBER).after, page.limit) == ([5, 6], 6, 3)
    assert page.cut([5, 6], lambda row: row) == ([5, 6], "")
    assert page.cut([], lambda row: row) == ([], "")


def cursors(*watched: object) -> Cursors:
    return Cursors(CIPHER, tuple(str(each).encode() for each in watched))


def test_a_cursor_is_read_by_its_own_watch_only():
    written = cursors("WatchRuns", "partners/acme").write(7)
    assert cursors("WatchRuns", "partners/acme").read(written, 7) == 7
    for other in (cursors("WatchRuns", "partners/rival"), cursors("WatchTimeline", "partners/acme"), cursors()):
        with pytest.raises(Invalid):
            other.read(written, 7)


def test_a_cursor_behind_the_end_is_refused_and_one_place_never_looks_the_same():
    mine = cursors("WatchRuns", None)
    assert mine.write(3) != mine.write(3)
    with pytest.raises(Invalid, match="ahead"):
        mine.read(mine.write(8), 7)


def test_a_page_token_is_no_cursor():
    token = a_page(order=BY_NUMBER).token_after(1)
    with pytest.raises(Invalid):
        cursors("WatchRuns", None).read(token, 100)


def test_pages_are_as_large_as_the_comments_of_the_lists_say():
    told = {name: text for file in descriptors().file for name, text in comments(file) if name.endswith(".page_size")}
    assert len(told) > 20
    assert [name for name, text in told.items() if f"{SIZE_DEFAULT} when zero" not in text] == []
