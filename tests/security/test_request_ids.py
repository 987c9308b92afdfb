"""A request id in another spelling is the same request, for each call that has one, and the nil id is refused."""

import pytest

from services.kernel.errors import Invalid
from services.kernel.idempotency import request_key_of
from services.kernel.identity import Caller
from tests.security.surface import METHODS, request_of

WITH_ID = {name: method for name, method in METHODS.items() if "request_id" in method.input_type.fields_by_name}
ID = "0198f2c4-0000-7abc-8def-000000000001"
SPELLINGS = (ID.upper(), f"{{{ID}}}", f"urn:uuid:{ID}", ID.replace("-", ""), f"URN:UUID:{ID.upper()}")
ACME = Caller("partners/acme", "orders", frozenset())


@pytest.mark.parametrize("name", WITH_ID)
def test_a_repetition_is_known_however_its_id_is_spelled(name: str) -> None:
    first = request_key_of(request_of(WITH_ID[name], request_id=ID), ACME)
    assert [request_key_of(request_of(WITH_ID[name], request_id=spelled), ACME) for spelled in SPELLINGS] == [first] * 5


@pytest.mark.parametrize("name", WITH_ID)
def test_the_nil_id_is_nobodys(name: str) -> None:
    for nobodys in ("", "00000000-0000-0000-0000-000000000000", "urn:uuid:" + "0" * 32):
        with pytest.raises(Invalid) as refused:
            request_key_of(request_of(WITH_ID[name], request_id=nobodys), ACME)
        assert refused.value.facts["field"] == "request_id"
