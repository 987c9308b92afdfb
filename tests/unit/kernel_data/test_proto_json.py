"""Single values of protobuf JSON: what fits is read to its last digit, what does not is refused with what would."""

import math
from typing import Any

import pytest
from doselane.exchange.v1 import exchange_pb2
from google.protobuf import wrappers_pb2 as wrapped
from google.protobuf.descriptor import FieldDescriptor

from services.kernel.proto_json import OutOfRange, Unfit, scalar

FLOAT_MAX = 3.4028234663852886e38
DOUBLE, FLOAT, BOOL, TEXT, BYTES, INT32, UINT32, INT64, UINT64 = (
    getattr(wrapped, f"{kind}Value").DESCRIPTOR.fields_by_name["value"]
    for kind in ("Double", "Float", "Bool", "String", "Bytes", "Int32", "UInt32", "Int64", "UInt64")
)
STATE = exchange_pb2.Delivery.DESCRIPTOR.fields_by_name["state"]
WHOLE = {
    INT32: (-(2**31), 2**31 - 1),
    UINT32: (0, 2**32 - 1),
    INT64: (-(2**63), 2**63 - 1),
    UINT64: (0, 2**64 - 1),
}


@pytest.mark.parametrize("field", WHOLE, ids=lambda field: field.containing_type.name)
def test_whole_numbers_are_taken_up_to_their_bounds_as_numbers_and_as_texts(field: FieldDescriptor) -> None:
    least, greatest = WHOLE[field]
    for value in (least, greatest):
        assert scalar(field, value) == scalar(field, str(value)) == value
    for beyond in (least - 1, greatest + 1):
        for written in (beyond, str(beyond)):
            with pytest.raises(OutOfRange, match=f"from {least} to {greatest}"):
                scalar(field, written)


@pytest.mark.parametrize(
    ("field", "item", "value"),
    [
        (INT32, 1.0, 1),
        (INT32, "2e7", 20_000_000),
        (INT32, "1.50e1", 15),
        (INT64, "-0", 0),
        (INT64, "9" * 18 + ".0", 10**18 - 1),
        (DOUBLE, 1, 1.0),
        (DOUBLE, "-1.5e-3", -0.0015),
        (DOUBLE, "Infinity", math.inf),
        (DOUBLE, "-Infinity", -math.inf),
        (DOUBLE, 1.7976931348623157e308, 1.7976931348623157e308),
        (FLOAT, FLOAT_MAX, FLOAT_MAX),
        (FLOAT, -FLOAT_MAX, -FLOAT_MAX),
        (FLOAT, "Infinity", math.inf),
        (BOOL, False, False),
        (TEXT, "ä😀", "ä😀"),
        (BYTES, "-_8", b"\xfb\xff"),
        (BYTES, "+/8=", b"\xfb\xff"),
        (BYTES, "", b""),
        (STATE, "PARKED", 3),
        (STATE, 3, 3),
        (STATE, 0, 0),
    ],
)
def test_what_fits_is_read(field: FieldDescriptor, item: Any, value: Any) -> None:
    found = scalar(field, item)
    assert (found, type(found)) == (value, type(value))


def test_nan_is_a_number_that_is_none() -> None:
    assert math.isnan(scalar(DOUBLE, "NaN"))


@pytest.mark.parametrize(
    ("field", "item", "words"),
    [
        *((INT32, item, "whole number") for item in (True, 1.5, "1.5", "1_0", " 1", "١", "1e9999", "x", None, [])),
        *((DOUBLE, item, "must be a number") for item in (True, "1_0", " 1", "infinity", "٣", "", None, {}, "+1")),
        *((DOUBLE, item, "too large") for item in ("1e999", 10**400, "-1e999")),
        *((FLOAT, item, "too large") for item in (FLOAT_MAX * 1.0001, -FLOAT_MAX * 1.0001, "1e39")),
        *((BOOL, item, "true or false") for item in (0, 1, "true", None)),
        *((TEXT, item, "a text") for item in (1, None, True, [])),
        (TEXT, "\ud800", "half of a character pair"),
        *((BYTES, item, "base64") for item in ("a", "a b=", "ä", "=")),
        (BYTES, 1, "a text"),
        *((STATE, item, "must be one of WAITING") for item in ("parked?", 99, True, 1.0, None)),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_would(field: FieldDescriptor, item: Any, words: str) -> None:
    with pytest.raises(Unfit, match=words):
        scalar(field, item)
