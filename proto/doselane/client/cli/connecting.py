"""`doselane connect check`: what stands in the way of exchanging with an account's system."""

from collections.abc import Mapping
from typing import Annotated

import typer

from doselane.client.cli.calling import (
    DONE,
    SAYS_NO,
    AsJson,
    as_dict,
    errors,
    help_of,
    invocation,
    output,
    run,
    write_json,
)
from doselane.client.cli.showing import show_report
from doselane.client.gateway import Gateway
from doselane.exchange.v1.connection_pb2 import CheckConnectionRequest, ConnectionReport
from doselane.exchange.v1.exchange_pb2_grpc import ExchangeServiceStub

# The gateway stops a check after 50 s and answers; the most that it waits for anything is a minute.
CHECK_S_MAX = 65.0


def register(app: typer.Typer, groups: Mapping[str, typer.Typer]) -> None:
    """Adds the command to `doselane connect`."""
    help_text = (
        "Look whether an account's system has, allows and takes what the account is to do. Nothing is changed there."
    )
    groups["connect"].command("check", help=help_of(help_text, "connect check s4 --samples"))(check)


def check(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="The account's id, such as s4, or its name, such as accounts/s4.")],
    samples: Annotated[bool, typer.Option("--samples", help="Print what would be sent, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Checks an account's connection; ends with 1 if something would fail."""
    asked = invocation(context, as_json)
    name = account if account.startswith("accounts/") else f"accounts/{account}"

    async def look(gateway: Gateway) -> ConnectionReport:
        with errors().status(f"{name} is looked at, for up to a minute …"):
            call = ExchangeServiceStub(gateway).CheckConnection
            found: ConnectionReport = await call(CheckConnectionRequest(name=name), timeout=CHECK_S_MAX)
            return found

    report = run(asked, look, {"name": "ACCOUNT"})
    if asked.as_json:
        write_json(as_dict(report))
    else:
        show_report(output(), as_dict(report), samples=samples)
    raise typer.Exit(DONE if report.ready else SAYS_NO)
