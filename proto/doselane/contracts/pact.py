"""Pact files of the specifications 1 to 4 in one form, whichever library wrote them."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from doselane.contracts.matching import MatchingRules, matchers_in, steps_of

FILE_BYTES_MAX = 20_000_000


class PactUnreadable(ValueError):
    """The file is no Pact file, or says something that no specification has; in words, with where."""


class InteractionKind(StrEnum):
    """What a consumer relies on: an answer over HTTP, an event, the answer of a gRPC call; or it is not known."""

    HTTP = "HTTP"
    EVENT = "EVENT"
    CALL = "CALL"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class PactContent:
    """A body or the contents of a message. `value` is JSON as Python has it, a text, or bytes."""

    value: Any
    media_type: str  # lower case, without parameters; empty: not said

    @property
    def is_json(self) -> bool:
        """Whether `value` is JSON."""
        return not isinstance(self.value, bytes) and (
            self.media_type == "application/json" or self.media_type.endswith("+json")
            or (not self.media_type and isinstance(self.value, dict | list))
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PactPart:
    """A request, an answer or a message. What the file does not say is None or empty."""

    content: PactContent | None = None
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of a message: its metadata
    rules: Mapping[str, MatchingRules] = field(default_factory=dict)  # by category: body, header, query, path …
    generators: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)  # by category and path
    method: str = ""
    path: str = ""
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    status: int | None = None

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case; None: it is not said."""
        found = [values for each, values in self.headers.items() if each.lower() == name.lower() and values]
        return found[0][0] if found else None

    def rules_of(self, category: str) -> MatchingRules:
        """The matching rules of a category."""
        return self.rules.get(category, MatchingRules())


@dataclass(frozen=True, slots=True)
class PactInteraction:
    """One thing that a consumer relies on."""

    kind: InteractionKind
    description: str
    request: PactPart
    answers: tuple[PactPart, ...]  # one over HTTP and of an event; of a stream there may be more
    states: tuple[str, ...] = ()
    type: str = ""  # as the file says it
    plugin: Mapping[str, Any] = field(default_factory=dict)  # what plugins say of it, by plugin
    pending: bool = False  # asked for and not promised yet: what does not hold of it breaks nothing (version 4)


@dataclass(frozen=True, slots=True)
class PactFile:
    """A contract of one consumer with one provider."""

    consumer: str
    provider: str
    consumer_version: str  # empty: not said
    specification: int  # 1 to 4
    interactions: tuple[PactInteraction, ...]
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by name, as the file says


def read_pact(file: Path) -> PactFile:
    """A contract from its file. Raises PactUnreadable, and OSError where the file cannot be read."""
    if file.stat().st_size > FILE_BYTES_MAX:
        raise PactUnreadable(f"the file is larger than {FILE_BYTES_MAX} bytes")
    try:
        said = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as fault:
        raise PactUnreadable(f"the file is no JSON: {fault}") from None
    return pact_of(said)


def pact_of(said: Any) -> PactFile:
    """A contract from what its file says. Pure; raises PactUnreadable."""
    if not isinstance(said, Mapping):
        raise PactUnreadable("the file is no Pact file: it is no JSON object")
    interactions, messages = _list(said, "interactions"), _list(said, "messages")
    if "interactions" not in said and "messages" not in said:
        raise PactUnreadable("the file is no Pact file: it has neither `interactions` nor `messages`")
    metadata = _object(said.get("metadata"))
    specification = _specification(metadata)
    plugins = {str(each.get("name", "")): each for each in _list(metadata, "plugins")}
    return PactFile(
        _name(said, "consumer"),
        _name(said, "provider"),
        _consumer_version(said, metadata),
        specification,
        (
            *_read(interactions, "interactions", "", specification),
            *_read(messages, "messages", "Asynchronous/Messages", specification),
        ),
        plugins,
    )


