"""The Track Alert message, as UPSTrackAlert.yaml (v2) describes it."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from adapters.json_body import pointer
from adapters.manifest import Refused

REASON = "BODY_NOT_TRACK_ALERT"

# A field that did not come. Its type does not allow None, so an explicit `null` is refused, as the specification does.
ABSENT: Any = None


def _matching(pattern: str, words: str, *, blank: bool = False) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not (compiled.fullmatch(text) or (blank and not text)):
            raise PydanticCustomError("pattern", f"must be {words}")  # type: ignore[arg-type]
        return text

    return AfterValidator(check)


def _real_date(text: str) -> str:
    try:
        if text:
            date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise PydanticCustomError("date", "must be a day that the calendar has") from None
    return text


_DATE = r"[0-9]{4}(?:0[1-9]|1[012])(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
_TRACKING_NUMBER = r"1Z[0-9A-Z]{16}|1R[0-9A-Z]{14}|1R[0-9A-Z]{26}"

TrackingNumber = Annotated[str, _matching(_TRACKING_NUMBER, "1Z and 16, or 1R and 14 or 26 letters or digits")]
Date = Annotated[str, _matching(_DATE, "a date as YYYYMMDD"), AfterValidator(_real_date)]
Time = Annotated[str, _matching(_TIME, "a time as HHMMSS")]
Offset = Annotated[str, _matching(r"[+-](?:[01][0-9]|2[0-3])\.[0-5][0-9]", "an offset as +HH.MM or -HH.MM")]
Country = Annotated[str, _matching(r"[A-Z]{2}", "two capital letters")]
# UPS says of these, in words, that they are blank until the delivery; so an empty text is not a mistake.
DateOrBlank = Annotated[str, _matching(_DATE, "a date as YYYYMMDD", blank=True), AfterValidator(_real_date)]
TimeOrBlank = Annotated[str, _matching(_TIME, "a time as HHMMSS", blank=True)]
PostalCode = Annotated[str, _matching(r"[0-9]{5}(?:[-\s][0-9]{4})?", "five digits, or nine as 30004-4616", blank=True)]


class Part(BaseModel):
    """A part of the message. The specification allows further fields; they are kept and named to the sender."""

    model_config = ConfigDict(extra="allow", strict=True)


class ActivityLocation(Part):
    """Where it happened."""

    city: str = ABSENT
    stateProvince: Country = ABSENT  # Two capital letters as well.
    postalCode: PostalCode = ABSENT
    country: Country = ABSENT


class ActivityStatus(Part):
    """What happened, in UPS's codes."""

    type: Literal["D", "I", "M", "MV", "U", "X"] = ABSENT
    code: str = ABSENT
    description: str = ABSENT
    # In UPS's examples and its questions and answers, but not in the schema, which therefore says nothing of its type.
    descriptionCode: Any = ABSENT


class TrackingEvent(Part):
    """One event of one package."""

    trackingNumber: TrackingNumber
    localActivityDate: Date = ABSENT
    localActivityTime: Time = ABSENT
    activityLocation: ActivityLocation = ABSENT
    activityStatus: ActivityStatus
    scheduledDeliveryDate: Date = ABSENT
    actualDeliveryDate: DateOrBlank = ABSENT
    actualDeliveryTime: TimeOrBlank = ABSENT
    gmtActivityDate: Date = ABSENT
    gmtActivityTime: Time = ABSENT
    gmtOffset: Offset = ABSENT
    deliveryStartTime: Time = ABSENT
    deliveryEndTime: Time = ABSENT
    deliveryTimeDescription: str = ABSENT
    deliveryPhoto: str = ABSENT
    alternateTrackingNumber: TrackingNumber = ABSENT
    receivedBy: str = ABSENT

    def unknown_fields(self) -> list[str]:
        """JSON pointers to fields that UPS's documents do not name."""
        parts = (("", self), ("/activityLocation", self.activityLocation), ("/activityStatus", self.activityStatus))
        return [place + pointer(name) for place, part in parts if part is not None for name in part.model_extra or ()]


def tracking_event(value: Any) -> TrackingEvent:
    """The message in a body; Refused, naming the places, if it is none."""
    try:
        return TrackingEvent.model_validate(value)
    except ValidationError as wrong:
        faults = [(pointer(*each["loc"]), _words(each["type"], each["msg"])) for each in wrong.errors()]
        said = "; ".join(f"{where or 'the body'} {words}" for where, words in faults[:5])
        raise Refused(REASON, said + ".", faults[0][0]) from None


def _words(kind: str, message: str) -> str:
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return "must be a JSON object"
    return "is required" if kind == "missing" else message[:1].lower() + message[1:]
