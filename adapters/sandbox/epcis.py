"""A specialty courier that pushes GS1 EPCIS 2.0 documents with the readings of a temperature logger."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx

from adapters.sandbox.courier import Now, SandboxCourier, machine_time
from adapters.sandbox.journey import Scan, Stage

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
# Words of the Core Business Vocabulary; it has none for a label that was printed or a van on its last mile.
_STEP_OF_STAGE: Mapping[Stage, tuple[str, str]] = {
    Stage.BOOKED: ("https://doselane.io/epcis/BizStep-booked", "in_progress"),
    Stage.COLLECTED: ("collecting", "in_transit"),
    Stage.DEPARTED: ("departing", "in_transit"),
    Stage.ARRIVED: ("arriving", "in_progress"),
    Stage.OUT_FOR_DELIVERY: ("https://doselane.io/epcis/BizStep-out_for_delivery", "in_transit"),
    Stage.DELIVERED: ("receiving", "in_progress"),
}
_EVENT_IDS = UUID("0198f2c4-5a4e-7000-8000-5a4d1a6b0c01")  # any fixed UUID: it makes the ids of one scan the same


def epcis_courier(base_url: str, account: str, auth: httpx.Auth | None, now: Now = machine_time) -> SandboxCourier:
    """The courier on one account; `auth` gets it a token, and another when that has expired."""
    return SandboxCourier(base_url, f"/push/epcis/{account}/capture", {}, document, auth=auth, now=now)


def document(scan: Scan) -> Mapping[str, Any]:
    """A scan as an EPCIS document with one object event."""
    return {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": scan.at.isoformat(),
        "epcisBody": {"eventList": [event(scan)]},
    }


def event(scan: Scan) -> Mapping[str, Any]:
    """A scan as an object event with a sensor report."""
    step, disposition = _STEP_OF_STAGE[scan.stage]
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{uuid5(_EVENT_IDS, f'{scan.reference} {scan.number}')}",
        "eventTime": scan.at.isoformat(),
        "eventTimeZoneOffset": "+00:00",
        "epcList": [scan.reference],
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": disposition,
        "readPoint": {"id": "urn:epc:id:sgln:9520123.00001.0"},
        "sensorElementList": [
            {
                "sensorMetadata": {
                    "startTime": (scan.at - timedelta(hours=1)).isoformat(),
                    "endTime": scan.at.isoformat(),
                },
                "sensorReport": [{"type": "Temperature", "value": round(scan.celsius, 2), "uom": "CEL"}],
            }
        ],
    }
