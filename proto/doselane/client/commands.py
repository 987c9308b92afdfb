"""The commands, in one place: what is derived from the protos, and what is written by hand."""

import math
from typing import Annotated

import typer

from doselane.client.cli import (
    audit,
    booking,
    connecting,
    contracts,
    feeds,
    laddering,
    logins,
    rehearsing,
    simulating,
    watching,
)
from doselane.client.cli.calling import EXITS, Invocation
from doselane.client.cli.deriving import add
from doselane.client.cli.profiles import SANDBOX, Profile
from doselane.client.cli.table import COMMANDS
from doselane.client.cli.whole import WholeCommand

OPTIONS = {"no_args_is_help": True, "context_settings": {"help_option_names": ["-h", "--help"]}}

# What a first word is about. A word whose commands are all derived needs no more than its line here and in the table.
GROUPS = {
    "offers": "Search for what can reach a patient.",
    "slots": "Hold, claim, confirm, move, release and look at slots.",
    "standbys": "Wait for what may come free of a run.",
    "runs": "See runs, and what is left of them.",
    "dose": "See where a dose stands, what happened to it, and its activity.",
    "batches": "See batches, their verdicts and signatures.",
    "shipments": "See shipments and their milestones.",
    "board": "See whether doses will reach their patients, and what threatens them.",
    "incidents": "See what endangers doses, look after it, and close it.",
    "ladders": "Say who is told of doses at risk, and in which steps.",
    "exchange": "Look into what was exchanged with outside systems.",
    "replay": "Have kept messages read again.",
    "clock": "The time that the whole gateway goes by.",
    "events": "Your feed: all that you are told of, in one order without a gap.",
    "endpoints": "Webhooks: where you are told of your feed, and what became of each notification.",
    "watch": "Follow what happens, through broken connections.",
    "connect": "Look after the connections to outside systems.",
}
# What joins calls, or shows more than an answer: each adds its commands, to the whole or to a group.
BY_HAND = (logins, booking, audit, watching, feeds, rehearsing, laddering, connecting, simulating)


def build() -> typer.Typer:
    """The whole command line."""
    about = f"Doselane from the command line.\n\n{EXITS}"
    made = typer.Typer(cls=WholeCommand, help=about, pretty_exceptions_enable=False, **OPTIONS)  # type: ignore[arg-type]
    made.callback()(main)
    groups = {word: typer.Typer(help=help_text, **OPTIONS) for word, help_text in GROUPS.items()}  # type: ignore[arg-type]
    for each in COMMANDS:
        add(groups[each.words.split()[0]], each)
    for module in BY_HAND:
        module.register(made, groups)
    for word, group in groups.items():
        made.add_typer(group, name=word)
    made.add_typer(contracts.app, name="contracts")
    return made


def main(
    context: typer.Context,
    profile: Annotated[
        str, typer.Option(envvar="DOSELANE_PROFILE", help="What `doselane login` keeps under this name.")
    ] = "default",
    address: Annotated[
        str,
        typer.Option(
            envvar="DOSELANE_ADDRESS", help=f"The gateway's gRPC door; {SANDBOX} if not said.", show_default=False
        ),
    ] = "",
    token: Annotated[str, typer.Option(envvar="DOSELANE_TOKEN", help="An access token.", show_default=False)] = "",
    token_file: Annotated[
        str, typer.Option(envvar="DOSELANE_TOKEN_FILE", help="A file that holds one.", show_default=False)
    ] = "",
    token_url: Annotated[
        str,
        typer.Option(
            envvar="DOSELANE_TOKEN_URL", help="The issuer's token endpoint, for client credentials.", show_default=False
        ),
    ] = "",
    client_id: Annotated[str, typer.Option(envvar="DOSELANE_CLIENT_ID", help="The client.", show_default=False)] = "",
    client_secret: Annotated[
        str,
        typer.Option(envvar="DOSELANE_CLIENT_SECRET", help="Its secret; better in the variable.", show_default=False),
    ] = "",
    ca_file: Annotated[
        str, typer.Option(envvar="DOSELANE_CA_FILE", help="PEM file of the certificates to trust.", show_default=False)
    ] = "",
    timeout_s: Annotated[
        float, typer.Option(envvar="DOSELANE_TIMEOUT_S", help="How long a call may take, with all its tries.", min=0.1)
    ] = 20.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print answers, and failures, as JSON.")] = False,
) -> None:
    """Doselane from the command line.

    Example: doselane offers search --product lu-ligand --site lakeside-clinic

    Exit codes: 0 done; 1 what was looked at is not in order; 2 used wrongly; 3 the gateway cannot be reached, or
    failed; 4 refused by a rule; 5 not logged in, or not allowed; 6 not found.
    """
    if not math.isfinite(timeout_s):
        raise typer.BadParameter("it must be a number of seconds.", param_hint="--timeout-s")
    said = Profile(address, token, token_file, token_url, client_id, client_secret, ca_file)
    context.obj = Invocation(profile, said, timeout_s, as_json)


app = build()
