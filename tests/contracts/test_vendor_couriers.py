"""The adapters of couriers work on what their contracts say."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from typing import Any

import httpx
import pytest
from doselane.courier.v1.courier_pb2 import Milestone
from pact import Pact

from adapters.courier_dhl import port as dhl_port
from adapters.courier_dhl.client import DhlClient
from adapters.courier_dhl.settings import DhlOptions
from adapters.courier_fedex import port as fedex_port
from adapters.courier_fedex.client import FedexClient
from adapters.courier_generic import port as generic_port
from adapters.courier_generic.client import GenericClient
from adapters.courier_generic.orders import BOOK, CANCEL, REDIRECT
from adapters.courier_generic.settings import settings
from adapters.courier_mydhl import port as mydhl_port
from adapters.courier_mydhl.client import MyDhlClient
from adapters.courier_mydhl.translate import TRACK, MyDhlReader
from adapters.courier_ups import intercepts
from adapters.courier_ups import port as ups_port
from adapters.courier_ups.client import UpsClient
from adapters.courier_ups.settings import settings as ups_settings
from adapters.courier_ups.translate import UpsReader
from adapters.host.client import client
from adapters.manifest import Incoming
from adapters.outbound import Away, Declined, Fetched, Following, Outgoing, Reaction, Receipt
from adapters.sandbox.courier_platform import KEY_HEADER, PATHS
from services.kernel.clock import VirtualClock
from tests.contracts.files import file_of, interactions
from tests.contracts.vendors import VENDORS, dhl, fedex, mydhl, platform, ups
from tests.support import dhl as said_by_dhl
from tests.support import fedex as said_by_fedex
from tests.support import generic_courier
from tests.support.couriers import NOW

Step = Callable[[Pact], None]


@asynccontextmanager
async def reached(vendor: Any, credentials: dict[str, str], *steps: Step, path: str = "") -> AsyncIterator[Any]:
    """The host's way to a vendor that says what these interactions of the contract say, and no more."""
    pact = Pact(vendor.NAME, vendor.PROVIDER).with_specification("V4")
    for step in steps:
        step(pact)
    with pact.serve(addr="127.0.0.1") as server:
        given = {name: value.replace("{url}", str(server.url).rstrip("/")) for name, value in credentials.items()}
        url = f"{str(server.url).rstrip('/')}{path}"
        async with client({"url": url, "credentials": given}, VirtualClock(NOW)) as http:
            yield http


def these(*names: str) -> Following:
    """The names that we follow."""

    async def following(after: str, limit: int) -> Sequence[str]:
        return [name for name in sorted(names) if name > after][:limit]

    return following


def by_dhl(*steps: Step, key: str = dhl.KEY) -> Any:
    return reached(dhl, {"type": "header_key", "header": "DHL-API-Key", "key": key}, *steps)


async def ask_dhl(http: httpx.AsyncClient, *names: str) -> Fetched:
    return await dhl_port.fetch(DhlClient(DhlOptions(dhl.SERVICE, timedelta()), http), "", these(*names))


@pytest.mark.parametrize("step", [dhl.reads_a_shipment, dhl.reads_it_by_its_piece])
async def test_dhl_is_asked_for_a_shipment_by_each_of_its_names(step: Step) -> None:
    asked = dhl.WAYBILL if step is dhl.reads_a_shipment else dhl.PIECE
    async with by_dhl(step) as http:
        (body,) = (await ask_dhl(http, asked)).bodies
    fact = said_by_dhl.only(said_by_dhl.read(body, webhook=said_by_dhl.ANSWERED))
    assert (fact.said.kind, fact.code) == (Milestone.DEPARTED, "transit")
    assert set(fact.references) == {dhl.WAYBILL, dhl.PIECE}
    assert fact.said.time.ToDatetime(UTC).isoformat() == "2026-11-22T08:00:00+00:00"


async def test_dhl_knows_nothing_of_a_number_believes_nobody_and_wants_to_be_left_alone() -> None:
    async with by_dhl(dhl.finds_none) as http:
        assert (await ask_dhl(http, dhl.UNKNOWN)).bodies == []
    async with by_dhl(dhl.is_not_believed, key="another") as http:
        with pytest.raises(Declined, match="401: Unauthorized"):
            await ask_dhl(http, dhl.WAYBILL)
    async with by_dhl(dhl.is_told_that_it_was_too_much) as http:
        with pytest.raises(Away, match="429: Too Many Requests"):
            await ask_dhl(http, dhl.WAYBILL)


