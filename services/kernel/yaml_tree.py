"""YAML as a tree that knows its lines: mappings, lists and texts. What a text means, the field that takes it decides.

Read from the parser's events, so that depth and size are bounded, nothing is constructed, and no anchor can make a
small text large.
"""

from dataclasses import dataclass, field
from typing import Any

import yaml

from services.kernel.errors import Invalid

DEPTH_MAX = 20
_NULLS = ("", "~", "null", "Null", "NULL")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """A part of the text. Exactly one of the three holds something, or none: then it says nothing."""

    line: int
    text: str | None = None
    quoted: bool = False
    items: "list[Node] | None" = None
    entries: "dict[str, Node] | None" = None

    @property
    def is_null(self) -> bool:
        """Whether it says nothing, as YAML 1.2 has it."""
        return self.items is None and self.entries is None and not self.quoted and self.text in _NULLS


@dataclass(slots=True)
class _Building:
    """The mappings and lists that are open, outermost first, and the key that waits for its value in each."""

    top: Node | None = None
    open: list[Node] = field(default_factory=list)
    keys: list[Node | None] = field(default_factory=list)

    def add(self, node: Node, opens: bool) -> None:
        if self.open:
            self._attach(node)
        elif self.top is None:
            self.top = node
        else:
            raise not_yaml("there must be one document only", node.line)
        if opens:
            self.open.append(node)
            self.keys.append(None)
            if len(self.open) > DEPTH_MAX:
                raise not_yaml(f"it is nested deeper than {DEPTH_MAX} levels", node.line)

    def _attach(self, node: Node) -> None:
        parent, key = self.open[-1], self.keys[-1]
        if parent.items is not None:
            parent.items.append(node)
        elif key is None:
            if node.text is None:
                raise not_yaml("a key must be a plain text", node.line)
            self.keys[-1] = node
        else:
            assert parent.entries is not None and key.text is not None
            if key.text in parent.entries:
                raise not_yaml(f"{key.text[:80]!r} is there twice", key.line)
            parent.entries[key.text] = node
            self.keys[-1] = None

    def close(self) -> None:
        self.open.pop()
        self.keys.pop()


def tree_of(text: str) -> Node:
    """The text as a tree; Invalid, naming the line, if it is no YAML or uses what is not supported here."""
    building = _Building()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            _take(event, building)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark
        raise not_yaml(wrong.problem or "it cannot be read", mark.line + 1 if mark else 1) from wrong
    except yaml.YAMLError as wrong:
        raise not_yaml("it holds a character that no YAML may hold", 1) from wrong
    if building.top is None:
        raise not_yaml("it is empty", 1)
    return building.top


def not_yaml(what: str, line: int) -> Invalid:
    """The text cannot be read, from this line on."""
    return Invalid(f"yaml cannot be read: {what} (line {line}).", field="yaml", line=line)


def _take(event: Any, building: _Building) -> None:
    line = event.start_mark.line + 1
    if getattr(event, "anchor", None) is not None:
        raise not_yaml("anchors and aliases are not supported", line)
    if getattr(event, "tag", None) is not None:
        raise not_yaml("tags are not supported", line)
    match event:
        case yaml.ScalarEvent():
            quoted = event.style not in ("", None)
            building.add(Node(line, text=event.value, quoted=quoted), opens=False)
        case yaml.SequenceStartEvent():
            building.add(Node(line, items=[]), opens=True)
        case yaml.MappingStartEvent():
            building.add(Node(line, entries={}), opens=True)
        case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
            building.close()
