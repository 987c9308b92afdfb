"""Every reason that an error of ours can have, read from the source: how it travels, and what it means."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from services.edge.replies import STATUS_OF_CODE, WORDS_OF_CODE
from services.kernel.errors import Kind
from services.kernel.http.problem import STATUS_OF_KIND
from services.kernel.rpc.status import CODE_OF_KIND

ROOT = Path(__file__).parents[3]
# What refuses a request before a service sees it, and what refuses what a partner's system pushed: which argument is
# the status (none: it is named, or 400), and which the reason.
_PUSH = "Refused"
_REFUSERS: Mapping[str, tuple[int | None, int]] = {
    "HttpProblem": (0, 1),
    "HeadRefused": (0, 1),
    "Problem": (0, 1),
    "problem": (0, 1),
    _PUSH: (None, 0),
}
# A source without any of these words has no reason in it, and is not worth reading.
_WORTH_READING = re.compile(r"\breason\b|GatewayError|HttpProblem|HeadRefused|\b[Pp]roblem\(|\bRefused\(")
_REASON = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")


@dataclass(frozen=True, order=True)
class ReasonStatus:
    """Under which status a reason is told: HTTP's, our kind and gRPC's code; what only a door over HTTP refuses has
    neither kind nor code."""

    http: int
    kind: str = ""
    grpc: str = ""


@dataclass
class Reason:
    """What its authors say that a reason means, and under which statuses it is told."""

    means: list[str] = field(default_factory=list)
    statuses: set[ReasonStatus] = field(default_factory=set)
    pushed: bool = False  # Said of what a partner's own system sent to the push door.


@dataclass(frozen=True)
class _Class:
    bases: tuple[str, ...]
    kind: str
    reason: str
    means: str


def reasons(root: Path = ROOT) -> dict[str, Reason]:
    """All of them, by name."""
    found: dict[str, Reason] = {}
    nodes = [node for text in _sources(root) for node in ast.walk(ast.parse(text))]
    classes = {node.name: _class(node) for node in nodes if isinstance(node, ast.ClassDef)}
    for each in classes.values():
        if each.reason:
            reason, kind = found.setdefault(each.reason, Reason()), Kind[_kind(each, classes)]
            reason.means.append(each.means)
            reason.statuses.add(ReasonStatus(STATUS_OF_KIND[kind], kind.value, CODE_OF_KIND[kind].name))
    for code, (name, words) in WORDS_OF_CODE.items():
        # The library's own code, which no kind of error has.
        found[name] = Reason([words], {ReasonStatus(STATUS_OF_CODE[code], grpc=code.name)})
    for pushed in (False, True):  # What a door says too is no matter of pushes alone.
        for name, status in filter(None, (_refusal(node, pushed=pushed) for node in nodes)):
            found.setdefault(name, Reason(pushed=pushed)).statuses.add(ReasonStatus(status))
    return dict(sorted(found.items()))


def _sources(root: Path) -> Iterator[str]:
    """Our own side: what plays outside systems has errors of theirs."""
    for side in ("services", "adapters"):
        for path in sorted((root / side).rglob("*.py")):
            text = "" if {"sandbox", "twins"} & set(path.parts) else path.read_text("utf-8")
            if _WORTH_READING.search(text):
                yield text


def _class(node: ast.ClassDef) -> _Class:
    said = dict(_assigned(node))
    means = (ast.get_docstring(node) or "").partition("\n\n")[0]
    bases = tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases)
    return _Class(bases, said.get("kind", ""), said.get("reason", ""), " ".join(means.split()))


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """`kind` and `reason` as a class body gives them, alone or in one line."""
    for line in node.body:
        if isinstance(line, ast.Assign):
            target = line.targets[0]
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = line.value.elts if isinstance(line.value, ast.Tuple) else [line.value]
            for name, value in zip(names, values, strict=False):
                if isinstance(name, ast.Name) and name.id in ("kind", "reason"):
                    yield name.id, _word(value)


def _word(value: ast.expr) -> str:
    if isinstance(value, ast.Attribute):
        return value.attr
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _kind(each: _Class, classes: Mapping[str, _Class]) -> str:
    """Its own, or that of the class that it is made from."""
    above = (_kind(classes[base], classes) for base in each.bases if base in classes)
    return each.kind or next(filter(None, above), "")


def _refusal(node: ast.AST, *, pushed: bool) -> tuple[str, int] | None:
    """The reason and the status of a refusal, if the node makes one whose reason stands there."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _REFUSERS):
        return None
    if (node.func.id == _PUSH) is not pushed:
        return None
    at, reason_at = _REFUSERS[node.func.id]
    reason = node.args[reason_at] if len(node.args) > reason_at else None
    if not (isinstance(reason, ast.Constant) and isinstance(reason.value, str) and _REASON.fullmatch(reason.value)):
        return None
    named = next((each.value for each in node.keywords if each.arg == "status"), None)
    status = _status(node.args[at] if at is not None else named)
    return (reason.value, status) if status else None


def _status(value: ast.expr | None) -> int:
    """A number, a name (`HTTPStatus.NOT_FOUND`), or what is meant where none is said; 0 where nobody can tell."""
    if value is None:
        return 400
    if isinstance(value, ast.Attribute):
        return HTTPStatus[value.attr].value if value.attr in HTTPStatus.__members__ else 0
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, int) else 0
