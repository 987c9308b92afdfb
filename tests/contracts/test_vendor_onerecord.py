"""The adapter of ONE Record works on what its contract with a carrier's server says."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from doselane.courier.v1.courier_pb2 import Milestone
from pact import Pact

from adapters.courier_onerecord.client import OneRecordClient
from adapters.courier_onerecord.port import fetch_followed, subscribe
from adapters.courier_onerecord.settings import settings
from adapters.courier_onerecord.telling import announce
from adapters.host.client import client
from adapters.manifest import Archive
from adapters.outbound import Declined, Fetched
from services.kernel.clock import VirtualClock
from tests.contracts.files import file_of, interactions
from tests.contracts.vendors import VENDORS, onerecord
from tests.support.couriers import NOW
from tests.support.onerecord import SERVER, SHIPMENT, THEIRS, WAYBILL, fetched


class NothingKept:
    """An account of which nothing is kept yet."""

    async def messages(self, webhook: str, before: str, limit: int) -> list[Any]:
        return []

    def now(self) -> datetime:
        return NOW


@asynccontextmanager
async def reached(*steps: Callable[[Pact], None]) -> AsyncIterator[tuple[OneRecordClient, str]]:
    """The adapter, and a carrier that says what these interactions of the contract say; and where it is."""
    pact = Pact(onerecord.NAME, onerecord.PROVIDER).with_specification("V4")
    for step in (onerecord.gives_a_token, *steps):
        step(pact)
    with pact.serve(addr="127.0.0.1") as server:
        url = str(server.url).rstrip("/")
        credentials = {"type": "oauth_client_credentials", "token_url": f"{url}/oauth/token"}
        credentials |= {"client": onerecord.CLIENT, "secret": onerecord.SECRET}
        async with client({"url": url, "credentials": credentials}, VirtualClock(NOW)) as http:
            yield OneRecordClient(settings({"server": SERVER}), http, cast("Archive", NothingKept())), url


async def followed(carrier: OneRecordClient, *names: str) -> Fetched:
    """What comes of a round of the poll, in which these names are followed."""

    async def following(after: str, limit: int) -> Sequence[str]:
        return [name for name in sorted(names) if name > after][:limit]

    return await fetch_followed(carrier, "", following)


async def test_a_carrier_takes_a_subscription_and_says_where_it_is() -> None:
    async with reached(onerecord.takes_a_subscription) as (carrier, _):
        receipt = await subscribe(carrier, onerecord.subscription())
    assert receipt.endswith(f"{THEIRS}/action-requests/1")


async def test_the_events_of_a_shipment_come_with_what_says_which_one_it_is() -> None:
    async with reached(onerecord.lists_events, onerecord.reads_a_shipment) as (carrier, url):
        (body,) = (await followed(carrier, f"{url}/logistics-objects/{onerecord.SHIPMENT}")).bodies
    (fact,) = fetched(*_documents(body)).facts
    assert (fact.said.kind, fact.said.time.ToDatetime(UTC)) == (Milestone.DEPARTED, NOW)
    assert SHIPMENT in fact.references


async def test_an_event_that_was_only_named_is_fetched_by_its_address() -> None:
    async with reached(onerecord.reads_an_event, onerecord.reads_a_shipment) as (carrier, url):
        name = f"{url}/logistics-objects/{onerecord.SHIPMENT}/logistics-events/{onerecord.EVENT}"
        (body,) = (await followed(carrier, name)).bodies
    assert [fact.code for fact in fetched(*_documents(body)).facts] == ["DEP"]


async def test_a_waybill_tells_the_number_by_which_we_know_the_shipment() -> None:
    async with reached(onerecord.reads_a_waybill, onerecord.reads_an_event, onerecord.reads_a_shipment) as (
        carrier,
        url,
    ):
        objects = f"{url}/logistics-objects"
        event = await carrier.get(f"{objects}/{onerecord.SHIPMENT}/logistics-events/{onerecord.EVENT}")
        shipment = await carrier.get(f"{objects}/{onerecord.SHIPMENT}")
        waybill = await carrier.get(f"{objects}/{onerecord.PAPER}")
    (fact,) = fetched(*(document for each in (event, shipment, waybill) for document in _documents(each))).facts
    assert WAYBILL in fact.references


async def test_what_is_not_there_brings_nothing() -> None:
    async with reached(onerecord.finds_none) as (carrier, url):
        assert await carrier.get(f"{url}/logistics-objects/{onerecord.SHIPMENT}/logistics-events") == b""


async def test_a_carrier_is_told_of_what_it_wants_to_hear_and_of_nothing_else() -> None:
    ours = onerecord.OURS
    async with reached(onerecord.says_what_it_wants, onerecord.is_notified) as (carrier, _):
        assert await announce(carrier, onerecord.announcement()) == f"told of LOGISTICS_OBJECT_CREATED of {ours}"
    async with reached(onerecord.wants_nothing) as (carrier, _):
        told = await announce(carrier, onerecord.announcement())
    assert told == f"nobody there subscribed to LOGISTICS_OBJECT_CREATED of {ours}"


async def test_a_token_that_is_over_is_told_in_the_carriers_words() -> None:
    async with reached(onerecord.is_not_believed) as (carrier, url):
        with pytest.raises(Declined, match="401: Not authenticated"):
            await carrier.get(f"{url}/logistics-objects/{onerecord.SHIPMENT}")


def test_every_operation_of_the_adapter_stands_in_its_contract() -> None:
    asked = {
        (each["request"]["method"], each["request"]["path"])
        for each in interactions(file_of(onerecord.NAME, VENDORS))
    }  # fmt: skip
    objects = "/logistics-objects"
    assert asked == {
        ("POST", "/oauth/token"),
        ("POST", "/subscriptions"),
        ("GET", "/subscriptions"),
        ("POST", "/notifications"),
        ("GET", f"{objects}/{onerecord.SHIPMENT}"),
        ("GET", f"{objects}/{onerecord.PAPER}"),
        ("GET", f"{objects}/{onerecord.SHIPMENT}/logistics-events"),
        ("GET", f"{objects}/{onerecord.SHIPMENT}/logistics-events/{onerecord.EVENT}"),
    }


def _documents(body: bytes) -> list[Any]:
    said = json.loads(body)
    return said if isinstance(said, list) else [said]
