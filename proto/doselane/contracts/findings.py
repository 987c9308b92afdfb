"""What is found wrong with a contract, and where."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Gravity(StrEnum):
    """How grave a finding is."""

    ERROR = "ERROR"  # it does not hold, or pins nothing
    UNKNOWN = "UNKNOWN"  # it cannot be judged by documents
    WARNING = "WARNING"  # it holds, and may not for long, or not always


@dataclass(frozen=True, slots=True)
class ContractFinding:
    """One thing found. `pointer` is a JSON pointer into the body or contents of `part`; empty: all of it, or none."""

    gravity: Gravity
    code: str  # for programs, such as FIELD_UNKNOWN
    words: str
    part: str = ""  # `request`, `answer`, `message`, or empty: the interaction as a whole
    pointer: str = ""
    place: str = ""  # the operation or message of ours, such as `POST /v1/slots:claim`
    interaction: str = ""  # its description
    number: int = -1  # its index in the file
    release: str = ""  # since which release of ours, or of which on

    def at(self, **facts: object) -> "ContractFinding":
        """The same with more said of where."""
        return replace(self, **facts)  # type: ignore[arg-type]


def error(code: str, words: str, part: str = "", pointer: str = "") -> ContractFinding:
    """What does not hold."""
    return ContractFinding(Gravity.ERROR, code, words, part, pointer)


def unknown(code: str, words: str, part: str = "", pointer: str = "") -> ContractFinding:
    """What cannot be judged."""
    return ContractFinding(Gravity.UNKNOWN, code, words, part, pointer)


def warning(code: str, words: str, part: str = "", pointer: str = "") -> ContractFinding:
    """What holds for now."""
    return ContractFinding(Gravity.WARNING, code, words, part, pointer)


def has_errors(findings: Iterable[ContractFinding]) -> bool:
    """Whether something does not hold."""
    return any(each.gravity is Gravity.ERROR for each in findings)
