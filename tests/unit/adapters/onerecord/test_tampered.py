"""Whatever a body was made of, it is read or refused: nothing else happens to who reads it."""

import json
import random
from typing import Any

import pytest

from adapters.manifest import Refused
from tests.conformance.adapters.mutations import Mutations
from tests.support.onerecord import SHIPMENT, fetched, notified, posted

# Names without a colon, as changes go into all of them.
CONTEXT = {"@vocab": "https://onerecord.iata.org/ns/cargo#", "api": "https://onerecord.iata.org/ns/api#",
           "kind": "https://onerecord.iata.org/ns/api#hasEventType", "of": "https://onerecord.iata.org/ns/api#hasLogisticsObject",
           "told": "https://onerecord.iata.org/ns/api#hasLogisticsEvent"}  # fmt: skip
AIRPORT = {
    "@type": "Location", "locationCodes": [{"@type": "CodeListElement", "code": "JFK"}],
    "geolocation": {"latitude": 40.64, "longitude": "-73.78"}, "address": {"country": {"@id": "x#US"}},
}  # fmt: skip
EVENT = {
    "@context": CONTEXT, "@type": "LogisticsEvent", "eventDate": {"@type": "x", "@value": "2026-11-22T04:00:00"},
    "eventCode": [{"@id": "https://onerecord.iata.org/ns/code-lists/StatusCode#DLV"}], "eventLocation": AIRPORT,
    "eventTimeType": {"@id": "https://onerecord.iata.org/ns/cargo#ACTUAL"}, "creationDate": "2026-11-22T09:00:00Z",
    "eventFor": {"@id": SHIPMENT, "@type": "Shipment", "waybill": {
        "@type": "Waybill", "waybillPrefix": "020", "waybillNumber": "12345675", "arrivalLocation": AIRPORT}},
}  # fmt: skip
NOTIFICATION = {
    "@context": CONTEXT, "@type": "api:Notification", "kind": {"@id": "api:LOGISTICS_EVENT_RECEIVED"},
    "of": {"@id": SHIPMENT}, "told": [EVENT, {"@id": f"{SHIPMENT}/logistics-events/1"}],
}  # fmt: skip
JUNK: list[Any] = [
    None, True, 0, -1.5, 1e308, 10**400, "", "x", "a:b", ":", "https://[", "_:b", "@id", [], {}, [[]], [None],
    {"@id": 7},
    {"@value": None}, {"@value": {"a": 1}}, {"@list": {"@list": [1]}}, {"@set": 7}, {"@graph": 7}, {"@type": 5},
    "9" * 4000,
    {"@context": {"@vocab": 7}}, {"@context": {"a": {"@id": "@type"}}}, {"@context": None}, "NaN", "Infinity", "95",
    "2026-11-22T09:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z",
]  # fmt: skip
NAMES = ["@id", "@type", "@context", "@graph", "@value", "@list", "@set", "eventDate", "eventCode", "waybill", "events"]


@pytest.mark.parametrize("seed", range(8))
def test_no_body_that_was_tampered_with_does_worse_than_be_refused(seed: int) -> None:
    rng, mutations, read = random.Random(seed), Mutations(JUNK, NAMES), 0
    for _ in range(60):
        changed, done = mutations.of(rng.choice((EVENT, NOTIFICATION, [EVENT, NOTIFICATION])), rng)
        for reader in (posted, notified, fetched):
            try:
                read += len(reader(json.dumps(changed).encode() if reader is not fetched else changed).facts)
            except Refused as refused:
                assert refused.reason, done
    assert read > 0
