"""A courier that pushes milestones in our own JSON, with the temperature that its logger shows."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.sandbox.courier import Now, SandboxCourier, machine_time
from adapters.sandbox.journey import Scan


def generic_courier(base_url: str, account: str, headers: Mapping[str, str], now: Now = machine_time) -> SandboxCourier:
    """The courier on one account, with what proves who it is."""
    return SandboxCourier(base_url, f"/push/courier/{account}", headers, message, now=now)


def refusal(reference: str, at: datetime, words: str) -> bytes:
    """A message that a shipment was refused on its way."""
    milestone = {
        "event_id": f"{reference}-refused",
        "shipments": [reference],
        "kind": "EXCEPTION",
        "code": "DENIED",
        "description": words,
        "occurred_at": at.isoformat(timespec="seconds"),
    }
    return json.dumps({"milestones": [milestone]}).encode()


def message(scan: Scan) -> Mapping[str, Any]:
    """A scan as a message of one milestone, by the clock of the place."""
    milestone = {
        "event_id": f"{scan.reference}-{scan.number}",
        "shipments": [scan.reference],
        "kind": scan.stage.value,
        "occurred_at": scan.at.isoformat(timespec="seconds"),
        "location": {"place": "DLH-1", "city": "Duluth", "region": "MN", "postal_code": "55802", "country": "US"},
        "readings": [{"type": "Temperature", "value": scan.celsius, "unit": "CEL", "device": "LOG-7"}],
    }
    return {"milestones": [milestone]}
