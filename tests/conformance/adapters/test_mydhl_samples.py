"""The examples in MyDHL API's own OpenAPI, and its list of codes."""

import csv
import json
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from doselane.courier.v1 import courier_pb2
from jsonschema import Draft202012Validator

from adapters.courier_mydhl import codes
from adapters.courier_mydhl.translate import TRACK, MyDhlReader
from adapters.manifest import Incoming, Refused, Translation
from tests.conformance.adapters.mutations import Mutations
from tests.support.interfaces import interface

Kind = courier_pb2.Milestone.Kind
PATHS = ("/shipments/{shipmentTrackingNumber}/tracking", "/tracking")
MYDHL = Mutations(
    values=(
        None, True, 0, -1.5, "", " ", "word", [], {}, [1], [{}], ["x"], "OK", "ZZ", "2026-02-30", "2023-08-09",
        "25:00:00",
        "09:50:00", "+10:00", "-99:00", "Z", "SYD", 9356579890, "Delivered : A SMITH", [{"code": "AKL"}],
        [{"code": "SYD", "description": "SYDNEY-AU"}], {"code": "SYD"},
    ),
    names=(
        "word", "", "events", "pieces", "serviceArea", "date", "time", "GMTOffset", "typeCode", "signedBy", "remarks",
        "shipmentTrackingNumber", "trackingNumber", "estimatedDeliveryDate", "status",
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def specification() -> Any:
    """The OpenAPI; a tab in one of its lists keeps readers of YAML out."""
    text = interface("couriers/mydhl/dpdhl-express-api-3.1.1_swagger.yaml").read_text("utf-8").replace("\t", " ")
    return yaml.load(text, yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader)


def examples(specification: Any, status: str) -> list[Any]:
    answers = [specification["paths"][path]["get"]["responses"][status] for path in PATHS]
    listed = [each["content"]["application/json"].get("examples", {}) for each in answers]
    return [example["value"] for found in listed for example in found.values()]


def read(value: Any) -> Translation:
    received_at = datetime(2023, 8, 11, tzinfo=UTC)
    return MyDhlReader().translate(Incoming(TRACK, json.dumps(value).encode(), {}, received_at))


def test_the_example_of_an_answer_is_taken_whole(specification: Any) -> None:
    (example,) = examples(specification, "200")
    found = read(example)
    assert not found.refused
    assert [each.code for each in found.facts] == [
        "PU", "AF", "PL", "DF", "RR", "RR", "AF", "CR", "PL", "DF", "AR", "WC", "OK",
    ]  # fmt: skip
    assert not any(each.warnings for each in found.facts)
    assert {each.references for each in found.facts} == {("1234567890", "JD012345678901234567")}
    first, last = found.facts[0].said, found.facts[-1].said
    assert (first.kind, first.time.ToJsonString()) == (Kind.COLLECTED, "2023-08-09T03:56:21Z")  # 13:56:21 in Sydney
    assert (last.kind, last.time.ToJsonString()) == (Kind.DELIVERED, "2023-08-09T23:59:23Z")  # 11:59:23 in Auckland
    released = found.facts[5].said
    assert (released.kind, "release status" in released.description) == (Kind.OBSERVED, True)
    assert "ALBY" not in str([each.said for each in found.facts])


@pytest.mark.parametrize("status", ["400", "404"])
def test_the_examples_of_errors_are_refused_with_dhls_words(specification: Any, status: str) -> None:
    found = examples(specification, status)
    assert len(found) == 2
    for example in found:
        with pytest.raises(Refused) as refused:
            read(example)
        assert refused.value.reason == "BODY_SAYS_ERROR"
        assert example["detail"] in refused.value.detail


def test_we_take_every_changed_example_that_the_schema_allows_or_say_what_is_wrong(specification: Any) -> None:
    """The schema takes any text for a date, a time and a number, and requires none of them; we do."""
    root = {"$ref": "#/components/schemas/supermodelIoLogisticsExpressTrackingResponse"}
    by_schema = Draft202012Validator({**root, "components": specification["components"]}).is_valid
    (example,) = examples(specification, "200")
    rng, seen = random.Random(1), Counter[str]()
    for _ in range(150):
        changed, done = MYDHL.of(example, rng)
        try:
            found = read(changed)
        except Refused as refused:
            assert refused.reason in ("BODY_NOT_MYDHL", "BODY_SAYS_ERROR"), done
            seen["refused"] += 1
            continue
        left_out = {each.reason for each in found.refused.values()}
        assert left_out <= {"BODY_NOT_MYDHL"}, done
        seen["left out" if left_out else "taken"] += 1
        if by_schema(changed) and not left_out:
            assert all(each.references for each in found.facts), done
    assert min(seen[each] for each in ("taken", "left out")) > 10, seen


def test_every_code_that_the_list_has_has_a_meaning() -> None:
    with interface("couriers/mydhl/status-codes.csv").open(encoding="latin-1", newline="") as lines:
        listed = {row[1] for row in csv.reader(lines, delimiter=";") if row[0] == "express"}
    # 101 to 104 are of the unified interface, which says how a shipment stands as a whole.
    assert listed - {"101", "102", "103", "104"} == set(codes.KIND_OF_CODE)
