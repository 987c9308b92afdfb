"""How MyDHL API is asked, against its twin, which keeps the rules of the OpenAPI."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.responses import Response

from adapters.courier_mydhl.client import MyDhlClient
from adapters.courier_mydhl.port import fetch
from adapters.courier_mydhl.translate import TRACK, MyDhlReader
from adapters.manifest import Fact, Incoming
from adapters.outbound import Away, Declined
from adapters.sandbox.mydhl_api import MyDhlTwin, error_inside_success, failing, spoilt
from tests.support.couriers import NOW

USER, PASSWORD = "northlake", "mydhl-password-0001"
WAYBILL, OTHER, PIECE = "1234567890", "1234567891", "JD012345678901234567"
SYDNEY, NOWHERE = ("SYD SYDNEY-AU", "Australia/Sydney"), ("XQX SOMEWHERE", "Asia/Tokyo")


@dataclass
class Visit:
    """A client that speaks to a twin, and the names that we follow."""

    twin: MyDhlTwin
    http: httpx.AsyncClient
    names: Sequence[str] = (WAYBILL,)

    async def following(self, after: str, limit: int) -> Sequence[str]:
        return [name for name in sorted(self.names) if name > after][:limit]

    async def pass_(self) -> list[bytes]:
        """What a pass of the host brings."""
        bodies, cursor = [], ""
        while True:
            fetched = await fetch(MyDhlClient(self.http), cursor, self.following)
            bodies += fetched.bodies
            cursor = fetched.cursor
            if not fetched.more:
                return bodies

    async def facts(self) -> list[Fact]:
        """What is made of it."""
        return [
            fact
            for body in await self.pass_()
            for fact in MyDhlReader().translate(Incoming(TRACK, body, {}, NOW + timedelta(hours=1))).facts
        ]


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    twin = MyDhlTwin(USER, PASSWORD)
    transport, base_url = httpx.ASGITransport(twin.app), "http://mydhl/mydhlapi"
    async with httpx.AsyncClient(transport=transport, base_url=base_url, auth=(USER, PASSWORD)) as http:
        yield Visit(twin, http)


async def test_many_numbers_are_one_call_and_pieces_another(visit: Visit) -> None:
    visit.names = (WAYBILL, OTHER, PIECE, "urn:epc:id:sscc:0614141.1234567890", "1Z999AA10123456784", "12345")
    visit.twin.scanned(WAYBILL, NOW, "PU", *SYDNEY)
    visit.twin.scanned("2222222222", NOW, "WC", *SYDNEY, PIECE)
    found = await visit.facts()
    assert visit.twin.calls == ["/tracking", "/tracking"]
    assert [(each.code, each.references) for each in found] == [("PU", (WAYBILL,)), ("WC", ("2222222222", PIECE))]
    assert {each.said.time.ToDatetime(UTC) for each in found} == {NOW}


async def test_a_time_that_only_dhl_can_place_is_asked_for_with_its_offset(visit: Visit) -> None:
    visit.names = (WAYBILL, OTHER)
    visit.twin.scanned(WAYBILL, NOW, "PU", *NOWHERE)
    visit.twin.scanned(OTHER, NOW, "PU", *SYDNEY)
    found = await visit.facts()
    assert visit.twin.calls == ["/tracking", f"/shipments/{WAYBILL}/tracking"]
    assert sorted(each.references for each in found) == [(WAYBILL,), (OTHER,)]
    assert {each.said.time.ToDatetime(UTC) for each in found} == {NOW}


async def test_the_hour_that_comes_twice_is_told_apart_by_dhl(visit: Visit) -> None:
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]  # both are 02:30 in Leipzig
    for at in twice:
        visit.twin.scanned(WAYBILL, at, "PL" if at == twice[0] else "DF", "LEJ LEIPZIG-DE", "Europe/Berlin")
    assert [each.said.time.ToDatetime(UTC) for each in await visit.facts()] == twice


@pytest.mark.parametrize("fault", [
    spoilt(b"<html>busy</html>"), spoilt(b'{"shipments": ['), failing(404), failing(400),
])  # fmt: skip
async def test_without_the_offsets_there_is_what_the_first_answer_said(
    visit: Visit, fault: Callable[[], Response]
) -> None:
    visit.twin.scanned(WAYBILL, NOW, "PU", *NOWHERE)
    first = await visit.http.get(f"/tracking?shipmentTrackingNumber={WAYBILL}", headers={"x-version": "3.1.0"})
    visit.twin.faults.extend([lambda: Response(first.content), fault])
    (fact,) = await visit.facts()
    assert (fact.code, fact.warnings) == ("PU", ("TIME_ZONE_UNKNOWN",))


async def test_a_shipment_not_scanned_yet_is_no_fault(visit: Visit) -> None:
    assert await visit.pass_() == []


async def test_what_dhl_knows_comes_even_if_one_that_it_does_not_know_hides_it(visit: Visit) -> None:
    """Whether an unknown number makes the whole answer "not found" is not documented."""
    visit.names = (WAYBILL, OTHER)
    visit.twin.scanned(OTHER, NOW, "PU", *SYDNEY)
    visit.twin.faults.append(failing(404))
    assert [each.references for each in await visit.facts()] == [(OTHER,)]


async def test_a_number_that_dhl_does_not_take_keeps_no_other_from_being_asked(visit: Visit) -> None:
    visit.names = [f"12345678{at:02}" for at in range(25)]
    for name in visit.names:
        visit.twin.scanned(name, NOW, "PU", *SYDNEY)
    visit.twin.faults.extend([failing(400)] * 5)  # to 20 numbers, 10, 5, 2, and 1 of them
    found = {reference for each in await visit.facts() for reference in each.references}
    assert len(found) == 24


@pytest.mark.parametrize(("fault", "words", "wait"), [
    (failing(429, retry_after="30"), "429: Error: as DHL words it", timedelta(seconds=30)),
    (failing(500), "500", None), (failing(503, retry_after="x"), "503", None),
    (spoilt(b"<html></html>", 502, "text/html"), "502: the answer of MyDHL is no error document but text/html", None),
    (error_inside_success("500"), "500", None), (error_inside_success("429"), "429", None),
])  # fmt: skip
async def test_a_fault_that_passes_is_waited_for(
    visit: Visit, fault: Callable[[], Response], words: str, wait: timedelta | None
) -> None:
    visit.twin.faults.append(fault)
    with pytest.raises(Away, match=words) as away:
        await visit.pass_()
    assert away.value.retry_after == wait


@pytest.mark.parametrize(("fault", "words"), [
    (failing(401), "401"), (failing(403), "403"), (spoilt(b"<html></html>", 404, "text/html"), "404"),
    (spoilt(b"", 302), "302"), (error_inside_success("401"), "401"),
])  # fmt: skip
async def test_a_no_that_holds_for_all_is_declined(visit: Visit, fault: Callable[[], Response], words: str) -> None:
    visit.twin.faults.append(fault)
    with pytest.raises(Declined, match=words):
        await visit.pass_()


async def test_a_wrong_password_is_declined_and_not_shown(visit: Visit) -> None:
    visit.http.auth = httpx.BasicAuth(USER, "not-the-password")
    with pytest.raises(Declined, match="401") as declined:
        await visit.pass_()
    assert "not-the-password" not in str(declined.value)


@pytest.mark.parametrize("status", ["404", "998", "", "four"])
async def test_an_error_inside_a_success_is_no_success(visit: Visit, status: str) -> None:
    visit.twin.faults.append(error_inside_success(status))
    assert await visit.pass_() == []  # of this number alone nothing can be told


@pytest.mark.parametrize("raw", [b"<html></html>", b'{"shipments": [{"ship', b"", b"\xff", b"[]"])
async def test_a_success_that_is_none_is_kept_as_it_came_for_the_reader_to_refuse(visit: Visit, raw: bytes) -> None:
    visit.twin.faults.append(spoilt(raw))
    assert await visit.pass_() == [raw]


async def test_what_cannot_be_reached_is_away() -> None:
    def refuse(request: httpx.Request) -> Any:
        raise httpx.ReadTimeout("slow", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse), base_url="http://mydhl") as http:
        with pytest.raises(Away, match="MyDHL cannot be reached"):
            await MyDhlClient(http).one(WAYBILL)


async def test_an_answer_keeps_what_it_says_beside_the_shipments_that_are_asked_for_again(visit: Visit) -> None:
    visit.names = (WAYBILL, OTHER)
    visit.twin.scanned(WAYBILL, NOW, "PU", *NOWHERE)
    visit.twin.scanned(OTHER, NOW, "PU", *SYDNEY)
    first, second = map(json.loads, await visit.pass_())
    assert [each["shipmentTrackingNumber"] for each in first["shipments"]] == [OTHER]
    assert [each["shipmentTrackingNumber"] for each in second["shipments"]] == [WAYBILL]
