"""Couriers' twins of the sandbox as providers of contracts, with the states of those."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from adapters.courier_generic.orders import BOOK
from adapters.sandbox.courier_platform import CourierPlatform
from adapters.sandbox.dhl_api import DhlTwin
from adapters.sandbox.fedex import scan_event
from adapters.sandbox.fedex_api import FedexTwin
from adapters.sandbox.journey import Scan, Stage
from adapters.sandbox.mydhl_api import MyDhlTwin
from adapters.sandbox.one_record import event_of, subscription
from adapters.sandbox.one_record_api import OneRecordTwin
from adapters.sandbox.ups_api import UpsTwin
from services.kernel.clock import VirtualClock
from tests.contracts.vendors import dhl, fedex, mydhl, onerecord, platform, ups
from tests.contracts.vendors.served import Twin, TwinStates, served
from tests.support.couriers import NOW
from tests.support.dhl import scan
from tests.support.onerecord import THEIRS, WAYBILL


@asynccontextmanager
async def dhl_twin(key: str = dhl.KEY) -> AsyncIterator[tuple[str, TwinStates]]:
    """DHL's unified tracking."""
    twin = DhlTwin(VirtualClock(NOW), key)
    states = {
        dhl.NOTHING_SCANNED: lambda: None,
        dhl.SCANNED: lambda: twin.scanned(dhl.SERVICE, dhl.WAYBILL, scan(dhl.SCANNED_AT), dhl.PIECE),
        dhl.USED_UP: twin.use_up,
    }
    async with served(twin.app) as url:
        yield url, TwinStates(twin.clear, states)


@asynccontextmanager
async def mydhl_twin() -> AsyncIterator[tuple[str, TwinStates]]:
    """MyDHL API."""
    twin = MyDhlTwin(mydhl.USER, mydhl.PASSWORD)

    def scanned() -> None:
        twin.scanned(mydhl.WAYBILL, NOW, "PU", "XQX SOMEWHERE", "Asia/Tokyo", mydhl.PIECE)

    async with served(twin.app) as url:
        yield url, TwinStates(twin.clear, {mydhl.NOTHING_SCANNED: lambda: None, mydhl.SCANNED: scanned})


@asynccontextmanager
async def fedex_twin() -> AsyncIterator[tuple[str, TwinStates]]:
    """FedEx: tokens and Track."""
    twin = FedexTwin(VirtualClock(NOW), fedex.CLIENT, fedex.SECRET)
    picked_up = scan_event(Scan(fedex.NUMBER, 0, Stage.COLLECTED, NOW, 21.0))
    states = {
        fedex.NO_TOKEN: lambda: None,
        fedex.A_TOKEN: lambda: twin.issued(fedex.TOKEN),
        fedex.SCANNED: lambda: twin.scanned(fedex.NUMBER, picked_up),
        fedex.DECLINES: lambda: twin.invalid.add(fedex.DECLINED),
    }
    async with served(twin.app) as url:
        yield url, TwinStates(twin.clear, states)


_ORIGIN_SCAN = {
    "location": {"address": {"city": "DULUTH", "stateProvince": "MN", "countryCode": "US"}},
    "status": {"type": "P", "code": "OR", "description": "Origin Scan", "statusCode": "005"},
    "date": "20261122",
    "time": "020000",
    "gmtDate": "20261122",
    "gmtTime": "080000",
    "gmtOffset": "-06:00",
}


@asynccontextmanager
async def ups_twin() -> AsyncIterator[tuple[str, TwinStates]]:
    """UPS: tokens, Track, Track Alert, Delivery Intercept."""
    twin = UpsTwin(VirtualClock(NOW), ups.CLIENT, ups.SECRET)

    def scanned() -> None:
        twin.scanned(ups.NUMBER, _ORIGIN_SCAN)

    states = {
        ups.NO_TOKEN: lambda: None,
        ups.NOTHING_SCANNED: lambda: None,
        ups.A_TOKEN: lambda: twin.issued(ups.TOKEN),
        ups.SCANNED: scanned,
        ups.INTERCEPTED: lambda: twin.intercepts.standing.update({ups.NUMBER: ("RD", {})}),
    }
    async with served(twin.app) as url:
        yield url, TwinStates(twin.clear, states)


