"""Isotope deliveries: announced, changed, cancelled; kept for the record.

What each field must be like by itself stands in the protos (`planning.v1.IsotopeDelivery`), and is judged before.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.kernel.activity import HALF_LIVES, Nuclide
from services.kernel.errors import GatewayError, InvalidFields, Kind, NotFound, Stale
from services.planning.domain.forecast import Provenance
from services.planning.domain.resources import IsotopeSupply

# So that decay from calibration to use can always be reckoned, and a slip of a year is noticed.
HALF_LIVES_MAX = 50

Violation = tuple[str, str]


class DeliveryUnknown(NotFound):
    """There is no such delivery."""

    reason = "DELIVERY_UNKNOWN"


class FacilityUnknown(NotFound):
    """There is no such facility in the master data."""

    reason = "FACILITY_UNKNOWN"


class DeliveryCancelled(GatewayError):
    """The delivery was cancelled and does not change any more."""

    kind, reason = Kind.REFUSED, "DELIVERY_CANCELLED"


class DeliveryFixed(GatewayError):
    """A field that a delivery keeps for ever would change."""

    kind, reason = Kind.REFUSED, "DELIVERY_FIXED"


class DeliveryHappened(StrEnum):
    """What can happen to a delivery; the last part but one of the event type."""

    PLANNED = "isotope_delivery.planned"
    UPDATED = "isotope_delivery.updated"
    CANCELLED = "isotope_delivery.cancelled"


@dataclass(frozen=True, slots=True)
class DeliveryDraft:
    """A delivery as asked for: its shape was judged, its rules were not."""

    facility: str
    nuclide: Nuclide
    activity_mbq: float
    calibrated_at: datetime
    arrival_at: datetime
    use_by_at: datetime
    yield_fraction: float


@dataclass(frozen=True, slots=True)
class Announced:
    """A delivery with its record."""

    delivery: IsotopeSupply
    cancelled: bool
    version: int
    created_at: datetime
    changed: Provenance

    @property
    def etag(self) -> str:
        """Changes with each change."""
        return f"v{self.version}"


def announce(name: str, draft: DeliveryDraft, by: Provenance) -> Announced:
    """A new delivery, or everything that is wrong with it."""
    return Announced(_checked(name, draft, by.at), False, 1, by.at, by)


def update(before: Announced, draft: DeliveryDraft, etag: str, by: Provenance) -> Announced:
    """The delivery after a change of its time, activity or yield."""
    _require(before, etag)
    for field in ("facility", "nuclide"):
        if getattr(draft, field) != getattr(before.delivery, field):
            raise DeliveryFixed(
                f"A delivery keeps its {field}; cancel it and announce another.",
                field=f"isotope_delivery.{field}",
                isotope_delivery=before.delivery.name,
            )
    return _next(before, by, delivery=_checked(before.delivery.name, draft, by.at))


def cancel(before: Announced, etag: str, by: Provenance) -> Announced:
    """The delivery after it was cancelled."""
    _require(before, etag)
    return _next(before, by, cancelled=True)


def _next(
    before: Announced, by: Provenance, *, delivery: IsotopeSupply | None = None, cancelled: bool = False
) -> Announced:
    return replace(
        before, delivery=delivery or before.delivery, cancelled=cancelled, version=before.version + 1, changed=by
    )


def _require(before: Announced, etag: str) -> None:
    if etag and etag != before.etag:
        raise Stale("The delivery changed since you read it.", isotope_delivery=before.delivery.name, etag=before.etag)
    if before.cancelled:
        raise DeliveryCancelled("The delivery is cancelled; announce another.", isotope_delivery=before.delivery.name)


def _checked(name: str, draft: DeliveryDraft, now: datetime) -> IsotopeSupply:
    violations = [(f"isotope_delivery.{field}", wrong) for field, wrong in _wrong(draft, now)]
    if violations:
        raise InvalidFields(violations)
    return IsotopeSupply(
        name,
        draft.facility,
        draft.nuclide,
        draft.activity_mbq,
        draft.calibrated_at,
        draft.arrival_at,
        draft.use_by_at,
        draft.yield_fraction,
    )


def _wrong(draft: DeliveryDraft, now: datetime) -> Iterator[Violation]:
    if draft.use_by_at <= draft.arrival_at:
        yield ("use_by_time", "must be after arrival_time")
    if draft.use_by_at <= now:
        yield ("use_by_time", "must be in the future")
    far = timedelta(seconds=float(HALF_LIVES[draft.nuclide].seconds) * HALF_LIVES_MAX)
    for field, at in (("arrival_time", draft.arrival_at), ("use_by_time", draft.use_by_at)):
        if abs(at - draft.calibrated_at) > far:
            yield (field, f"must be within {HALF_LIVES_MAX} half-lives of calibration.time")
