"""What is asked of a courier's own platform, and what its answers are taken for; the rules are its twin's."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from doselane.courier.v1 import courier_pb2
from doselane.courier.v1.orders_pb2 import Consignment, Parcel, RadioactiveContent, Stop
from doselane.distribution.v1.events_pb2 import BookingRequested, CancellationRequested, RedirectionRequested
from doselane.type.v1 import type_pb2
from jsonschema import Draft202012Validator
from starlette.responses import HTMLResponse, JSONResponse, Response

from adapters.courier_generic import ADAPTER
from adapters.courier_generic.client import GenericClient
from adapters.courier_generic.orders import EVENT_TYPES, path_of
from adapters.courier_generic.pages import ORDERS_SCHEMA
from adapters.courier_generic.port import fetch
from adapters.courier_generic.settings import settings
from adapters.outbound import Away, Declined, Outgoing, Receipt, Uncertain
from adapters.sandbox.courier_platform import KEY_HEADER, PATHS, CourierPlatform
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.generic_courier import RECEIVED, a_milestone, read, refused

Kind = courier_pb2.Milestone.Kind
VEGA, KEY = "partners/vega", "k" * 20
SHIPMENT = "shipments/261201-0001"
ASKED = datetime(2026, 12, 1, 6, tzinfo=UTC)
NEEDED = ASKED + timedelta(days=1)
REACTIONS = {reaction.name.rpartition(".")[2]: reaction for reaction in ADAPTER.reactions}
_REQUESTS: dict[str, Any] = {
    "book": BookingRequested, "cancel": CancellationRequested, "redirect": RedirectionRequested,
}  # fmt: skip


def a_consignment(**changes: Any) -> Consignment:
    said = {
        "shipment": SHIPMENT,
        "courier": VEGA,
        "pickup": Stop(place="facilities/tidewater", time_zone="America/New_York", earliest_time=stamp(ASKED)),
        "delivery": Stop(place="sites/lakeside", display_name="Lakeside", latest_time=stamp(NEEDED)),
        "parcels": [
            Parcel(
                package_id="P-1", un_number="UN2915", category="II-YELLOW", transport_index=0.0,
                contents=[RadioactiveContent(nuclide=type_pb2.NUCLIDE_LU_177, activity_bq=7.4e9, time=stamp(ASKED))],
            ),
            Parcel(package_id="P-2"),
        ],
        "administration_time": stamp(NEEDED),
        "temperature_max_cel": 25.0,
        **changes,
    }  # fmt: skip
    return Consignment(**{name: value for name, value in said.items() if value is not None})


def asked(what: str, *, cause: str = "", **changes: Any) -> list[Outgoing]:
    """What is sent because of an event of distribution's."""
    fields = {"consignment": a_consignment(**changes), **({"cause": cause} if cause else {})}
    data = _REQUESTS[what](**fields).SerializeToString()
    event = Event(uuid7(), EVENT_TYPES[what], "doselane/distribution", SHIPMENT, 1, ASKED, data)
    return list(REACTIONS[what].make(event, VEGA))


def one_asked(what: str, **changes: Any) -> Outgoing:
    (outgoing,) = asked(what, **changes)
    return outgoing


@pytest.fixture
def twin() -> CourierPlatform:
    return CourierPlatform(KEY)


@pytest.fixture
async def platform(twin: CourierPlatform) -> AsyncIterator[GenericClient]:
    async with over(httpx.ASGITransport(app=twin.app)) as http:
        yield GenericClient(settings({"orders": PATHS}), http)


def over(transport: httpx.AsyncBaseTransport, key: str = KEY) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport, base_url="https://vega.example", headers={KEY_HEADER: key})


async def sent(platform: GenericClient, what: str, outgoing: Outgoing) -> Receipt:
    found = await REACTIONS[what].send(platform, outgoing)
    return found if isinstance(found, Receipt) else Receipt(found)


def test_an_order_says_what_is_known_and_nothing_else() -> None:
    outgoing = one_asked("book", temperature_min_cel=None)
    order = json.loads(outgoing.body)
    assert (outgoing.subject, outgoing.give_up_at) == (SHIPMENT, NEEDED)
    assert (order["order"], order["shipment"], order["temperature_max_cel"]) == ("book", SHIPMENT, 25.0)
    assert {"references", "cause", "temperature_min_cel"} & order.keys() == set()
    assert order["delivery"] == {
        "place": "sites/lakeside", "display_name": "Lakeside", "latest_at": "2026-12-02T06:00:00Z",
    }  # fmt: skip
    # A measured zero is a figure; what was not measured is not there.
    assert order["parcels"] == [
        {
            "package_id": "P-1", "un_number": "UN2915", "category": "II-YELLOW", "transport_index": 0.0,
            "contents": [{"nuclide": "LU_177", "activity_bq": 7.4e9, "activity_at": "2026-12-01T06:00:00Z"}],
        },
        {"package_id": "P-2"},
    ]  # fmt: skip


