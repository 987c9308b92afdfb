"""The Track Alert message of UPSTrackAlert.yaml (v2), read as UPS sends it.

UPS sends every field, blank or null where it has nothing to say, and writes places and dates in more ways than its
patterns know. So blank means absent, and only what decides the milestone can refuse a message: the tracking number, the
status, and a time that is there and cannot be used. Whatever else is not as documented is named to the sender.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from adapters.json_body import pointer
from adapters.manifest import Refused
from adapters.zones import CivilTime, civil_time, of_country, of_region

REASON = "BODY_NOT_TRACK_ALERT"

TRACKING_NUMBER = re.compile(r"1Z[0-9A-Z]{16}|1R[0-9A-Z]{14}|1R[0-9A-Z]{26}")
# Also DO, DD, W and NA, which the appendix lists for freight.
TYPES = frozenset({"D", "I", "M", "MV", "U", "X", "DO", "DD", "W", "NA"})
FIELDS: Mapping[str, frozenset[str]] = {
    "": frozenset(
        """trackingNumber localActivityDate localActivityTime activityLocation activityStatus scheduledDeliveryDate
        actualDeliveryDate actualDeliveryTime gmtActivityDate gmtActivityTime gmtOffset deliveryStartTime
        deliveryEndTime deliveryTimeDescription deliveryPhoto alternateTrackingNumber receivedBy""".split()
    ),
    "activityLocation": frozenset({"city", "stateProvince", "postalCode", "country"}),
    # The last is in UPS's examples and its questions and answers, but not in the schema.
    "activityStatus": frozenset({"type", "code", "description", "descriptionCode"}),
}
TIMES = ("gmtActivityDate", "gmtActivityTime", "localActivityDate", "localActivityTime", "gmtOffset")

_DATE = re.compile(r"[0-9]{4}(?:0[1-9]|1[012])(?:0[1-9]|[12][0-9]|3[01])")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]")
_OFFSET = re.compile(r"[+-](?:[01][0-9]|2[0-3])[.:][0-5][0-9]")


@dataclass(frozen=True, slots=True)
class ActivityStatus:
    """What happened, in UPS's codes; blank where UPS does not say."""

    type: str = ""
    code: str = ""
    description: str = ""
    description_code: str | int = ""


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """One event of one package."""

    tracking_number: str
    alternate_tracking_number: str
    status: ActivityStatus
    place: Mapping[str, str]
    gmt: datetime | None  # naive, as are all that follow: each is in the zone that its name says
    local: datetime | None
    offset: timedelta | None
    written: Mapping[str, str]  # the fields of time, as UPS wrote them
    actual_delivery: date | None
    scheduled_end: datetime | None  # scheduled day and end of the window, in the receiver's zone
    received_by: str
    said: Mapping[str, Any]  # all that the message says, without what is blank
    unknown: tuple[str, ...]  # fields that UPS does not document
    not_valid: tuple[str, ...]  # fields that are not as UPS documents them, and decide nothing
    happened: datetime | None  # the instant, if it is known
    doubt: str  # why it is not


def tracking_event(value: Any) -> TrackingEvent:
    """The message in a body; Refused, naming the place, if it is none."""
    if not isinstance(value, dict):
        raise Refused(REASON, "the body must be a JSON object.")
    if not isinstance(value.get("activityStatus"), dict):
        missing = value.get("activityStatus") in (None, "")
        raise Refused(REASON, f"activityStatus {'is required' if missing else 'must be an object'}.", "/activityStatus")
    return _Reading(_without_blanks(value)).event()


