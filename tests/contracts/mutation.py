"""Answers bent on their way, to prove that a contract notices what its consumer would notice, and nothing else."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.contracts.provider.door import Answer, Answering, Asked

Path = tuple[str | int, ...]
Bend = Callable[[Any, Path], None]


class Recorder:
    """Passes everything on and keeps what came back, so that it can be played again without the gateway."""

    def __init__(self, behind: Answering) -> None:
        self._behind = behind
        self.values: dict[str, Any] = {}
        self.answers: list[Answer] = []

    def state(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Keeps the values of the states."""
        values = self._behind.state(asked)
        self.values |= values
        return values

    def message(self, asked: Mapping[str, Any]) -> Answer:
        """Keeps the message."""
        return self._kept(self._behind.message(asked))

    def forward(self, asked: Asked) -> Answer:
        """Keeps the HTTP answer."""
        return self._kept(self._behind.forward(asked))

    def _kept(self, answer: Answer) -> Answer:
        self.answers.append(answer)
        return answer


@dataclass(frozen=True)
class Played:
    """Answers one interaction as it was recorded, but for what was bent."""

    values: Mapping[str, Any]
    answer: Answer

    def state(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """The values as they were."""
        return dict(self.values)

    def message(self, _: Mapping[str, Any]) -> Answer:
        """The message as it was bent."""
        return self.answer

    def forward(self, _: Asked) -> Answer:
        """The HTTP answer as it was bent."""
        return self.answer


def bent(contents: Any, bend: Bend, path: Path) -> Any:
    """A copy of the contents with something bent at the path, in every element where the path goes through a list."""
    changed = copy.deepcopy(contents)
    for place in _places(changed, path):
        bend(*place)
    return changed


def removed(holder: Any, path: Path) -> None:
    """The field is gone."""
    del holder[path[-1]]


def renamed(holder: Any, path: Path) -> None:
    """The field has another name."""
    holder[f"{path[-1]}Renamed"] = holder.pop(path[-1])


def retyped(holder: Any, path: Path) -> None:
    """The field has another type: text becomes a number, all else text."""
    value = holder[path[-1]]
    if not isinstance(value, str):
        holder[path[-1]] = "text"
    else:
        holder[path[-1]] = int(value) if value.isdigit() else 7


def fields(contents: Any, path: Path = ()) -> Iterator[Path]:
    """Every field there is, those inside others too; elements of lists count as one."""
    if isinstance(contents, dict):
        for name, value in contents.items():
            yield (*path, name)
            yield from fields(value, (*path, name))
    elif isinstance(contents, list) and contents:
        yield from fields(contents[0], (*path, 0))


def _places(contents: Any, path: Path) -> Iterator[tuple[Any, Path]]:
    """Where a field lies: what holds it, and the rest of the path."""
    first, *rest = path
    if isinstance(contents, list):
        for element in contents:
            yield from _places(element, tuple(rest))
    elif first not in contents:
        return  # elements of a list may be of several kinds, as the details of an error are
    elif rest:
        yield from _places(contents[first], tuple(rest))
    else:
        yield contents, (first,)
