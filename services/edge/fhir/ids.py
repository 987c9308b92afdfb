"""Ids of what is never stored: a Schedule (a product at a centre) and a Slot (an offer there, for one partner).

A FHIR id has at most 64 letters, digits, `-` and `.`: too few for the names that a claim needs. So an id holds short
digests of names, which are found again among what its bearer may see, and the administration itself. Nothing in it is
secret, and nothing is believed: what it stands for is searched and claimed anew, by the rules of that instant.
"""

import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from doselane.slotting.v1 import slotting_pb2

from services.kernel.activity import ACTIVITY_MBQ_MAX
from services.kernel.calendar import EARLIEST, LATEST
from services.kernel.timestamps import EPOCH

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SCHEDULE, _SLOT = 1, 2  # The first byte says what an id is of.
_PARTNER_BYTES, _NAME_BYTES, _WAY_BYTES = 4, 6, 12
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST_US, _LATEST_US = (EARLIEST - EPOCH) // _MICROSECOND, (LATEST - EPOCH) // _MICROSECOND
_SLOT_FORM = struct.Struct(f">{_PARTNER_BYTES}s{_NAME_BYTES}s{_NAME_BYTES}sqd{_WAY_BYTES}s")
_SCHEDULE_FORM = struct.Struct(f">{_NAME_BYTES}s{_NAME_BYTES}s")


def digest(name: str) -> bytes:
    """What stands for a resource's name, such as `sites/lakeside-clinic`, in an id: six bytes."""
    return sha256(name.encode()).digest()[:_NAME_BYTES]


@dataclass(frozen=True, slots=True)
class ScheduleKey:
    """The digests of a product's and of a centre's name."""

    product: bytes
    site: bytes

    @classmethod
    def of(cls, product: str, site: str) -> "ScheduleKey":
        """The key of a product at a centre."""
        return cls(digest(product), digest(site))

    @classmethod
    def read(cls, text: str) -> "ScheduleKey | None":
        """The key in an id; None if it is no schedule's."""
        content = _read(text, _SCHEDULE, _SCHEDULE_FORM.size)
        return cls(*_SCHEDULE_FORM.unpack(content)) if content else None

    def write(self) -> str:
        """The schedule's id."""
        return _written(_SCHEDULE, _SCHEDULE_FORM.pack(self.product, self.site))


@dataclass(frozen=True, slots=True)
class OfferKey:
    """An offer to one partner: product, centre, when how much (MBq) is administered; as a digest, the way there."""

    partner: bytes
    schedule: ScheduleKey
    administration_at: datetime
    activity_mbq: float
    way: bytes

    @classmethod
    def of_offer(cls, partner: str, product: str, offer: slotting_pb2.Offer) -> "OfferKey":
        """The key of an offer that a partner's search found."""
        at = _instant(offer.administration_time.ToMicroseconds())
        departure_us = offer.departure_time.ToMicroseconds()
        way = _way(offer.run, offer.lane, departure_us)
        schedule = ScheduleKey.of(product, offer.site)
        return cls(_partner(partner), schedule, at, offer.administration_activity_mbq, way)

    @classmethod
    def of_slot(cls, slot: slotting_pb2.Slot) -> "OfferKey":
        """The key of the offer that a claimed slot was, or would be."""
        at = _instant(slot.administration.time.ToMicroseconds())
        departure_us = slot.departure_time.ToMicroseconds() if slot.HasField("departure_time") else 0
        way = _way(slot.run, slot.lane, departure_us)
        schedule = ScheduleKey.of(slot.product, slot.site)
        return cls(_partner(slot.partner), schedule, at, slot.administration.activity_mbq, way)

    def is_of(self, partner: str) -> bool:
        """Whether it was made for this partner's eyes."""
        return self.partner == _partner(partner)

    @classmethod
    def read(cls, text: str) -> "OfferKey | None":
        """The key in an id; None if it is no offer's."""
        content = _read(text, _SLOT, _SLOT_FORM.size)
        if not content:
            return None
        partner, product, site, at_us, activity_mbq, way = _SLOT_FORM.unpack(content)
        if not _EARLIEST_US <= at_us < _LATEST_US or not 0 < activity_mbq <= ACTIVITY_MBQ_MAX:
            return None
        return cls(partner, ScheduleKey(product, site), _instant(at_us), activity_mbq, way)

    def write(self) -> str:
        """The slot's id: 61 letters and digits."""
        at_us = (self.administration_at - EPOCH) // _MICROSECOND
        names = (self.schedule.product, self.schedule.site)
        return _written(_SLOT, _SLOT_FORM.pack(self.partner, *names, at_us, self.activity_mbq, self.way))


def _instant(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def _partner(name: str) -> bytes:
    return sha256(name.encode()).digest()[:_PARTNER_BYTES]


def _way(*facts: object) -> bytes:
    return sha256("\0".join(map(str, facts)).encode()).digest()[:_WAY_BYTES]


def _written(kind: int, content: bytes) -> str:
    number, digits = int.from_bytes(bytes([kind]) + content), ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def _read(text: str, kind: int, size: int) -> bytes | None:
    if not text or len(text) > 64 or any(each not in _ALPHABET for each in text):
        return None
    number = 0
    for each in text:
        number = number * len(_ALPHABET) + _ALPHABET.index(each)
    if number >> (8 * size) != kind:
        return None
    content = (number - (kind << (8 * size))).to_bytes(size)
    return content if _written(kind, content) == text else None