def _without_blanks(value: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, given in value.items():
        kept = _without_blanks(given) if isinstance(given, dict) else given.strip() if isinstance(given, str) else given
        if kept not in (None, "", {}, []):
            found[name] = kept
    return found


class _Reading:
    """One message on its way through the checks, with what was found to be wrong so far."""

    def __init__(self, said: dict[str, Any]) -> None:
        self._said = said
        self._not_valid: list[str] = []

    def event(self) -> TrackingEvent:
        gmt, local = (
            self._moment("gmtActivityDate", "gmtActivityTime"),
            self._moment("localActivityDate", "localActivityTime"),
        )
        offset = self._offset()
        if gmt is None and local is None:
            self._refuse_times()
        place = self._place()
        civil = _civil(gmt, local, offset, place)
        scheduled = self._moment("scheduledDeliveryDate", "deliveryEndTime")
        delivered = self._date("actualDeliveryDate")
        for name in ("deliveryStartTime", "actualDeliveryTime"):
            self._time(name)
        return TrackingEvent(
            tracking_number=self._tracking_number(),
            alternate_tracking_number=self._alternate(),
            status=self._status(),
            place=place,
            gmt=gmt,
            local=local,
            offset=offset,
            written={
                name: str(said) for name in TIMES if isinstance(said := self._said.get(name), str) or _is_whole(said)
            },
            actual_delivery=delivered,
            scheduled_end=scheduled,
            received_by=self._text("receivedBy"),
            said=self._said,
            unknown=tuple(self._unknown()),
            not_valid=tuple(dict.fromkeys(self._not_valid)),
            happened=civil.at,
            doubt=civil.doubt,
        )

    def _tracking_number(self) -> str:
        number = self._said.get("trackingNumber")
        if number is None:
            raise Refused(REASON, "trackingNumber is required.", "/trackingNumber")
        plain = _plain(number) if isinstance(number, str) else ""
        if not TRACKING_NUMBER.fullmatch(plain):
            words = "must be 1Z and 16, or 1R and 14 or 26 letters or digits"
            raise Refused(REASON, f"trackingNumber {words}.", "/trackingNumber")
        self._said["trackingNumber"] = plain
        return plain

    def _alternate(self) -> str:
        number = _plain(self._text("alternateTrackingNumber"))
        if number and not TRACKING_NUMBER.fullmatch(number):
            self._doubt("alternateTrackingNumber")
            return ""
        return number

    def _status(self) -> ActivityStatus:
        status = self._said.get("activityStatus", {})
        for name in ("type", "code"):
            given = status.get(name, "")
            if not isinstance(given, str) and not (name == "code" and _is_whole(given)):
                raise Refused(REASON, f"activityStatus.{name} must be a text.", pointer("activityStatus", name))
        if status.get("type", "D") not in TYPES:
            self._doubt("activityStatus", "type")
        code = status.get("descriptionCode", "")
        if not (isinstance(code, str) or _is_whole(code)):
            self._doubt("activityStatus", "descriptionCode")
            code = ""
        words = self._text("description", "activityStatus")
        return ActivityStatus(status.get("type", ""), str(status.get("code", "")), words, code)

    def _place(self) -> dict[str, str]:
        """The place as UPS writes it: states and postal codes of other countries look as they look there."""
        place = self._said.get("activityLocation", {})
        if not isinstance(place, dict):
            self._doubt("activityLocation")
            return {}
        found = {name: self._text(name, "activityLocation") for name in FIELDS["activityLocation"]}
        if found["country"] and not re.fullmatch("[A-Z]{2}", found["country"]):
            self._doubt("activityLocation", "country")
        return found

    def _text(self, name: str, part: str = "") -> str:
        holder = self._said.get(part, {}) if part else self._said
        given = holder.get(name, "")
        if isinstance(given, str):
            return given
        self._doubt(*([part] if part else []), name)
        return str(given) if _is_whole(given) else ""

    def _moment(self, day: str, time: str) -> datetime | None:
        on, at = self._date(day), self._time(time)
        return None if on is None or at is None else datetime.combine(on, at.time())

    def _date(self, name: str) -> date | None:
        if name not in self._said:
            return None
        text = str(self._said[name]).replace("-", "")
        try:
            if _DATE.fullmatch(text):
                return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            pass  # 31 February has the shape of a date and is none.
        self._doubt(name)
        return None

    def _time(self, name: str) -> datetime | None:
        if name not in self._said:
            return None
        # UPS sometimes leaves out the zero in front: 74700.
        text = str(self._said[name]).replace(":", "")
        text = text.zfill(6) if len(text) == 5 else text
        if not _TIME.fullmatch(text):
            self._doubt(name)
            return None
        return datetime(1, 1, 1, int(text[:2]), int(text[2:4]), int(text[4:]))  # noqa: DTZ001 - only its hour counts

    def _offset(self) -> timedelta | None:
        text = str(self._said.get("gmtOffset", ""))
        if not text:
            return None
        if not _OFFSET.fullmatch(text):
            self._doubt("gmtOffset")
            return None
        size = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
        return -size if text[0] == "-" else size

    def _refuse_times(self) -> None:
        """A time that is there and cannot be used is refused; none at all is not, as UPS requires none."""
        for name in TIMES:
            if pointer(name) in self._not_valid:
                raise Refused(REASON, f"{name} cannot be read, and there is no other time.", pointer(name))

    def _doubt(self, *steps: str) -> None:
        self._not_valid.append(pointer(*steps))

    def _unknown(self) -> Iterator[str]:
        for part, known in FIELDS.items():
            holder = self._said.get(part, {}) if part else self._said
            for name in holder if isinstance(holder, dict) else ():
                if name not in known:
                    yield pointer(*([part] if part else []), name)


def _civil(
    gmt: datetime | None, local: datetime | None, offset: timedelta | None, place: Mapping[str, str]
) -> CivilTime:
    """The instant: by GMT, which is GMT whatever the offset says; else local, by its offset or by the place."""
    if gmt is not None:
        return CivilTime(gmt.replace(tzinfo=UTC))
    if local is None:
        return CivilTime(None, "TIME_MISSING")
    if offset is not None:
        return CivilTime(local.replace(tzinfo=timezone(offset)))
    country, state = place.get("country", ""), place.get("stateProvince", "")
    return civil_time(local, of_region(country, state) or of_country(country))


def _plain(number: str) -> str:
    """A tracking number without the groups in which it is printed, in capitals."""
    return "".join(number.split()).upper() if number.isascii() else number


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9
