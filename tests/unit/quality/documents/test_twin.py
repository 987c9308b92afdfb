"""Twins: canonical, with every fact and no more."""

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any

import pytest
import rfc8785

from services.kernel.errors import Invalid
from services.quality.documents import (
    batch_record,
    certificate_of_analysis,
    consignment_note,
    dangerous_goods_declaration,
    label,
)
from services.quality.documents.facts import DocumentHead
from services.quality.documents.twin import canonical, plain, utc_text
from tests.unit.quality.documents.builders import (
    HEAD,
    SANDBOX,
    a_batch,
    a_consignment,
    a_result,
    a_vial,
    at,
    measure,
    passed,
)


def holds(twin: Any, fact: Any) -> bool:
    """Whether a twin's value is the fact: compared field by field, by another way than the one that wrote it."""
    if is_dataclass(fact):
        known = {one.name: getattr(fact, one.name) for one in fields(fact) if getattr(fact, one.name) is not None}
        return twin.keys() == known.keys() and all(holds(twin[name], value) for name, value in known.items())
    if isinstance(fact, tuple):
        return len(twin) == len(fact) and all(map(holds, twin, fact))
    if isinstance(fact, datetime):
        return twin.endswith("Z") and datetime.fromisoformat(twin) == fact
    if isinstance(fact, Decimal):
        return isinstance(twin, str) and Decimal(twin).as_tuple() == fact.as_tuple()
    if isinstance(fact, Enum):
        return twin == fact.value
    return type(twin) is type(fact) and twin == fact


def test_every_document_has_a_twin_that_is_its_facts() -> None:
    batch, vial, consignment = a_batch(results=passed()), a_vial(), a_consignment()
    for document in (batch_record(batch, HEAD), certificate_of_analysis(batch, HEAD), label(batch, vial, "UTC", HEAD)):
        twin = json.loads(document.twin.content)
        assert holds(twin["batch"], batch)
        assert holds(twin["document"], HEAD)
        assert twin["kind"] == document.kind.name
        assert twin["form"] == 1
    assert holds(json.loads(label(batch, vial, "UTC", HEAD).twin.content)["vial"], vial)
    for document in (
        dangerous_goods_declaration(consignment, SANDBOX, HEAD),
        consignment_note(consignment, batch, HEAD),
    ):
        assert holds(json.loads(document.twin.content)["consignment"], consignment)


def test_the_comparison_notices_what_differs() -> None:
    batch = a_batch()
    twin = json.loads(batch_record(batch, HEAD).twin.content)["batch"]
    assert not holds(twin, a_batch(volume=measure("100.00", "mL")))
    assert not holds(twin, a_batch(expires_at=at(29, 13, 31)))
    assert not holds(twin, a_batch(volume=None))
    assert not holds(twin, a_batch(results=batch.results[1:]))


def test_a_twin_is_canonical_and_hashed() -> None:
    document = batch_record(a_batch(), HEAD)
    content = document.twin.content
    assert rfc8785.dumps(json.loads(content)) == content
    assert document.twin.sha256 == sha256(content).hexdigest()
    assert document.pdf.sha256 == sha256(document.pdf.content).hexdigest()
    assert (document.twin.media_type, document.pdf.media_type) == ("application/json", "application/pdf")
    assert (document.document_id, document.version, document.subject) == ("DOC-0001", 1, "LU26-1126/A")


def test_numbers_keep_their_digits_and_units_are_codes() -> None:
    batch = a_batch(results=(a_result(value=Decimal("1.00"), unit="[iU]/mL"),), volume=measure("1E+2", "mL"))
    twin = json.loads(batch_record(batch, HEAD).twin.content)["batch"]
    assert twin["results"][0]["value"] == "1.00"
    assert twin["results"][0]["unit"] == "[iU]/mL"
    assert twin["volume"] == {"value": "100", "unit": "mL"}


def test_instants_are_in_utc_whatever_zone_they_came_in() -> None:
    assert utc_text(datetime(2026, 11, 26, 1, tzinfo=timezone(timedelta(hours=2)))) == "2026-11-25T23:00:00Z"
    assert utc_text(datetime(2026, 11, 26, 1, 0, 0, 5000, tzinfo=UTC)) == "2026-11-26T01:00:00.005000Z"
    with pytest.raises(Invalid, match="zone"):
        utc_text(datetime(2026, 11, 26, 1))  # noqa: DTZ001


@pytest.mark.parametrize("value", [0.1, Decimal("NaN"), Decimal("Infinity"), b"bytes", object(), "half \ud800"])
def test_what_would_not_come_back_as_it_was_is_refused(value: object) -> None:
    with pytest.raises(Invalid):
        canonical({"value": value})


def test_plain_values_stay_what_they_are() -> None:
    assert plain({"a": None, "b": True, "c": 3, "d": ["x"], "e": {"f": None}}) == {
        "b": True,
        "c": 3,
        "d": ["x"],
        "e": {},
    }


def test_versions_begin_with_one() -> None:
    with pytest.raises(Invalid, match="begin with 1"):
        batch_record(a_batch(), DocumentHead("D", 0, at(26, 9)))
    second = batch_record(a_batch(), DocumentHead("D", 2, at(26, 9), "ab" * 32))
    assert json.loads(second.twin.content)["document"]["replaces_sha256"] == "ab" * 32