def by_mydhl(*steps: Step, password: str = mydhl.PASSWORD) -> Any:
    return reached(mydhl, {"type": "basic", "user": mydhl.USER, "password": password}, *steps, path=mydhl.API)


async def ask_mydhl(http: httpx.AsyncClient, *names: str) -> Fetched:
    return await mydhl_port.fetch(MyDhlClient(http), "", these(*names))


async def test_mydhl_is_asked_again_for_the_offsets_of_what_nobody_can_place() -> None:
    async with by_mydhl(mydhl.reads_many, mydhl.reads_one_with_offsets) as http:
        (body,) = (await ask_mydhl(http, mydhl.WAYBILL, mydhl.OTHER)).bodies
    (fact,) = MyDhlReader().translate(Incoming(TRACK, body, {}, NOW + timedelta(hours=1))).facts
    assert (fact.code, set(fact.references)) == ("PU", {mydhl.WAYBILL, mydhl.PIECE})
    assert fact.said.time.ToDatetime(UTC).isoformat() == "2026-11-22T09:00:00+00:00"


async def test_mydhl_is_asked_for_a_piece_and_tells_its_shipment() -> None:
    async with by_mydhl(mydhl.reads_a_piece, mydhl.reads_one_with_offsets) as http:
        (body,) = (await ask_mydhl(http, mydhl.PIECE)).bodies
    assert mydhl.WAYBILL.encode() in body


async def test_mydhl_says_no_to_a_number_or_to_all() -> None:
    async with by_mydhl(mydhl.finds_none) as http:
        assert (await ask_mydhl(http, mydhl.UNKNOWN)).bodies == []
    async with by_mydhl(mydhl.is_refused) as http:
        with pytest.raises(Declined, match="400"):
            await MyDhlClient(http).many(mydhl.WAYBILLS, ["12345"])
    async with by_mydhl(mydhl.is_not_believed, password="another") as http:
        with pytest.raises(Declined, match="401"):
            await ask_mydhl(http, mydhl.WAYBILL)


def by_fedex(*steps: Step, secret: str = fedex.SECRET) -> Any:
    token_url = "{url}/oauth/token"
    given = {"type": "oauth_client_post", "token_url": token_url, "client": fedex.CLIENT, "secret": secret}
    return reached(fedex, given, *steps)


async def ask_fedex(http: httpx.AsyncClient, *names: str) -> Fetched:
    return await fedex_port.fetch(FedexClient(http), "", these(*names))


async def test_fedex_gives_a_token_and_tells_its_scans() -> None:
    async with by_fedex(fedex.gives_a_token, fedex.reads_scans) as http:
        (body,) = (await ask_fedex(http, fedex.NUMBER)).bodies
    (fact,) = said_by_fedex.read(body, said_by_fedex.TRACK).facts
    assert (fact.said.kind, fact.references) == (Milestone.COLLECTED, (fedex.NUMBER,))
    assert fact.said.time.ToDatetime(UTC).isoformat() == "2026-11-22T08:00:00+00:00"


async def test_fedex_knows_nothing_of_a_number_and_declines_another() -> None:
    async with by_fedex(fedex.gives_a_token, fedex.finds_none) as http:
        (body,) = (await ask_fedex(http, fedex.UNKNOWN)).bodies
    assert said_by_fedex.read(body, said_by_fedex.TRACK).facts == ()
    async with by_fedex(fedex.gives_a_token, fedex.is_declined) as http:
        assert (await ask_fedex(http, fedex.DECLINED)).bodies == []


async def test_fedex_believes_neither_another_secret_nor_a_token_that_is_over() -> None:
    async with by_fedex(fedex.gives_none, secret="another") as http:
        with pytest.raises(Declined, match="no token: 401"):
            await ask_fedex(http, fedex.NUMBER)
    async with by_fedex(fedex.gives_a_token, fedex.is_told_that_the_token_is_over) as http:
        with pytest.raises(Declined, match=r"401 NOT\.AUTHORIZED\.ERROR"):
            await ask_fedex(http, fedex.NUMBER)


