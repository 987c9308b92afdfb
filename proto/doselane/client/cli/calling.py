"""How each command goes: it opens the gateway, does its work, says what went wrong and ends with the code for it."""

import asyncio
import importlib
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeVar

import typer
from google.protobuf import json_format
from google.protobuf.message import Message
from rich.console import Console

from doselane.client.cli.profiles import Profile, ProfileError, kept
from doselane.client.errors import (
    CallError,
    CallRefused,
    InvalidRequest,
    NotAuthenticated,
    NotPermitted,
    ResourceChanged,
    ResourceNotFound,
)
from doselane.client.gateway import Gateway
from doselane.described import descriptors

DONE, SAYS_NO, USED_WRONGLY, NOT_REACHED, REFUSED, NOT_ALLOWED, NOT_FOUND, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130
EXITS = (
    "Exit codes: 0 done; 1 what was looked at is not in order; 2 used wrongly; 3 the gateway cannot be reached, or"
    " failed; 4 refused by a rule; 5 not logged in, or not allowed; 6 not found."
)
_EXIT_OF: Mapping[type[CallError], int] = {
    InvalidRequest: USED_WRONGLY,
    CallRefused: REFUSED,
    ResourceChanged: REFUSED,
    NotAuthenticated: NOT_ALLOWED,
    NotPermitted: NOT_ALLOWED,
    ResourceNotFound: NOT_FOUND,
}
# Of an output that nobody looks at in a window, no line is broken.
_UNBROKEN = 500
_WHICH = re.compile(r"\[\d+\]")

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Result = TypeVar("Result")


@dataclass(slots=True)
class Invocation:
    """What was said before the command."""

    profile_name: str
    said: Profile
    timeout_s: float
    as_json: bool

    def profile(self) -> Profile:
        """What was said, over what is kept. Raises ProfileError."""
        return self.said.over(kept(self.profile_name))


def help_of(words: str, example: str) -> str:
    """The help of a command."""
    return f"{words}\n\nExample: doselane {example}\n\n{EXITS}"


def invocation(context: typer.Context, as_json: bool = False) -> Invocation:
    """The invocation of a command; `--json` may stand before or after the command's words."""
    found: Invocation = context.obj
    found.as_json = found.as_json or as_json
    return found


def run(
    asked: Invocation, work: Callable[[Gateway], Awaitable[Result]], where: Mapping[str, str] | None = None
) -> Result:
    """What the work at the gateway gives; a failure is told, and ends the command. `where` names options by field."""
    try:
        gateway = asked.profile().gateway(asked.timeout_s)
        return asyncio.run(_with(gateway, work))
    except ProfileError as wrong:
        raise told(asked, "NOT_SET_UP", wrong.words, wrong.remedy, USED_WRONGLY) from None
    except CallError as failed:
        raise told_of_call(asked, failed, where or {}) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


async def _with(gateway: Gateway, work: Callable[[Gateway], Awaitable[Result]]) -> Result:
    async with gateway:
        return await work(gateway)


def told_of_call(asked: Invocation, failed: CallError, where: Mapping[str, str]) -> typer.Exit:
    """Tells of a failed call: what was wrong, where, what to do."""
    found = [(where.get(_WHICH.sub("", field), field), wrong) for field, wrong in failed.violations]
    code = next((code for kind, code in _EXIT_OF.items() if isinstance(failed, kind)), NOT_REACHED)
    more: dict[str, Any] = {
        "facts": failed.facts,
        "violations": [dict(zip(("where", "wrong"), each, strict=True)) for each in found],
    }
    if failed.request_id:
        more["requestId"] = failed.request_id
    if failed.retry_after_s:
        more["retryAfterS"] = failed.retry_after_s
    words = f"{failed.reason}: {failed.message}" if failed.reason else failed.message
    return told(asked, failed.kind, words, failed.remedy, code, **more)


def told(asked: Invocation, kind: str, words: str, remedy: str, code: int, **more: Any) -> typer.Exit:
    """Tells of a failure, and gives what to raise."""
    if asked.as_json:
        with suppress(BrokenPipeError):  # whoever reads no more still learns by the code
            write_json({"error": {"kind": kind, "message": words, "remedy": remedy, **more}})
    err = errors()
    err.print(f"error: {words}", style="red", markup=False)
    for each in more.get("violations", ()):
        err.print(f"  {each['where']}: {each['wrong']}", markup=False)
    hidden = ("field", "violations", "retry_after_ms")
    for name, value in more.get("facts", {}).items():
        if name not in hidden:
            err.print(f"  {name}: {value}", markup=False)
    if remedy:
        err.print(f"what to do: {remedy}", markup=False)
    return typer.Exit(code)


class _Output(Console):
    """Lets the command see that nobody reads on, and end as it should."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def output() -> Console:
    """What is printed for people: with colours in a terminal that has them, without lines broken elsewhere."""
    looked_at = sys.stdout.isatty() or "COLUMNS" in os.environ
    return _Output(width=None if looked_at else _UNBROKEN, highlight=False)


def errors() -> Console:
    """Where failures and progress are told, so that they never stand in an output that a program reads."""
    return Console(stderr=True, soft_wrap=True, highlight=False)


def as_dict(message: Message) -> dict[str, Any]:
    """A message as protobuf JSON, as the REST API writes it: fields without a value included."""
    if "google/protobuf/any.proto" in (each.name for each in message.DESCRIPTOR.file.dependencies):
        know_all()  # Its JSON needs the type of whatever is in it.
    found: dict[str, Any] = json_format.MessageToDict(message, always_print_fields_with_no_presence=True)
    return found


@cache
def know_all() -> None:
    """Makes all published messages known."""
    for each in descriptors().file:
        if each.package.startswith("doselane."):
            importlib.import_module(each.name.removesuffix(".proto").replace("/", ".") + "_pb2")


def write_json(said: Any, *, line: bool = False) -> None:
    """Prints one JSON object: for people to read, or on one line of many, at once."""
    sys.stdout.write(json.dumps(said, indent=None if line else 2, ensure_ascii=False) + "\n")
    if line:
        sys.stdout.flush()
