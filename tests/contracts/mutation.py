"""Answers bent on their way, to prove that a contract notices what its consumer would notice, and nothing else."""

import copy
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from services.local.contracts.door import Answer, Asked
from services.local.contracts.verification import play
from tests.contracts.consumers.words import PROVIDER

COPY = "x-copy"

Path = tuple[str | int, ...]
Bend = Callable[[Any, Path], None]


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


@dataclass(frozen=True)
class EachPlayed(Played):
    """Answers each copy of one interaction with an answer of its own."""

    answers: Sequence[Answer] = ()

    def message(self, asked: Mapping[str, Any]) -> Answer:
        """The answer for the copy that is asked for."""
        return self.answers[int(asked["description"])]

    def forward(self, asked: Asked) -> Answer:
        """The same over HTTP."""
        return self.answers[int(asked.headers[COPY])]


def play_each(answered: Sequence[tuple[Mapping[str, Any], Answer]]) -> list[bool]:
    """Whether each interaction holds with the answer beside it, all played by one verifier."""
    copies = [_copy(said, str(number)) for number, (said, _) in enumerate(answered)]
    with tempfile.TemporaryDirectory() as folder:
        file = FilePath(folder) / "copies.json"
        metadata = {"pactSpecification": {"version": "4.0"}}
        names = {"consumer": {"name": "consumer"}, "provider": {"name": PROVIDER}}
        file.write_text(json.dumps({**names, "interactions": copies, "metadata": metadata}))
        answers = [answer for _, answer in answered]
        verdict = play(file, EachPlayed({}, answers[0], answers))
    assert not verdict.faults, str(verdict)
    assert len(verdict.held) == len(copies), str(verdict)
    return [verdict.held[copy["description"]] for copy in copies]


def _copy(said: Mapping[str, Any], number: str) -> dict[str, Any]:
    """The interaction under another name, which its request carries too where it has one over HTTP.

    Nothing needs to be brought about for who plays, nor does any value come from there.
    """
    copied = copy.deepcopy(dict(said)) | {"description": number, "providerStates": []}
    copied.pop("key", None)
    copied.get("request", {}).pop("generators", None)
    if said["type"] == "Synchronous/HTTP":
        copied["request"].setdefault("headers", {})[COPY] = [number]
    return copied


def bent(contents: Any, bend: Bend, path: Path) -> Any:
    """A copy of the contents with something bent at the path, in every element where the path goes through a list."""
    changed = copy.deepcopy(contents)
    for place in _places(changed, path):
        bend(*place)
    return changed


def grown(contents: Any) -> Any:
    """A copy of the contents with one more field in every object."""
    if isinstance(contents, dict):
        return {**{name: grown(value) for name, value in contents.items()}, "newField": "new"}
    return [grown(each) for each in contents] if isinstance(contents, list) else contents


def removed(holder: Any, path: Path) -> None:
    """The field is gone."""
    del holder[path[-1]]


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
