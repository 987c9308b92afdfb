"""Calder Pharma's integration hub works on what its contract says."""

import json
from collections.abc import Callable

import pytest
from doselane.slotting.v1.events_pb2 import SlotConfirmed
from doselane.status.v1.events_pb2 import DoseUpdated
from google.protobuf.json_format import ParseDict
from pact import Pact

from tests.contracts.consumers import calder, over_rest
from tests.contracts.consumers.words import EXAMPLE_REQUEST_ID, EXAMPLE_SLOT_ID, EXAMPLE_TOKEN, pact_of


def of_hub(*steps: Callable[[Pact], None]) -> Pact:
    pact = pact_of(calder.NAME)
    for step in steps:
        step(pact)
    return pact


def test_the_hub_places_an_order_and_withdraws_it_by_what_it_was_told() -> None:
    with of_hub(calder._places_an_order, calder._withdraws_an_order).serve(addr="127.0.0.1") as server:
        hub = calder.IntegrationHub(str(server.url), EXAMPLE_TOKEN)
        promised = hub.place(calder.EXAMPLE_DEMAND, EXAMPLE_REQUEST_ID)
        assert promised.slot == f"slots/{EXAMPLE_SLOT_ID}"
        assert hub.withdraw(promised.slot, EXAMPLE_REQUEST_ID) == "RELEASED"


def test_the_hub_learns_which_field_it_mapped_wrongly() -> None:
    with (
        of_hub(calder._is_told_which_field_is_wrong).serve(addr="127.0.0.1") as server,
        pytest.raises(over_rest.Refusal) as refused,
    ):
        calder.IntegrationHub(str(server.url), EXAMPLE_TOKEN).place(calder.WRONGLY_MAPPED, EXAMPLE_REQUEST_ID)
    assert (refused.value.status, refused.value.facts["field"]) == (400, "demand.administration.time")


def test_the_hub_shows_where_an_order_stands() -> None:
    with of_hub(calder._asks_for_a_delivered_dose).serve(addr="127.0.0.1") as server:
        hub = calder.IntegrationHub(str(server.url), EXAMPLE_TOKEN)
        assert hub.status(f"doses/{EXAMPLE_SLOT_ID}") == ("4500017331-10", "FULFILLED", "DELIVERED")


def test_the_hub_writes_events_into_the_order() -> None:
    lines = calder.StatusLines()

    def arrives(body: str | bytes | None, metadata: dict[str, object]) -> None:
        headers = {name: str(value) for name, value in metadata.items()}
        message = {calder.SLOT_CONFIRMED: SlotConfirmed, calder.DOSE_UPDATED: DoseUpdated}[headers["ce_type"]]()
        lines.take(headers, ParseDict(json.loads(body or b""), message).SerializeToString())

    of_hub(calder._hears_of_a_promise, calder._hears_of_a_delivery).verify(arrives, "Async")
    assert lines.written == {"4500017331-10": ["CONFIRMED 2027-03-03T09:00:00Z", "DELIVERED"]}
