"""What DHL says of a shipment, whatever the shape it was said in; and how to read fields that may hold anything."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.courier_dhl.places import Place
from adapters.courier_dhl.times import WrittenTime, is_day, read
from adapters.json_body import pointer
from adapters.manifest import Refused
from adapters.zones import Zones

REASON = "BODY_NOT_DHL"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One event of a shipment."""

    number: str  # DHL's number of the shipment
    references: tuple[str, ...]  # all names under which somebody may know what this is about
    pieces: tuple[str, ...]  # if it is about some of them only
    service: str
    word: str  # the unified word; that of the whole shipment, if this is what the shipment came to
    own_word: str  # the word that stands on the event itself
    details: tuple[str, ...]  # fields that may hold the division's own code
    description: str
    fixed_words: bool  # the description is out of a list, so it names nobody
    time: WrittenTime | None
    written: str  # the time as DHL wrote it
    place: Place
    zones: Zones
    persons: frozenset[str]  # names that must not leave the body
    returning: bool
    at: str  # where in the body
    not_valid: bool


@dataclass(frozen=True, slots=True)
class DeliveryForecast:
    """When DHL expects to deliver a shipment."""

    number: str
    references: tuple[str, ...]
    time: WrittenTime
    written: str
    zones: Zones
    at: str


Said = Checkpoint | DeliveryForecast | Refused


class JsonFields:
    """An object of the body. What is not as documented is noted, and absent."""

    def __init__(self, value: Any, *steps: object) -> None:
        self._steps = steps
        self.is_object = isinstance(value, dict)
        self.not_valid = not self.is_object
        self.said: Mapping[str, Any] = value if isinstance(value, dict) else {}

    @property
    def at(self) -> str:
        """Where it is in the body."""
        return pointer(*self._steps)

    def text(self, *names: str) -> str:
        """The first of these that is there. Whole numbers are taken for texts: DHL writes ids either way."""
        for name in names:
            value = self.said.get(name)
            if is_text(value):
                return str(value).strip()
            self.not_valid |= value not in (None, "")
        return ""

    def below(self, name: str) -> "JsonFields":
        """The object under a name; an empty one if there is none."""
        value = self.said.get(name)
        found = JsonFields({} if value is None else value, *self._steps, name)
        self.not_valid |= found.not_valid
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """The list of texts under a name."""
        value = self.said.get(name)
        listed = value if isinstance(value, list) else []
        self.not_valid |= value is not None and (value is not listed or not all(map(is_text, listed)))
        return tuple(dict.fromkeys(str(each).strip() for each in listed if is_text(each)))

    def objects(self, name: str) -> Iterator["JsonFields"]:
        """The list of objects under a name, each to be looked at whether it is one."""
        value = self.said.get(name)
        if value is not None and not isinstance(value, list):
            raise Refused(REASON, f"{name} must be a list.", pointer(*self._steps, name))
        for index, each in enumerate(value or ()):
            yield JsonFields(each, *self._steps, name, index)

    def time(self, text: str, name: str) -> WrittenTime | None:
        """The time in a text that came under a name. A day without a time is none; what cannot be read is refused."""
        if not text:
            return None
        if is_day(text):
            self.not_valid = True
            return None
        found = read(text)
        if found is None:
            raise Refused(REASON, f"{name} is no time: {text!r}.", pointer(*self._steps, name))
        return found


def is_text(value: Any) -> bool:
    """Whether a value says something and can be a name, a code or words."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < 10**40
    return isinstance(value, str) and bool(value.strip())


def persons(*holders: JsonFields) -> frozenset[str]:
    """The names of people in these objects, in small letters."""
    names = ("name", "familyName", "givenName", "signedForName")
    return frozenset(found.casefold() for holder in holders for name in names if (found := holder.text(name)))
