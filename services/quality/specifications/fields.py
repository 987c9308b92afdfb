"""Takes fields out of a mapping of the text, and notes what is wrong with each: path, line, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

import yaml

from services.quality.domain.specification.values import ValueRefused, checked
from services.quality.specifications.tree import line_of

TEXT_MAX = 2000
ITEMS_MAX = 200
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True, order=True)
class TextMistake:
    """Something wrong in the text of a specification: on which line, in which field, and what to do."""

    line: int
    path: str
    wrong: str
    mend: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.path}: {self.wrong}; {self.mend}"


@dataclass
class Notes:
    """What is wrong so far, and on which line each field stands."""

    mistakes: list[TextMistake] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def add(self, path: str, wrong: str, mend: str) -> None:
        """Note a mistake on the line of its field, or of the nearest one around it."""
        self.mistakes.append(TextMistake(self.line(path), path, wrong, mend))

    def line(self, path: str) -> int:
        """The line of a field that is there, else that of what would hold it."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)


class Fields:
    """The fields of one mapping."""

    def __init__(self, node: yaml.Node, path: str, notes: Notes) -> None:
        self.path, self.notes = path, notes
        self._nodes: dict[str, yaml.Node] = {}
        self._taken: set[str] = set()
        notes.lines[path] = line_of(node)
        if not isinstance(node, yaml.MappingNode):
            notes.add(path, "it is no mapping", "write its fields as name: value")
            return
        for key, value in node.value:
            self._keep(key, value)

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return name in self._nodes

    def at(self, name: str) -> str:
        """The path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str, required: bool = False) -> str | None:
        """A text; None, noted where it is required, if there is none."""
        node = self._take(name)
        if node is None:
            if required:
                self.notes.add(self.at(name), "it is missing", "add it")
            return None
        if not isinstance(node, yaml.ScalarNode) or len(node.value) > TEXT_MAX or not node.value.strip():
            self.notes.add(self.at(name), "it is no text", f"write a text of up to {TEXT_MAX} characters")
            return None
        return node.value.strip()

    def number(self, name: str) -> Decimal | None:
        """A number with the digits that it is written with."""
        text = self.text(name)
        if text is None:
            return None
        try:
            if text.isascii() and "_" not in text:
                return checked(Decimal(text))
        except (InvalidOperation, ValueRefused):
            pass  # told below, as for every other text
        self.notes.add(self.at(name), f"{text[:40]!r} is no number", "write it with a decimal point and no unit")
        return None

    def whole(self, name: str, default: int) -> int:
        """A whole number that is not negative."""
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 6):
            self.notes.add(self.at(name), f"{text[:40]!r} is no whole number", "write one, such as 2")
            return default
        return int(text)

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        text = self.text(name)
        if text is not None and text not in ("true", "false"):
            self.notes.add(self.at(name), f"{text[:40]!r} is neither", "write true or false")
        return default if text not in ("true", "false") else text == "true"

    def choice(self, name: str, choices: type[Choice], default: Choice, required: bool = False) -> Choice:
        """One of several; the default if it is none of them, which is noted."""
        text = self.text(name, required)
        if text is not None and text not in set(choices):
            self.notes.add(self.at(name), f"{text[:40]!r} is not known", f"write one of {', '.join(choices)}")
        return choices(text) if text in set(choices) else default

    def texts(self, name: str) -> tuple[str, ...]:
        """One text, or a list of some."""
        node = self._take(name)
        nodes: Iterable[yaml.Node] = node.value if isinstance(node, yaml.SequenceNode) else [node] if node else []
        texts = tuple(each.value.strip() for each in nodes if isinstance(each, yaml.ScalarNode) and each.value.strip())
        if node is not None and not texts:
            self.notes.add(self.at(name), "it is no list of texts", "write at least one text")
        return texts[:ITEMS_MAX]

    def mapping(self, name: str) -> "Fields | None":
        """The fields of a mapping, if it is there."""
        node = self._take(name)
        return None if node is None else Fields(node, self.at(name), self.notes)

    def items(self, name: str) -> list["Fields"]:
        """The mappings of a list."""
        node = self._take(name)
        if not isinstance(node, yaml.SequenceNode) or not 0 < len(node.value) <= ITEMS_MAX:
            self.notes.add(self.at(name), f"it is no list of 1 to {ITEMS_MAX} items", "write each after a dash")
            return []
        return [Fields(each, f"{self.at(name)}[{index}]", self.notes) for index, each in enumerate(node.value)]

    def done(self) -> None:
        """Note each field that nobody asked for: a misspelt limit must not pass for none."""
        for name in self._nodes.keys() - self._taken:
            self.notes.add(self.at(name), "there is no such field", "leave it out, or mend its spelling")

    def _keep(self, key: yaml.Node, value: yaml.Node) -> None:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        if name in self._nodes:
            again = TextMistake(line_of(key), self.at(name), "it is there a second time", "keep one")
            self.notes.mistakes.append(again)
        self._nodes[name] = value
        self.notes.lines[self.at(name)] = line_of(key)

    def _take(self, name: str) -> yaml.Node | None:
        self._taken.add(name)
        return self._nodes.get(name)
