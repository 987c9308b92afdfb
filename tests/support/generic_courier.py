"""What a courier of our own kind tells: milestones as JSON and CSV."""

import json
from datetime import UTC, datetime
from typing import Any

from adapters.courier_generic import ADAPTER
from adapters.courier_generic.settings import settings
from adapters.courier_generic.translate import CSV, JSON, GenericReader
from adapters.host.mappings import mapping_of
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.mapping import Mapped

RECEIVED = datetime(2026, 12, 1, 12, tzinfo=UTC)
SHIPMENT = "VEGA-0001"
MAPPING = """\
version: 1
fields: {shipment: Sendung, occurred_at: Zeit, kind: Ereignis}
tables:
  kind: {zugestellt: DELIVERED, unterwegs: DEPARTED, "17": COLLECTED}
"""
PLAIN = "version: 1"


def a_reader(mapping: str = PLAIN, **options: Any) -> GenericReader:
    """The reader of an account with these options and this mapping."""
    assert ADAPTER.mapping is not None
    return GenericReader(Mapped(settings(options), mapping_of("vega.yaml", mapping, ADAPTER.mapping).mapping))


def a_milestone(**changes: Any) -> dict[str, Any]:
    """A milestone as JSON; None leaves a field out."""
    said = {
        "event_id": "E-1",
        "shipments": [SHIPMENT],
        "kind": "DELIVERED",
        "occurred_at": "2026-12-01T09:30:00+01:00",
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def milestones(*said: Any) -> dict[str, Any]:
    """A message with these milestones."""
    return {"milestones": list(said)}


def read(body: Any, reader: GenericReader | None = None, webhook: str = JSON, **headers: str) -> Translation:
    """What a push is read as; JSON is written first."""
    written = body if isinstance(body, bytes) else body.encode() if webhook == CSV else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (reader or a_reader()).translate(Incoming(webhook, written, named, RECEIVED))


def one(said: dict[str, Any], reader: GenericReader | None = None) -> Fact:
    """The fact of a milestone."""
    (fact,) = read(milestones(said), reader).facts
    return fact


def refused(body: Any, reader: GenericReader | None = None, webhook: str = JSON) -> Refused:
    """Why a push is refused."""
    try:
        found = read(body, reader, webhook)
    except Refused as refusal:
        return refusal
    raise AssertionError(f"it was taken: {found}")
