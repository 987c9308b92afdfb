"""How DHL is asked, against its twin, which keeps divisions apart and counts the calls of a day."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.responses import Response

from adapters.courier_dhl.client import DhlClient
from adapters.courier_dhl.port import fetch
from adapters.courier_dhl.settings import DhlOptions
from adapters.outbound import Away, Declined
from adapters.sandbox.dhl_api import DhlTwin, error_inside_success, html_page, problem, spoilt
from services.kernel.clock import VirtualClock
from tests.support.couriers import NOW
from tests.support.dhl import ANSWERED, NUMBER, read, scan

KEY = "dhl-key-0000000001"
NINE = "Sun, 22 Nov 2026 09:00:00 GMT"


@dataclass
class Visit:
    """A client that speaks to a twin, and the names that we follow."""

    twin: DhlTwin
    http: httpx.AsyncClient
    names: Sequence[str] = (NUMBER,)
    service: str = "express"

    async def following(self, after: str, limit: int) -> Sequence[str]:
        return [name for name in sorted(self.names) if name > after][:limit]

    async def pass_(self, cursor: str = "") -> list[bytes]:
        """What a pass of the host brings."""
        dhl = DhlClient(DhlOptions(self.service, timedelta()), self.http)
        bodies: list[bytes] = []
        while True:
            fetched = await fetch(dhl, cursor, self.following)
            bodies += fetched.bodies
            cursor = fetched.cursor
            if not fetched.more:
                return bodies


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    twin = DhlTwin(VirtualClock(NOW), KEY, calls_a_day=10)
    transport, headers = httpx.ASGITransport(twin.app), {"DHL-API-Key": KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://dhl", headers=headers) as http:
        yield Visit(twin, http)


async def test_each_number_is_asked_for_once_and_each_answer_is_read(visit: Visit) -> None:
    visit.names = ("JD014600006281230704", "7777777771", NUMBER)
    visit.twin.scanned("express", NUMBER, scan(), "JD014600006281230704")
    bodies = await visit.pass_()
    assert visit.twin.calls == sorted(visit.names)  # one of them DHL does not know yet
    for body, asked in zip(bodies, (NUMBER, "JD014600006281230704"), strict=True):
        (fact,) = read(body, webhook=ANSWERED).facts
        assert {asked, NUMBER} <= set(fact.references)


async def test_another_division_with_the_same_number_is_not_asked(visit: Visit) -> None:
    visit.twin.scanned("parcel-de", NUMBER, scan(word="delivered"))
    assert await visit.pass_() == []
    visit.service = "parcel-de"
    assert len(await visit.pass_()) == 1


async def test_what_is_no_number_of_dhl_is_passed_over(visit: Visit) -> None:
    others = [f"urn:epc:id:sscc:0614141.{at:010}" for at in range(60)]
    visit.names = (*others, "https://id.gs1.org/00/1", NUMBER, "J D 0 1 4 6")
    await visit.pass_()
    assert visit.twin.calls == [NUMBER, "JD0146"]


@pytest.mark.parametrize(("fault", "words", "wait"), [
    (problem(429, "Too Many Requests", retry_after="7"), "429: Too Many Requests", timedelta(seconds=7)),
    (problem(429, "Too Many", retry_after="Sun, 22 Nov 2026 09:05:00 GMT", date=NINE), "429", timedelta(minutes=5)),
    (problem(429, "Too Many", date=NINE), "429", None),  # in haste, or the quota: the next ones tell
    (problem(429, "Too Many Requests"), "429", None),
    (problem(429, "Too Many Requests", retry_after="soon"), "429", None),
    (problem(503, "Down", retry_after="120"), "503: Down: as DHL words it", timedelta(minutes=2)),
    (problem(500, "Error"), "500", None), (html_page(502), "502: the answer of DHL is not JSON but text/html", None),
    (error_inside_success(500), "500: Error", None), (error_inside_success(429), "429", None),
])  # fmt: skip
async def test_a_fault_that_passes_is_waited_for_as_long_as_dhl_asks(
    visit: Visit, fault: Callable[[], Response], words: str, wait: timedelta | None
) -> None:
    visit.twin.faults.append(fault)
    with pytest.raises(Away, match=words) as away:
        await visit.pass_()
    assert away.value.retry_after == wait


@pytest.mark.parametrize(("fault", "words"), [
    (problem(401, "Unauthorized"), "401: Unauthorized"), (problem(403, "Forbidden"), "403"),
    (html_page(404), "404: the answer of DHL is not JSON but text/html"),  # not DHL, so it says nothing of a shipment
    (lambda: Response(status_code=302, headers={"location": "https://elsewhere.example"}), "302"),
    (error_inside_success(401), "401"),
])  # fmt: skip
async def test_a_no_that_holds_for_all_is_declined(visit: Visit, fault: Callable[[], Response], words: str) -> None:
    visit.twin.faults.append(fault)
    with pytest.raises(Declined, match=words):
        await visit.pass_()


async def test_a_no_to_one_number_keeps_no_other_from_being_asked(visit: Visit) -> None:
    visit.names = ("1111111111", NUMBER)
    visit.twin.scanned("express", NUMBER, scan())
    visit.twin.faults.append(problem(400, "Bad Request"))
    assert len(await visit.pass_()) == 1


@pytest.mark.parametrize("fault", [
    html_page(), spoilt(b'{"shipments": [{"id"'), spoilt(b"\xff\xfe"), spoilt(b""), spoilt(b"[]"),
    spoilt("{\"shipments\": [{\"id\": \"\u00fc\"}]}".encode("latin-1")),
])  # fmt: skip
async def test_a_success_that_is_none_is_kept_as_it_came_for_the_reader_to_refuse(
    visit: Visit, fault: Callable[[], Response]
) -> None:
    visit.names = ("1111111111", NUMBER)
    visit.twin.scanned("express", NUMBER, scan())
    visit.twin.faults.append(fault)
    spoilt_one, good = await visit.pass_()
    assert bytes(fault().body) in spoilt_one or spoilt_one.endswith(b"null}")
    assert json.loads(good)["answer"]["shipments"][0]["id"] == NUMBER


async def test_not_found_inside_a_success_is_a_shipment_not_scanned_yet(visit: Visit) -> None:
    visit.twin.faults.append(error_inside_success(404))
    assert await visit.pass_() == []


async def test_what_was_answered_before_the_quota_ended_stays_answered(visit: Visit) -> None:
    visit.names = [f"88888888{at:02}" for at in range(12)]
    for name in visit.names:
        visit.twin.scanned("express", name, scan())
    dhl, cursor, bodies, waits = DhlClient(DhlOptions("express", timedelta()), visit.http), "", [], []
    for _ in range(14):
        try:
            fetched = await fetch(dhl, cursor, visit.following)
        except Away as away:
            waits.append(away.retry_after)
        else:
            bodies, cursor = [*bodies, *fetched.bodies], fetched.cursor
    assert (len(bodies), cursor) == (10, "8888888809")
    # In haste no more: until midnight by DHL's clock.
    assert waits == [None, None, None, timedelta(hours=15)]


async def test_after_an_answer_the_next_one_too_many_is_one_of_haste_again(visit: Visit) -> None:
    dhl = DhlClient(DhlOptions("express", timedelta()), visit.http)
    for _ in range(2):
        visit.twin.faults.extend([problem(429, "Too Many", date=NINE)] * 3)
        for _ in range(3):
            with pytest.raises(Away) as away:
                await dhl.shipments(NUMBER)
            assert away.value.retry_after is None
        assert await dhl.shipments(NUMBER) is None


async def test_between_two_calls_there_is_the_pause_of_the_account(visit: Visit) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    dhl = DhlClient(DhlOptions("express", timedelta(seconds=30)), visit.http, sleep=sleep)
    for _ in range(2):
        await dhl.shipments(NUMBER)
    assert len(slept) == 1
    assert 0 < slept[0] <= 30


async def test_what_cannot_be_reached_is_away() -> None:
    def refuse(request: httpx.Request) -> Any:
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse), base_url="http://dhl") as http:
        with pytest.raises(Away, match="DHL cannot be reached"):
            await DhlClient(DhlOptions("express", timedelta()), http).shipments(NUMBER)


@pytest.mark.parametrize(("status", "taken"), [(399, True), (400, False), (True, True), ("500", True), (None, True)])
async def test_only_a_number_that_is_an_error_s_makes_a_success_a_problem(
    visit: Visit, status: Any, taken: bool
) -> None:
    visit.twin.faults.append(spoilt(json.dumps({"status": status}).encode()))
    bodies = await visit.pass_()  # a 400 says no to this number only
    assert len(bodies) == (1 if taken else 0)


async def test_a_body_that_has_shipments_is_an_answer_whatever_stands_beside_them(visit: Visit) -> None:
    visit.twin.faults.append(spoilt(b'{"shipments": [], "status": 500}'))
    assert len(await visit.pass_()) == 1


async def test_words_of_dhl_are_kept_to_a_length_that_can_be_read(visit: Visit) -> None:
    long = {"title": "t" * 301, "detail": "d" * 301}
    visit.twin.faults.append(lambda: Response(json.dumps(long), 403, media_type="application/json"))
    with pytest.raises(Declined, match=f"^403: {'t' * 300}: {'d' * 300}$"):
        await visit.pass_()


@pytest.mark.parametrize(("name", "asked"), [
    ("1234", []), ("12345", ["12345"]), ("9" * 39, ["9" * 39]), ("9" * 40, []), ("-12345", []),
    ("jd 12345", ["jd12345"]),
])  # fmt: skip
async def test_a_number_of_dhl_has_five_to_39_characters(visit: Visit, name: str, asked: list[str]) -> None:
    visit.names = (name,)
    await visit.pass_()
    assert visit.twin.calls == asked


@pytest.mark.parametrize(("number", "more"), [(49, False), (50, True)])
async def test_names_that_are_none_are_passed_over_fifty_at_a_time(visit: Visit, number: int, more: bool) -> None:
    visit.names = [f"urn:{at:03}" for at in range(number)]
    fetched = await fetch(DhlClient(DhlOptions("express", timedelta()), visit.http), "", visit.following)
    assert (fetched.bodies, fetched.more, fetched.cursor) == ([], more, visit.names[-1] if more else "")


async def test_each_call_begins_a_pause_after_the_one_before(visit: Visit) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    dhl = DhlClient(DhlOptions("express", timedelta(minutes=10)), visit.http, sleep=sleep)
    for _ in range(3):
        await dhl.shipments(NUMBER)
    assert [round(seconds, -2) for seconds in slept] == [600, 600]
