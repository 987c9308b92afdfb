"""How much of a record is read and told for one answer of EPCIS's query interface."""

from functools import partial

import pytest

from adapters.courier_epcis.query import search
from tests.integration.adapters.test_epcis_query import all_pages, an_object, ask, ids, problem, some_events
from tests.support.couriers import CourierDesk


async def test_how_much_is_read_and_told_at_once_has_bounds_and_nothing_is_left_out(
    desk: CourierDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    about, bound = an_object(), partial(monkeypatch.setattr, search)
    events = some_events(about, 5)
    sizes = [(await desk.capture_event(event)).request.headers["content-length"] for event in events]
    told_ids, asked = ids(events), {"MATCH_anyEPC": about}
    in_order = asked | {"orderBy": "eventTime", "orderDirection": "ASC"}
    # Of two messages that are read for a page the first is, from the second page on, the last one of the page before.
    two_at_once = [told_ids[:2], told_ids[2:3], told_ids[3:4], told_ids[4:]]

    bound("PART_MESSAGES_MAX", 1)
    bound("READ_PARTS_MAX", 2)
    assert await all_pages(desk, "/events", **asked) == two_at_once
    assert problem(await ask(desk, "/events", **in_order)) == (413, "QueryTooComplexException")
    assert problem(await ask(desk, "/epcs")) == (413, "QueryTooComplexException")
    bound("READ_PARTS_MAX", 5)
    assert await all_pages(desk, "/events", **asked) == [told_ids]
    assert await all_pages(desk, "/events", **in_order) == [told_ids]
    bound("READ_BYTES_MAX", int(sizes[0]) + 1)
    assert await all_pages(desk, "/events", **asked) == two_at_once
    monkeypatch.undo()

    bound("MATCHES_MAX", 4)
    assert problem(await ask(desk, "/events", **in_order)) == (413, "QueryTooLargeException")
    bound("MATCHES_MAX", 5)
    bound("PAGE_BYTES_MAX", 1)
    assert await all_pages(desk, "/events", **asked) == [[each] for each in told_ids]
    assert await all_pages(desk, "/events", **in_order) == [[each] for each in told_ids]
