"""The commands. They end with 0 (ready), 1 (findings of severity ERROR), 2 (used wrongly) or 3 (not reached)."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import typer
from doselane.client.api import CallFailed, ClientLogin, Gateway
from doselane.client.showing import show_accounts, show_report
from rich.console import Console

READY, HAS_ERRORS, USED_WRONGLY, NOT_REACHED = 0, 1, 2, 3
PAGES_MAX = 1000
_ACCOUNT = re.compile(r"[a-z0-9:_-]{1,100}")
_EXITS = """

Exit codes: 0 ready; 1 findings of severity ERROR; 2 used wrongly; 3 the gateway cannot be reached, or says no.
"""
_NO_TABLES = {"no_args_is_help": True, "context_settings": {"help_option_names": ["-h", "--help"]}}

app = typer.Typer(help="Doselane from the command line." + _EXITS, pretty_exceptions_enable=False, **_NO_TABLES)  # type: ignore[arg-type]
connect = typer.Typer(help="Look after the connections to outside systems." + _EXITS, **_NO_TABLES)  # type: ignore[arg-type]
app.add_typer(connect, name="connect")


@dataclass(frozen=True, slots=True)
class Invocation:
    """What was said before the command."""

    url: str
    login: ClientLogin
    as_json: bool


@app.callback()
def main(
    context: typer.Context,
    url: Annotated[str, typer.Option(envvar="DOSELANE_URL", help="The gateway.")] = "http://localhost:8080",
    token: Annotated[
        str, typer.Option(envvar="DOSELANE_TOKEN", help="An access token.", show_envvar=True, show_default=False)
    ] = "",
    client_id: Annotated[
        str, typer.Option(envvar="DOSELANE_CLIENT_ID", help="Instead of a token: the client.", show_default=False)
    ] = "",
    client_secret: Annotated[
        str,
        typer.Option(envvar="DOSELANE_CLIENT_SECRET", help="And its secret.", show_default=False),
    ] = "",
    token_url: Annotated[
        str,
        typer.Option(
            envvar="DOSELANE_TOKEN_URL", help="Its issuer; without it /oauth/token of the gateway.", show_default=False
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the API's answer as JSON.")] = False,
) -> None:
    """Doselane from the command line.

    Example: doselane --url https://doselane.northlake.example connect check s4

    Exit codes: 0 ready; 1 findings of severity ERROR; 2 used wrongly; 3 the gateway cannot be reached, or says no.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise typer.BadParameter("must be an address such as https://doselane.northlake.example", param_hint="--url")
    context.obj = Invocation(url, ClientLogin(token, client_id, client_secret, token_url), as_json)


@connect.command()
def check(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="The account's id, such as s4, or its name, such as accounts/s4.")],
    samples: Annotated[bool, typer.Option("--samples", help="Print what would be sent, too.")] = False,
) -> None:
    """Look whether an account's system has, allows and takes what the account is to do. Nothing is changed there.

    Example: doselane connect check s4 --samples

    Exit codes: 0 ready; 1 findings of severity ERROR; 2 used wrongly; 3 the gateway cannot be reached, or says no.
    """
    account_id = account.removeprefix("accounts/")
    if not _ACCOUNT.fullmatch(account_id):
        raise typer.BadParameter("must be lower-case letters, digits and hyphens", param_hint="ACCOUNT")
    invocation: Invocation = context.obj
    with _gateway(invocation) as gateway:
        report = gateway.call("POST", f"/v1/accounts/{quote(account_id, safe=':')}:check", {})
    if invocation.as_json:
        _write_json(report)
    else:
        show_report(Console(), report, samples=samples)
    raise typer.Exit(READY if report.get("ready") is True else HAS_ERRORS)


@connect.command()
def accounts(context: typer.Context) -> None:
    """List the accounts of couriers with how they fare; those of other systems cannot be listed yet.

    Example: doselane --json connect accounts

    Exit codes: 0 listed; 2 used wrongly; 3 the gateway cannot be reached, or says no.
    """
    invocation: Invocation = context.obj
    found: list[dict[str, Any]] = []
    with _gateway(invocation) as gateway:
        token = ""
        for _ in range(PAGES_MAX):
            page = gateway.call("GET", f"/v1/courierAccounts?pageToken={quote(token, safe='')}")
            found += page.get("accounts") or []
            if not (token := str(page.get("nextPageToken") or "")):
                break
    if invocation.as_json:
        _write_json({"accounts": found})
    else:
        show_accounts(Console(), found)


@contextmanager
def _gateway(invocation: Invocation) -> Iterator[Gateway]:
    gateway = Gateway(invocation.url, invocation.login)
    try:
        yield gateway
    except CallFailed as failed:
        _tell(failed, as_json=invocation.as_json)
        raise typer.Exit(NOT_REACHED) from None
    finally:
        gateway.close()


def _tell(failed: CallFailed, *, as_json: bool) -> None:
    if as_json:
        _write_json({"error": failed.words, "reason": failed.reason, "status": failed.status, "remedy": failed.remedy})
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(f"error: {failed.words}", style="red", markup=False)
    if failed.remedy:
        console.print(f"what to do: {failed.remedy}", markup=False)


def _write_json(told: Any) -> None:
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
