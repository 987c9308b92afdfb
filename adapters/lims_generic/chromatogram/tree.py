"""Walks a document of which nothing is sure, and says where it is not as it should be."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.json_body import escape
from adapters.manifest import Refused

TEXT_CHARACTERS_MAX = 200
DIGITS_MAX = 40


@dataclass(frozen=True, slots=True)
class Branch:
    """An object of the document, with its place in it."""

    value: dict[str, Any]
    place: str = ""

    def branch(self, key: str) -> "Branch":
        """The object under a name."""
        return self._object(self._needed(key), self.below(key))

    def branch_if_any(self, key: str) -> "Branch":
        """The object under a name; an empty one if there is none."""
        return self._object(self.value.get(key) or {}, self.below(key))

    def branches(self, key: str) -> list["Branch"]:
        """The objects of a list; none if there is no list."""
        return list(self._each(key))

    def text(self, key: str) -> str:
        """A text without the blanks around it; empty if there is none."""
        found = self.value.get(key)
        if found is None:
            return ""
        if not isinstance(found, str) or len(found) > TEXT_CHARACTERS_MAX:
            raise _not_valid(f"must be a text of at most {TEXT_CHARACTERS_MAX} characters", self.below(key))
        return found.strip()

    def amount(self, key: str, unit: str = "") -> Decimal:
        """The number of a quantity, in this unit if one is asked for."""
        quantity = self.branch(key)
        number = quantity._needed("value")
        if isinstance(number, bool) or not isinstance(number, int | Decimal):
            raise _not_valid("must be a number", quantity.below("value"))
        found = Decimal(number)
        if abs(int(found.as_tuple().exponent)) > DIGITS_MAX or len(found.as_tuple().digits) > DIGITS_MAX:
            raise _not_valid("is no number that anything here measures", quantity.below("value"))
        if unit and quantity.text("unit") != unit:
            raise _not_valid(f"must be {unit}", quantity.below("unit"))
        return found or found.copy_abs()  # -0.0 occurs, and is no other number

    def below(self, key: str) -> str:
        """The place of a name."""
        return f"{self.place}/{escape(key)}"

    def _each(self, key: str) -> Iterator["Branch"]:
        found = self.value.get(key)
        if found is not None and not isinstance(found, list):
            raise _not_valid("must be a list", self.below(key))
        for number, each in enumerate(found or []):
            yield self._object(each, f"{self.below(key)}/{number}")

    def _needed(self, key: str) -> Any:
        if key not in self.value:
            raise _not_valid("is missing", self.below(key))
        return self.value[key]

    @staticmethod
    def _object(value: Any, place: str) -> "Branch":
        if not isinstance(value, dict):
            raise _not_valid("must be an object", place)
        return Branch(value, place)


def _not_valid(words: str, place: str) -> Refused:
    return Refused("BODY_NOT_ALLOTROPE", words, place)
