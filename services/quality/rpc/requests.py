"""What callers ask, as the rules and use cases take it; its shape was judged by the proto's rules before."""

from typing import Any, Literal

from doselane.quality.v1 import document_pb2, quality_pb2

from services.kernel.rpc import Call
from services.kernel.signatures import Pen, SealingKeys
from services.kernel.timestamps import optional_instant
from services.quality.domain.signing import ROLES_OF
from services.quality.usecases.batches import FillingAsked
from services.quality.usecases.document_facts import PackageAsked


def pen_of(request: Any, call: Call, keys: SealingKeys) -> Pen:
    """Who signs what they were shown. The proto marks the call as a signature, so nobody else is let in."""
    assert call.signer
    return Pen(call.signer, request.record_sha256, keys, ROLES_OF)


def filling_of(request: quality_pb2.FillVialRequest) -> FillingAsked:
    """What is to be filled."""
    volume_ul = request.volume_ul if request.HasField("volume_ul") else None
    return FillingAsked(request.container_id, optional_instant(request, "fill_time"), volume_ul)


def package_of(reading: document_pb2.PackageReading) -> PackageAsked:
    """A package as it was measured."""
    given = {field: getattr(reading, field) for field in _OPTIONAL if reading.HasField(field)}
    return PackageAsked(
        reading.package_id,
        given.get("surface_dose_rate_usv_per_h"),
        given.get("dose_rate_at_one_metre_usv_per_h"),
        optional_instant(reading, "measure_time"),
        reading.instrument,
        given.get("gross_weight_g"),
    )


_OPTIONAL: tuple[Literal["surface_dose_rate_usv_per_h", "dose_rate_at_one_metre_usv_per_h", "gross_weight_g"], ...] = (
    "surface_dose_rate_usv_per_h",
    "dose_rate_at_one_metre_usv_per_h",
    "gross_weight_g",
)
