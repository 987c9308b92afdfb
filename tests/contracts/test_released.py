"""Nothing that was released over REST is taken back. (What buf says of the protos is in tests/architecture.)"""

import copy

from tests.contracts.deprecations import today
from tests.contracts.openapi_breaks import breaks
from tests.contracts.released import openapi_as_released, openapi_of_today


def test_nothing_that_was_released_over_rest_is_taken_back() -> None:
    assert breaks(openapi_as_released(), openapi_of_today(), today()) == [], (
        "A partner's program would notice. If that is agreed with every partner: `make release-contracts`."
    )


def test_a_field_taken_back_from_the_real_document_is_seen() -> None:
    released = openapi_of_today()
    changed = copy.deepcopy(released)
    del changed["components"]["schemas"]["Slot"]["properties"]["referenceActivityKbq"]
    assert any(each.endswith(".referenceActivityKbq: field removed") for each in breaks(released, changed))


def test_a_call_taken_back_from_the_real_document_is_seen() -> None:
    released = openapi_of_today()
    changed = copy.deepcopy(released)
    del changed["paths"]["/v1/slots:claim"]["post"]
    assert breaks(released, changed) == ["POST /v1/slots:claim: removed"]
