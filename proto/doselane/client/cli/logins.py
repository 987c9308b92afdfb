"""`doselane login`, `logout` and `whoami`: who asks, and which gateway."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from doselane.client.cli.calling import (
    DONE,
    USED_WRONGLY,
    AsJson,
    Invocation,
    help_of,
    invocation,
    output,
    run,
    told,
    write_json,
)
from doselane.client.cli.profiles import ProfileError, file, read, write
from doselane.client.cli.showing import show_message
from doselane.client.errors import NotPermitted
from doselane.client.gateway import Gateway
from doselane.clock.v1.clock_pb2 import GetClockRequest
from doselane.clock.v1.clock_pb2_grpc import ClockServiceStub

_TOLD = ("partner", "sub", "client_id", "scope", "iss")


def register(app: typer.Typer, groups: Mapping[str, typer.Typer]) -> None:
    """Adds the commands."""
    example = "--address https://grpc.northlake.example --token-url https://id.northlake.example/token login"
    app.command("login", help=help_of(_LOGIN, f"{example} --client-id northlake-orchestrator"))(login)
    app.command("logout", help=help_of("Forget a profile.", "--profile sandbox logout"))(logout)
    app.command("whoami", help=help_of(_WHOAMI, "whoami --json"))(whoami)


_LOGIN = (
    "Keep where the gateway is and who asks, under the name of the profile, once the gateway has taken its token. What"
    " stands before `login` is kept too; a secret that is not given is asked for."
)
_WHOAMI = "Tell for whom the token speaks, and what it allows, as the token itself says."


def login(
    context: typer.Context,
    client_id: Annotated[str, typer.Option(help="The client.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Keeps a profile that works."""
    asked = invocation(context, as_json)
    said = replace(asked.said, client_id=client_id or asked.said.client_id)
    if said.client_id and not said.client_secret:
        said = replace(said, client_secret=typer.prompt("client secret", hide_input=True, err=True))
    try:
        others = dict(read())
    except ProfileError as wrong:
        raise told(asked, "NOT_SET_UP", wrong.words, wrong.remedy, USED_WRONGLY) from None
    tried = replace(asked, said=said)
    found = run(_alone(tried, others), _taken)
    path = write({**others, asked.profile_name: said.over(others.get(asked.profile_name, type(said)()))})
    _show(asked, {"profile": asked.profile_name, "file": str(path), **found})


def _alone(tried: Invocation, others: dict[str, Any]) -> Invocation:
    """A profile of a new name is not kept yet, so nothing is laid under what was said."""
    return tried if tried.profile_name in others else replace(tried, profile_name="default")


def logout(context: typer.Context, as_json: AsJson = False) -> None:
    """Forgets a profile."""
    asked = invocation(context, as_json)
    try:
        others = dict(read())
    except ProfileError as wrong:
        raise told(asked, "NOT_SET_UP", wrong.words, wrong.remedy, USED_WRONGLY) from None
    was = others.pop(asked.profile_name, None)
    if was:
        write(others)
    _show(asked, {"profile": asked.profile_name, "file": str(file()), "forgotten": was is not None})


def whoami(context: typer.Context, as_json: AsJson = False) -> None:
    """Tells what the token says."""
    asked = invocation(context, as_json)
    _show(asked, run(asked, _taken))


async def _taken(gateway: Gateway) -> dict[str, Any]:
    """What the token says, once the gateway has taken it."""
    try:
        await ClockServiceStub(gateway).GetClock(GetClockRequest())
    except NotPermitted:
        pass  # It may not ask the time, and so it is known.
    return {"address": gateway.address, **claims(await gateway.token())}


def claims(token: str) -> dict[str, Any]:
    """What a token says of itself; nothing if it is not a JWT. It is not verified: the gateway does that."""
    try:
        payload = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return {}
    if not isinstance(said, dict):
        return {}
    told_by_it = {name: said[name] for name in _TOLD if name in said}
    if isinstance(said.get("exp"), int | float):
        told_by_it["expires"] = datetime.fromtimestamp(said["exp"], UTC).isoformat().replace("+00:00", "Z")
    return told_by_it


def _show(asked: Invocation, said: dict[str, Any]) -> None:
    if asked.as_json:
        write_json(said)
    else:
        show_message(output(), said)
    raise typer.Exit(DONE)
