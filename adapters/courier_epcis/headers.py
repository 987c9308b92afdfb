"""The HTTP headers of GS1's REST binding of EPCIS 2.0: what we support, and what a sender may ask for."""

import re
from collections.abc import Callable, Mapping

from adapters.courier_epcis.settings import EVENTS_MAX
from adapters.manifest import Refused

VERSION = "2.0.0"
ERROR_BEHAVIOUR = "gs1-capture-error-behaviour"

_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")

SUPPORTED: tuple[tuple[str, str], ...] = (
    ("GS1-EPCIS-Version", VERSION),
    ("GS1-CBV-Version", VERSION),
    ("GS1-EPCIS-Min", VERSION),
    ("GS1-EPCIS-Max", VERSION),
    ("GS1-CBV-Min", VERSION),
    ("GS1-CBV-Max", VERSION),
    ("GS1-EPC-Format", "Never_Translates"),
)


def capture_headers(body_bytes_max: int, events_max: int = EVENTS_MAX) -> tuple[tuple[str, str], ...]:
    """How much one push may hold, and what happens to it when a part is wrong."""
    return (
        ("GS1-EPCIS-Capture-Limit", str(events_max)),
        ("GS1-EPCIS-Capture-File-Size-Limit", str(body_bytes_max)),
        ("GS1-Capture-Error-Behaviour", "all"),
    )


def proceeds(headers: Mapping[str, str]) -> bool:
    """Whether the good events of a document should be taken when others are bad."""
    asked = headers.get(ERROR_BEHAVIOUR, "rollback")
    if asked not in ("rollback", "proceed"):
        detail = f"GS1-Capture-Error-Behaviour must be rollback or proceed, not {asked[:40]!r}."
        raise Refused("HEADER_NOT_VALID", detail)
    return asked == "proceed"


def check_versions(headers: Mapping[str, str]) -> None:
    """Refuses a version of the standards that we do not speak; 2.0 and its later patches are one to a reader."""
    for standard in ("epcis", "cbv"):
        _check(headers, f"gs1-{standard}-version", lambda given: given[:2] == (2, 0))
        _check(headers, f"gs1-{standard}-min", lambda given: given <= (2, 0, 0))
        _check(headers, f"gs1-{standard}-max", lambda given: given >= (2, 0, 0))


def _check(headers: Mapping[str, str], name: str, fits: Callable[[tuple[int, ...]], bool]) -> None:
    given = headers.get(name)
    if given is None:
        return
    if not _VERSION.fullmatch(given):
        raise Refused("HEADER_NOT_VALID", f"{name} must be a version such as {VERSION}, not {given[:40]!r}.")
    numbers = tuple(int(number[:9]) for number in given.split("."))
    if not fits((*numbers, 0, 0)[: max(3, len(numbers))]):
        detail = f"{name} asks for {given[:40]}; this interface speaks {VERSION}."
        raise Refused("VERSION_NOT_SUPPORTED", detail, status=406)
