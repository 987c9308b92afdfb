"""Matching rules and generators of Pact, found by the path of a value.

A path such as `$.slots[*].name` stands for places of an example. A rule holds for all that lies below its place, too;
where several hold, the most exact one counts (https://github.com/pact-foundation/pact-specification, version 2).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Step = str | int
Place = tuple[Step, ...]
_ANY = "*"
ANY_OF = "anyOf"  # a kind of our own
_STEPS = re.compile(r"""\.?(?:([^.\[\]'"$]+)|\[(\d+)\]|\[\*\]()|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\])""")


class PathUnreadable(ValueError):
    """A path of a rule or a generator that is none."""


def steps_of(path: str) -> Place:
    """The steps of a path, less the `$` that it begins with; `*` stands for any. Raises PathUnreadable."""
    rest, found = path.removeprefix("$"), []
    while rest:
        step = _STEPS.match(rest)
        if not step:
            raise PathUnreadable(f"{path!r} is no path such as $.slots[*].name")
        rest = rest[step.end() :]
        name, index, _, quoted, double = step.groups()
        text = next((each for each in (name, quoted, double) if each is not None), None)
        found.append(int(index) if index else _ANY if text is None else text)
    return tuple(found)


def pointer_of(place: Sequence[Step]) -> str:
    """A place as a JSON pointer (RFC 6901); empty for the whole."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in place)


@dataclass(frozen=True, slots=True)
class Matcher:
    """One way in which a value may differ from the example: `kind` as Pact names it, with what belongs to it."""

    kind: str
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def alternatives(self) -> tuple["Matcher", ...]:
        """Those of which one is enough; of a plain one, itself."""
        found: tuple[Matcher, ...] = self.said["matchers"] if self.kind == ANY_OF else (self,)
        return found


@dataclass(frozen=True, slots=True)
class MatchingRules:
    """The matchers of one part (body, headers, query …), by path."""

    by_path: Mapping[str, tuple[Matcher, ...]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[Place, tuple[Matcher, ...]]]:
        for path, matchers in self.by_path.items():
            yield steps_of(path), matchers

    def at(self, place: Place) -> tuple[Matcher, ...]:
        """The matchers that count at a place; none: the value must equal the example."""
        best: tuple[Matcher, ...] = ()
        weight = (0, -1)
        for steps, matchers in self:
            fits = len(steps) <= len(place) and all(map(_is, steps, place))
            exactness = 1
            for step in steps:
                exactness *= 1 if step == _ANY else 2
            if fits and (exactness, len(steps)) > weight:
                best, weight = matchers, (exactness, len(steps))
        return best

    def below(self, *steps: str) -> "MatchingRules":
        """The rules of what lies below a place, from there on."""
        kept = {}
        for path, matchers in self.by_path.items():
            found = steps_of(path)
            if found[: len(steps)] == steps:
                kept["$" + "".join(f"[{each}]" if isinstance(each, int) else f"['{each}']" if each != _ANY else "[*]"
                                   for each in found[len(steps) :])] = matchers  # fmt: skip
        return MatchingRules(kept)


def places(value: Any, steps: Place, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Where in an example a path leads, with what stands there."""
    if not steps:
        yield place, value
        return
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        for index, each in enumerate(value):
            if step in (_ANY, index):
                yield from places(each, rest, (*place, index))
    elif isinstance(value, dict):
        for name, each in value.items():
            if step in (_ANY, name):
                yield from places(each, rest, (*place, name))


def matchers_in(said: Any) -> tuple[Matcher, ...]:
    """The matchers of one path, which hold at once: V2 writes one, V3 and V4 a list of them.

    Those of which one is enough (`combine` is OR) are one, of the kind `ANY_OF`, with these as its `alternatives`.
    """
    found = said.get("matchers", [said]) if isinstance(said, Mapping) else []
    matchers = tuple(_matcher(each) for each in found if isinstance(each, Mapping))
    if len(matchers) > 1 and str(said.get("combine", "")).upper() == "OR":
        return (Matcher(ANY_OF, {"matchers": matchers}),)
    return matchers


def _matcher(said: Mapping[str, Any]) -> Matcher:
    kind = said.get("match")
    if kind is None:
        # Version 2 may leave out what follows from the rest.
        by_keys = (("regex", "regex"), ("min", "type"), ("max", "type"), ("timestamp", "timestamp"), ("date", "date"))
        kind = next((kind for key, kind in by_keys if key in said), "")
    return Matcher(str(kind), said)


def _is(step: Step, at: Step) -> bool:
    return step in (_ANY, at)