def _read(interactions: Sequence[Any], where: str, kind: str, specification: int) -> Iterator[PactInteraction]:
    for index, said in enumerate(interactions):
        place = f"/{where}/{index}"
        if not isinstance(said, Mapping):
            raise PactUnreadable(f"{place} is no JSON object")
        try:
            yield _interaction(said, kind or str(said.get("type", "Synchronous/HTTP")), v4=specification == 4)
        except PactUnreadable as fault:
            raise PactUnreadable(f"{place} ({said.get('description', 'without a description')}): {fault}") from None
        except (ValueError, TypeError, AttributeError) as fault:
            raise PactUnreadable(f"{place} is not of a form that a specification has: {fault}") from None


def _interaction(said: Mapping[str, Any], kind: str, *, v4: bool) -> PactInteraction:
    of_kind = _KINDS.get(kind, InteractionKind.UNKNOWN)
    request, answers = PactPart(), tuple[PactPart, ...]()
    if of_kind is InteractionKind.EVENT:
        answers = (_part(said, v4=v4),)
    elif of_kind is not InteractionKind.UNKNOWN:
        request = _part(_object(said.get("request")), v4=v4)
        answers = tuple(_part(_object(each), v4=v4) for each in _list(said, "response"))
    pending = said.get("pending", False) if v4 else False
    if not isinstance(pending, bool):
        raise PactUnreadable(f"pending {str(pending)[:40]!r} is neither true nor false")
    if of_kind is InteractionKind.HTTP and len(answers) != 1:
        answers = (PactPart(),)  # none is said, so it says nothing
    return PactInteraction(
        of_kind,
        str(said.get("description", "")),
        request,
        answers,
        _states(said),
        kind,
        _object(said.get("pluginConfiguration")),
        pending,
    )


_KINDS: Mapping[str, InteractionKind] = {
    "Synchronous/HTTP": InteractionKind.HTTP,
    "Asynchronous/Messages": InteractionKind.EVENT,
    "Synchronous/Messages": InteractionKind.CALL,
}


def _part(said: Mapping[str, Any], *, v4: bool) -> PactPart:
    headers = said.get("headers") or said.get("metadata") or said.get("metaData") or {}
    status = said.get("status")
    if status is not None and (isinstance(status, bool) or not isinstance(status, int)):
        raise PactUnreadable(f"status {status!r} is no number")
    part_headers = {str(name): _texts(value) for name, value in _object(headers).items()}
    return PactPart(
        _content(said, part_headers, v4=v4),
        part_headers,
        _rules(_object(said.get("matchingRules"))),
        _generators(_object(said.get("generators"))),
        str(said.get("method", "")).upper(),
        str(said.get("path", "")),
        _query(said.get("query")),
        status,
    )


def _content(said: Mapping[str, Any], headers: Mapping[str, tuple[str, ...]], *, v4: bool) -> PactContent | None:
    """The body (HTTP) or the contents (messages); None: not said, or said to be none."""
    told = said.get("contents", said.get("body"))
    named = next((values[0] for name, values in headers.items()
                  if name.lower().replace("-", "") == "contenttype" and values), "")  # fmt: skip
    if v4 and isinstance(told, Mapping) and "content" in told:
        media_type = str(told.get("contentType") or named)
        value = _decoded(told["content"], told.get("encoded", False))
    elif v4 and isinstance(told, Mapping):
        return None
    else:
        media_type, value = named, told
    if value is None or value in ("", b""):
        return None
    return _as_json(PactContent(value, media_type.partition(";")[0].strip().lower()))


def _as_json(content: PactContent) -> PactContent:
    """JSON that was written as a text, or as bytes, is JSON."""
    if not isinstance(content.value, str | bytes) or not (
        content.media_type == "application/json" or content.media_type.endswith("+json")
    ):
        return content
    try:
        return PactContent(json.loads(content.value), content.media_type)
    except ValueError:
        return content