@asynccontextmanager
async def by_ups(*steps: Step, secret: str = ups.SECRET) -> AsyncIterator[UpsClient]:
    token_url = "{url}/security/v1/oauth/token"
    given = {"type": "oauth_client_credentials", "token_url": token_url, "client": ups.CLIENT, "secret": secret}
    address = {**ups.ADDRESS, "nameOrCompanyName": "Lakeside Clinic", "phoneNumber": "+12185550100"}
    options = {"requester": ups.REQUESTER, "addresses": {ups.PLACE: address}}
    async with reached(ups, given, *steps) as http:
        yield UpsClient(http, ups_settings(options))


def intercept() -> Outgoing:
    """What is asked of UPS for a package that goes elsewhere, or back."""
    told = {"number": ups.NUMBER, "shipment": "shipments/s-1", "cause": "the centre moved", "place": ups.PLACE,
            "called": "Lakeside Clinic"}  # fmt: skip
    return Outgoing(f"intercept of {ups.NUMBER}", json.dumps(told).encode(), NOW)


async def test_ups_gives_a_token_and_tells_its_activities() -> None:
    async with by_ups(ups.gives_a_token, ups.reads_activities) as courier:
        (body,) = (await ups_port.fetch(courier, "", these(ups.NUMBER))).bodies
    (fact,) = UpsReader().translate(Incoming(ups_port.TRACK.name, body, {}, NOW)).facts
    assert (fact.said.kind, fact.references) == (Milestone.DEPARTED, (ups.NUMBER,))
    assert fact.said.time.ToDatetime(UTC).isoformat() == "2026-11-22T08:00:00+00:00"


async def test_ups_knows_nothing_of_a_number_and_believes_neither_another_secret_nor_an_old_token() -> None:
    async with by_ups(ups.gives_a_token, ups.finds_none) as courier:
        (body,) = (await ups_port.fetch(courier, "", these(ups.UNKNOWN))).bodies
    assert UpsReader().translate(Incoming(ups_port.TRACK.name, body, {}, NOW)).facts == ()
    async with by_ups(ups.gives_none, secret="another") as courier:
        with pytest.raises(Declined, match="no token: 401"):
            await ups_port.fetch(courier, "", these(ups.NUMBER))
    async with by_ups(ups.gives_a_token, ups.is_told_that_the_token_is_over) as courier:
        with pytest.raises(Declined, match="401: UJ0001"):
            await ups_port.fetch(courier, "", these(ups.NUMBER))


async def test_ups_is_asked_to_tell_of_a_package() -> None:
    asked = json.dumps({"locale": "en_US", "trackingNumberList": [ups.NUMBER]}).encode()
    async with by_ups(ups.gives_a_token, ups.subscribes) as courier:
        told = await ups_port.SUBSCRIBE.send(courier, Outgoing(ups.NUMBER, asked, NOW))
    assert told == f"subscribed to {ups.NUMBER}"


@pytest.mark.parametrize(("step", "reaction"), [(ups.redirects, ups_port.REDIRECT), (ups.brings_back, ups_port.RETURN)])
async def test_ups_intercepts_a_package_and_its_yes_is_read(step: Step, reaction: Reaction) -> None:
    async with by_ups(ups.gives_a_token, step) as courier:
        receipt = await reaction.send(courier, intercept())
    assert isinstance(receipt, Receipt)
    fact = intercepts.agreed(Incoming(reaction.name, receipt.body, {"doselane-event": "e-1"}, NOW))
    assert (fact.references, fact.said.answers_event_id) == ((ups.NUMBER,), "e-1")


@pytest.mark.parametrize(("step", "words"), [(ups.is_redirected_already, "705"), (ups.does_not_intercept, "401: 605")])
async def test_ups_says_no_to_an_intercept(step: Step, words: str) -> None:
    async with by_ups(ups.gives_a_token, step) as courier:
        with pytest.raises(Declined, match=words):
            await ups_port.REDIRECT.send(courier, intercept())


async def test_after_a_lost_answer_ups_is_asked_what_stands() -> None:
    async with by_ups(ups.gives_a_token, ups.tells_what_stands) as courier:
        assert ups_port.REDIRECT.look is not None
        assert await ups_port.REDIRECT.look(courier, intercept()) is None