@pytest.mark.parametrize("what", REACTIONS)
def test_what_is_asked_fits_the_published_schema(what: str) -> None:
    schema = json.loads(ORDERS_SCHEMA)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    bare = {"pickup": None, "delivery": None, "parcels": None, "administration_time": None, "temperature_max_cel": None}
    for changes in ({}, {"references": ["VEGA-0001"], "temperature_min_cel": -2.5}, bare):
        order = json.loads(one_asked(what, **changes).body)
        assert [error.message for error in validator.iter_errors(order)] == []
        assert order["order"] == what


def test_another_couriers_shipment_is_not_ours_to_ask_for() -> None:
    assert asked("book", courier="partners/rival") == []


def test_without_a_time_of_need_it_is_tried_for_as_long_as_any_dose_lives() -> None:
    assert one_asked("book", administration_time=None).give_up_at == ASKED + timedelta(days=30)
    assert one_asked("book", administration_time=stamp(ASKED - timedelta(days=1))).give_up_at == ASKED


async def test_a_booking_brings_the_couriers_name_of_the_shipment(
    twin: CourierPlatform, platform: GenericClient
) -> None:
    outgoing = one_asked("book")
    receipt = await sent(platform, "book", outgoing)
    assert list(twin.bookings) == ["VEGA-0001"]
    fact = answered("book", receipt.body)
    assert (fact.said.kind, fact.references) == (Kind.BOOKED, (SHIPMENT, "VEGA-0001"))
    assert fact.said.time.ToDatetime(UTC) == RECEIVED
    # Sent once more, it is the same booking, and the same milestone.
    again = await sent(platform, "book", outgoing)
    assert (list(twin.bookings), answered("book", again.body).key) == (["VEGA-0001"], fact.key)


def answered(what: str, body: bytes) -> Any:
    headers = {"doselane_subject": SHIPMENT, "doselane_delivery": "deliveries/1"}
    (fact,) = read(body, webhook=f"courier.{what}", **headers).facts
    return fact


async def test_what_is_cancelled_or_redirected_is_told_as_a_milestone(
    twin: CourierPlatform, platform: GenericClient
) -> None:
    await sent(platform, "book", one_asked("book"))
    known = {"references": ["VEGA-0001"]}
    there = Stop(place="sites/harbor")
    receipt = await sent(
        platform, "redirect", one_asked("redirect", cause="the site is closed", delivery=there, **known)
    )
    assert twin.bookings["VEGA-0001"].order["delivery"] == {"place": "sites/harbor"}
    fact = answered("redirect", receipt.body)
    assert (fact.said.kind, fact.code, fact.references) == (Kind.OBSERVED, "REDIRECT", (SHIPMENT, "VEGA-0001"))
    receipt = await sent(platform, "cancel", one_asked("cancel", **known))
    assert twin.bookings["VEGA-0001"].is_cancelled
    assert (answered("cancel", receipt.body).said.kind, twin.calls[-1]) == (
        Kind.CANCELLED, "POST /v1/bookings/VEGA-0001/cancel",
    )  # fmt: skip


async def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_booked_twice(
    twin: CourierPlatform, platform: GenericClient
) -> None:
    outgoing, twin.lose_answers = one_asked("book"), 1
    with pytest.raises(Away, match="502"):
        await sent(platform, "book", outgoing)
    assert answered("book", (await sent(platform, "book", outgoing)).body).references == (SHIPMENT, "VEGA-0001")
    assert list(twin.bookings) == ["VEGA-0001"]


async def test_of_what_the_courier_has_not_decided_nothing_is_told(
    twin: CourierPlatform, platform: GenericClient
) -> None:
    twin.decides_later = True
    assert await sent(platform, "book", one_asked("book")) == Receipt(f"book {SHIPMENT}: 202")


async def test_the_couriers_no_is_told_in_its_words(twin: CourierPlatform, platform: GenericClient) -> None:
    await sent(platform, "book", one_asked("book"))
    twin.bookings["VEGA-0001"].is_collected = True
    for changes, words in (
        ({"references": ["VEGA-0001"]}, "409 Conflict .*It is on its way"),
        ({"references": ["VEGA-0002"]}, "404 Not Found .*no such booking"),
        ({}, f"The courier's own name of {SHIPMENT} is not known"),
    ):
        with pytest.raises(Declined, match=words):
            await sent(platform, "cancel", one_asked("cancel", **changes))


async def test_an_account_without_a_path_says_so_instead_of_being_silent(twin: CourierPlatform) -> None:
    async with over(httpx.ASGITransport(app=twin.app)) as http:
        with pytest.raises(Declined, match=r"its option orders\.book is missing"):
            await sent(GenericClient(settings({}), http), "book", one_asked("book"))
        assert await fetch(GenericClient(settings({}), http), "", following()) is not None
    assert twin.calls == []