class PlatformStates:
    """What was ordered of a courier's own platform."""

    def __init__(self, twin: CourierPlatform) -> None:
        self._twin = twin
        self._booking = json.loads(platform.order(BOOK).body)
        self.all = {
            platform.NOTHING_BOOKED: lambda: None,
            platform.BOOKED: self.booked,
            platform.BOOKED_BEFORE: self.booked_before,
            platform.COLLECTED: self.collected,
            platform.DECIDES_LATER: self.decides_later,
        }

    def booked(self) -> None:
        """Our shipment, under the name of the contract."""
        assert self._twin.took(self._booking).reference == platform.REFERENCE

    def booked_before(self) -> None:
        """The same by the order that comes again."""
        assert self._twin.took(self._booking, self._booking["request_id"]).reference == platform.REFERENCE

    def collected(self) -> None:
        """The courier has it in hand, and has told so."""
        booking = self._twin.bookings[platform.REFERENCE]
        booking.is_collected = True
        told = {"shipments": [platform.REFERENCE], "kind": "COLLECTED", "occurred_at": NOW.isoformat()}
        booking.milestones.append(told)

    def decides_later(self) -> None:
        """Somebody looks at each order first."""
        self._twin.decides_later = True


@asynccontextmanager
async def platform_twin() -> AsyncIterator[tuple[str, TwinStates]]:
    """A courier's platform that takes our orders."""
    twin = CourierPlatform(platform.KEY)
    async with served(twin.app) as url:
        yield url, TwinStates(twin.clear, PlatformStates(twin).all)


class OneRecordStates:
    """What a carrier carries and wants, under the addresses of the contract, wherever its twin is served."""

    def __init__(self, twin: OneRecordTwin) -> None:
        self._twin = twin
        self.all = {
            onerecord.NO_TOKEN: lambda: None,
            onerecord.A_TOKEN: lambda: twin.issued(onerecord.TOKEN),
            onerecord.CARRIED: self.carried,
            onerecord.WANTED: self.wanted,
        }

    def carried(self) -> None:
        """Our shipment has left, and was booked before."""
        made = self._twin.carry(WAYBILL).rpartition("/")[2]
        url = self._twin.object_url(onerecord.SHIPMENT)
        self._twin.objects[onerecord.SHIPMENT] = {**self._twin.objects.pop(made), "@id": url}
        told = (("FOH", "another"), ("DEP", onerecord.EVENT))
        self._twin.events[onerecord.SHIPMENT] = [
            {"@id": f"{url}/logistics-events/{name}", **event_of(code, NOW, url, self._twin.object_url("carrier"))}
            for code, name in told
        ]

    def wanted(self) -> None:
        """It wants to be told that our object is there."""
        kind, event_type = "LOGISTICS_OBJECT_IDENTIFIER", "LOGISTICS_OBJECT_CREATED"
        self._twin.wishes.append(subscription(kind, onerecord.OURS, f"{THEIRS}/logistics-objects/carrier", event_type))


@asynccontextmanager
async def onerecord_twin() -> AsyncIterator[tuple[str, TwinStates]]:
    """A carrier's ONE Record server."""
    twin = OneRecordTwin(VirtualClock(NOW), onerecord.CLIENT, onerecord.SECRET)
    twin.url = THEIRS
    async with served(twin.app) as url:
        yield url, TwinStates(twin.clear, OneRecordStates(twin).all)


COURIER_TWINS: Mapping[str, Twin] = {
    dhl.NAME: dhl_twin,
    mydhl.NAME: mydhl_twin,
    fedex.NAME: fedex_twin,
    ups.NAME: ups_twin,
    platform.NAME: platform_twin,
    onerecord.NAME: onerecord_twin,
}