@asynccontextmanager
async def by_platform(*steps: Step, key: str = platform.KEY) -> AsyncIterator[GenericClient]:
    async with reached(platform, {"type": "header_key", "header": KEY_HEADER, "key": key}, *steps) as http:
        yield GenericClient(settings({"orders": PATHS}), http)


async def ordered(courier: GenericClient, what: str) -> str | Receipt:
    """What an order comes to, as the host keeps it."""
    (reaction,) = [each for each in generic_port.REACTIONS if each.name == f"courier.{what}"]
    return await reaction.send(courier, platform.order(what))


@pytest.mark.parametrize(("step", "what", "status"), [
    (platform.books, BOOK, 201), (platform.books_once, BOOK, 201), (platform.redirects, REDIRECT, 200),
])  # fmt: skip
async def test_a_platform_takes_an_order_and_says_under_which_name(step: Step, what: str, status: int) -> None:
    async with by_platform(step) as courier:
        receipt = await ordered(courier, what)
    assert isinstance(receipt, Receipt) and receipt.words == f"{what} {platform.SHIPMENT}: {status}"
    told = Incoming(f"courier.{what}", receipt.body, {"doselane-subject": platform.SHIPMENT}, NOW)
    (fact,) = generic_courier.a_reader().translate(told).facts
    assert fact.references == (platform.SHIPMENT, platform.REFERENCE)


async def test_a_platform_cancels_without_a_word_and_decides_later() -> None:
    async with by_platform(platform.cancels) as courier:
        assert isinstance(await ordered(courier, CANCEL), Receipt)
    async with by_platform(platform.is_not_decided) as courier:
        assert await ordered(courier, BOOK) == f"{BOOK} {platform.SHIPMENT}: 202"


@pytest.mark.parametrize(("step", "what", "status"), [
    (platform.is_on_its_way, CANCEL, 409), (platform.misses_the_booking, REDIRECT, 404),
])  # fmt: skip
async def test_a_platforms_no_is_final(step: Step, what: str, status: int) -> None:
    async with by_platform(step) as courier:
        with pytest.raises(Declined, match=str(status)):
            await ordered(courier, what)


async def test_a_platform_does_not_believe_another_key() -> None:
    async with by_platform(platform.is_not_believed, key="another") as courier:
        with pytest.raises(Declined, match="401"):
            await ordered(courier, BOOK)


async def test_a_platform_tells_milestones_in_our_own_json() -> None:
    async with by_platform(platform.reads_milestones) as courier:
        (body,) = (await generic_port.fetch(courier, "", these(platform.REFERENCE))).bodies
    (fact,) = generic_courier.read(body).facts
    assert (fact.said.kind, fact.references) == (Milestone.COLLECTED, (platform.REFERENCE,))
    async with by_platform(platform.finds_no_milestones) as courier:
        assert (await generic_port.fetch(courier, "", these(platform.REFERENCE))).bodies == []


def test_every_operation_of_the_adapters_of_couriers_stands_in_their_contracts() -> None:
    asked = {
        (each["request"]["method"], each["request"]["path"])
        for vendor in (dhl, mydhl, fedex, ups, platform)
        for each in interactions(file_of(vendor.NAME, VENDORS))
    }
    assert asked == {
        ("GET", "/track/shipments"),
        ("GET", "/mydhlapi/tracking"),
        ("GET", f"/mydhlapi/shipments/{mydhl.WAYBILL}/tracking"),
        ("POST", "/oauth/token"),
        ("POST", "/track/v1/trackingnumbers"),
        ("POST", "/security/v1/oauth/token"),
        ("GET", f"/api/track/v1/details/{ups.NUMBER}"),
        ("GET", f"/api/track/v1/details/{ups.UNKNOWN}"),
        ("POST", "/api/track/v2/subscription/standard/package"),
        ("POST", f"{ups.INTERCEPT}/redirect/address/{ups.NUMBER}"),
        ("POST", f"{ups.INTERCEPT}/return/{ups.NUMBER}"),
        ("GET", f"{ups.INTERCEPT}/eligibility/intercept/{ups.NUMBER}"),
        ("POST", "/v1/bookings"),
        ("POST", f"/v1/bookings/{platform.REFERENCE}/cancel"),
        ("POST", f"/v1/bookings/{platform.REFERENCE}/redirect"),
        ("GET", f"/v1/shipments/{platform.REFERENCE}/milestones"),
    }