@pytest.mark.parametrize(("answer", "fault", "after"), [
    (JSONResponse({}, 503, {"retry-after": "60"}), Away, timedelta(seconds=60)),
    (JSONResponse({}, 429, {"retry-after": "soon"}), Away, None),
    (JSONResponse({}, 409, {"retry-after": "1"}), Away, timedelta(seconds=1)),
    (JSONResponse({}, 500), Away, None),
    (JSONResponse({}, 400), Declined, None),
    (HTMLResponse("<html>moved</html>", 302, {"location": "https://elsewhere.example"}), Declined, None),
])  # fmt: skip
async def test_what_passes_by_itself_is_told_from_a_no(
    twin: CourierPlatform, platform: GenericClient, answer: Response, fault: type[Exception], after: timedelta | None
) -> None:
    twin.faults.append(lambda: answer)
    with pytest.raises(fault) as found:
        await sent(platform, "book", one_asked("book"))
    assert getattr(found.value, "retry_after", None) == after


@pytest.mark.parametrize(("fault", "told"), [
    (httpx.ConnectError("refused"), Away), (httpx.ConnectTimeout("slow"), Away),
    (httpx.ReadTimeout("silent"), Uncertain), (httpx.RemoteProtocolError("cut"), Uncertain),
])  # fmt: skip
async def test_a_line_that_breaks_is_uncertain_only_where_the_order_may_have_come(
    fault: httpx.TransportError, told: type[Exception]
) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise fault

    async with over(httpx.MockTransport(broken)) as http:
        with pytest.raises(told):
            await sent(GenericClient(settings({"orders": PATHS}), http), "book", one_asked("book"))


@pytest.mark.parametrize(("body", "reason", "place"), [
    (b"{}", "ANSWER_WITHOUT_REFERENCES", "/references"),
    (b'{"references": []}', "ANSWER_WITHOUT_REFERENCES", "/references"),
    (b'{"references": "VEGA-1"}', "BODY_NOT_ANSWER", "/references"),
    (b'{"references": [""]}', "BODY_NOT_ANSWER", "/references/0"),
    (b'{"references": ["V", 7]}', "BODY_NOT_ANSWER", "/references/1"),
    (b'{"references": ["\\u0000"]}', "TEXT_NOT_STORABLE", "/references/0"),
    (b"[]", "BODY_NOT_ANSWER", ""),
    (b"<html>thank you</html>", "BODY_NOT_JSON", ""),
    (b'{"references": ["VE', "BODY_NOT_JSON", ""),
])  # fmt: skip
def test_a_yes_that_names_nothing_is_refused_so_that_somebody_looks(body: bytes, reason: str, place: str) -> None:
    refusal = refused(body, webhook="courier.book")
    assert (refusal.reason, refusal.place) == (reason, place)


def following(*names: str) -> Any:
    async def followed(after: str, limit: int) -> list[str]:
        return sorted(name for name in names if name > after)[:limit]

    return followed


async def test_where_shipments_are_is_fetched_in_the_words_of_a_push(
    twin: CourierPlatform, platform: GenericClient
) -> None:
    await sent(platform, "book", one_asked("book"))
    twin.bookings["VEGA-0001"].milestones.append(a_milestone(shipments=["VEGA-0001"]))
    found = await fetch(platform, "", following("VEGA-0001", "VEGA-0002"))
    (body,) = found.bodies
    (fact,) = read(body, webhook="courier.track").facts
    assert (fact.key, fact.ends, found.more) == ("E-1", True, False)
    assert sorted(twin.calls[1:]) == [f"GET /v1/shipments/{name}/milestones" for name in ("VEGA-0001", "VEGA-0002")]
    many = following(*(f"N-{number:02}" for number in range(25)))
    first = await fetch(platform, "", many)
    assert (first.bodies, first.cursor, first.more) == ([], "N-19", True)
    assert (await fetch(platform, first.cursor, many)).more is False


def test_names_in_paths_are_escaped() -> None:
    order = {"shipment": "shipments/a b", "references": ["../x?y#z"]}
    path = path_of("/v1/{shipment}/{reference}", order)
    assert path == "/v1/a%20b/..%2Fx%3Fy%23z"
    assert urlsplit(path).query == ""


async def test_the_couriers_words_are_kept_to_a_length_that_can_be_read() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(422, text="x" * 301))
    async with httpx.AsyncClient(transport=transport, base_url="http://platform") as http:
        with pytest.raises(Declined, match=f"^422 Unprocessable Entity {'x' * 300}$"):
            await GenericClient(settings({}), http).order("/bookings", b"{}", "request-1")