def _decoded(value: Any, encoded: Any) -> Any:
    if not isinstance(value, str) or not encoded or str(encoded).lower() == "json":
        return value
    if encoded is not True and str(encoded).lower() != "base64":
        raise PactUnreadable(f"contents are encoded by {encoded!r}; base64 is known")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise PactUnreadable("contents said to be base64 are not") from None


def _rules(said: Mapping[str, Any]) -> Mapping[str, MatchingRules]:
    found: dict[str, dict[str, Any]] = {}
    for name, rule in said.items():
        if name.startswith("$"):  # version 2: one table of paths that begin with the category
            category, path = _category_of(name)
            found.setdefault(category, {})[path] = matchers_in(rule)
        elif isinstance(rule, Mapping) and "matchers" in rule:  # path and status have no paths
            found.setdefault(name, {})["$"] = matchers_in(rule)
        else:
            table = {path if path.startswith("$") else f"$['{path}']": matchers_in(one)
                     for path, one in _object(rule).items()}  # fmt: skip
            found.setdefault(_CATEGORIES.get(name, name), {}).update(table)
    for table in found.values():
        for path in table:
            steps_of(path)
    return {category: MatchingRules(table) for category, table in found.items()}


_CATEGORIES = {"headers": "header", "metaData": "metadata"}


def _category_of(path: str) -> tuple[str, str]:
    first = str((steps_of(path) or ("body",))[0])
    rest = path.removeprefix("$").removeprefix(f".{first}").removeprefix(f"['{first}']")
    return _CATEGORIES.get(first, first), f"${rest}"


def _generators(said: Mapping[str, Any]) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    found: dict[str, Mapping[str, Mapping[str, Any]]] = {}
    for category, table in said.items():
        if isinstance(table, Mapping) and isinstance(table.get("type"), str):
            table = {"$": table}  # path, method and status have no paths
        found[_CATEGORIES.get(category, category)] = {
            path if path.startswith("$") else f"$['{path}']": each for path, each in _object(table).items()
        }
        for path in found[_CATEGORIES.get(category, category)]:
            steps_of(path)
    return found


def _query(said: Any) -> Mapping[str, tuple[str, ...]]:
    """Versions 1 and 2 write a text, later ones a table of lists."""
    if not isinstance(said, str):
        return {str(name): _texts(value) for name, value in _object(said).items()}
    found: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(said, keep_blank_values=True):
        found[name] = (*found.get(name, ()), value)
    return found


def _states(said: Mapping[str, Any]) -> tuple[str, ...]:
    named = said.get("providerStates", said.get("providerState", said.get("provider_state")))
    if isinstance(named, str):
        return (named,)
    return tuple(str(_object(each).get("name", "")) for each in named or ())


def _specification(metadata: Mapping[str, Any]) -> int:
    told: Any = None
    for key in ("pactSpecification", "pact-specification"):
        told = _object(metadata.get(key)).get("version", told)
    told = told or metadata.get("pactSpecificationVersion") or "2"
    major = str(told).partition(".")[0]
    if major not in ("1", "2", "3", "4"):
        raise PactUnreadable(f"the file is of Pact specification {told}; 1 to 4 are known")
    return int(major)


def _consumer_version(said: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    """What a broker adds, or the consumer wrote: Pact itself has no place for it."""
    broker = _object(_object(said.get("_links")).get("pb:consumer-version")).get("name")
    own = metadata.get("consumerVersion") or _object(said.get("consumer")).get("version")
    return str(broker or own or "")


def _name(said: Mapping[str, Any], who: str) -> str:
    name = _object(said.get(who)).get("name")
    if not isinstance(name, str) or not name:
        raise PactUnreadable(f"the file does not name its {who}: /{who}/name")
    return name


def _object(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise PactUnreadable(f"{str(value)[:60]!r} stands where a JSON object belongs")
    return value


def _list(said: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = said.get(key)
    if value is None:
        return ()
    # Version 4 wrote the one answer of a synchronous message as an object at first.
    return value if isinstance(value, list) else (value,)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else (_text(value),)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
