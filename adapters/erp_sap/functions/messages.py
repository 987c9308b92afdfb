"""What function modules say: BAPIRET2 and its relatives, wherever in an answer they stand. Pure.

Of a call that failed the status is 200 and there is no fault; only these messages tell. Type S, I and W: done; E
(error), A (abort) and X (exit): not. An empty type with an empty message is what success looks like.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.erp_sap.functions.signatures import canonical
from adapters.outbound import Declined, Uncertain

_DONE, _FAILED = frozenset("SIW"), frozenset("EAX")


@dataclass(frozen=True, slots=True)
class FunctionMessage:
    """One message: its type, class and number, and its words."""

    type: str
    id: str
    number: str
    words: str

    def __str__(self) -> str:
        return f"{self.type or '?'} {self.id}/{self.number}: {self.words}"


def messages_of(answer: Any) -> Iterator[FunctionMessage]:
    """All messages of an answer, in their order."""
    if isinstance(answer, Mapping):
        said = {canonical(str(name)): value for name, value in answer.items()}
        if {"TYPE", "MESSAGE"} <= said.keys() and not isinstance(said["TYPE"], Mapping | list):
            texts = [str(said.get(name) or "").strip() for name in ("TYPE", "ID", "NUMBER", "MESSAGE")]
            yield FunctionMessage(*texts)
            return
        for value in answer.values():
            yield from messages_of(value)
    elif isinstance(answer, list):
        for each in answer:
            yield from messages_of(each)


def judge(function: str, answer: Any) -> None:
    """Raises Declined where SAP says no, and Uncertain where nobody can tell what it says."""
    found = [each for each in messages_of(answer) if each.type or each.words]
    if failed := [each for each in found if each.type in _FAILED]:
        raise Declined(f"{function}: {'; '.join(map(str, failed))}")
    if unknown := [each for each in found if each.type not in _DONE]:
        raise Uncertain(f"{function} answers a message of no type that is known: {unknown[0]}")
