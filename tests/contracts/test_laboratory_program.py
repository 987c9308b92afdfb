"""The laboratory's system works on what its contract says."""

from collections.abc import Callable

import pytest
from pact import Pact

from tests.contracts.consumers import over_rest, qc_laboratory
from tests.contracts.consumers.words import EXAMPLE_REQUEST_ID, EXAMPLE_TOKEN, pact_of


def pushed(step: Callable[[Pact], None], **changes: object) -> qc_laboratory.Receipt:
    """What the laboratory files of a push, on the mock server's word."""
    pact = pact_of(qc_laboratory.NAME)
    step(pact)
    with pact.serve(addr="127.0.0.1") as server:
        system = qc_laboratory.ResultPush(over_rest.Rest(str(server.url), EXAMPLE_TOKEN))
        return system.push(qc_laboratory.result(**changes))


def test_the_laboratory_files_what_it_has_to_clear_up() -> None:
    receipt = pushed(qc_laboratory._pushes_a_result)
    assert receipt.message.startswith("messages/")
    assert receipt.notes == {EXAMPLE_REQUEST_ID: ["SAMPLE_UNKNOWN"]}


def test_the_laboratory_learns_where_its_mistake_is() -> None:
    with pytest.raises(over_rest.Refusal) as refused:
        pushed(qc_laboratory._is_refused_with_the_place, value=0.5)
    assert (refused.value.reason, refused.value.facts["place"]) == ("BODY_NOT_RESULTS", "/results/0/value")
