"""`doselane simulate`: days of a whole gateway with seeded faults, started here for it; only figures remain."""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from doselane.client.cli.calling import DONE, SAYS_NO, USED_WRONGLY, AsJson, help_of, invocation, write_json

# Where the gateway is that is simulated; it is not imported, as whoever only calls one has none.
_SIMULATOR = "services.local.simulation.command"
_HELP = (
    "Play days of a whole gateway on its own clock: orders, production, quality control, couriers and faults, drawn"
    " from a seed, through the public doors. Same seed, same story: one hash over what partners were told. Ends with 1"
    " if a promise or an event was lost, or a run promised more than it has. Everything is sandbox; nothing remains."
)


def register(app: typer.Typer, groups: Mapping[str, typer.Typer]) -> None:
    """Adds the command."""
    app.command("simulate", help=help_of(_HELP, "simulate --seed 7 --days 30 --policy none --policy tower"))(simulate)


def simulate(
    context: typer.Context,
    seed: Annotated[int, typer.Option(help="What everything is drawn from.", min=0)] = 1,
    days: Annotated[int, typer.Option(help="How many days of making.", min=1, max=366)] = 7,
    faults: Annotated[
        Path | None,
        typer.Option(help="YAML: what goes wrong, and how often. Without it, a bad month.", show_default=False),
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(help="What is done for doses at risk; given more than once, each is played.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A folder for the figures as JSON, PNG and HTML.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Plays; the help is above."""
    simulator = _simulator()
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        asked = simulator.asked(seed, days, faults.read_text() if faults else None, policy or ())
    except (ValueError, OSError) as wrong:
        console.print(f"error: {faults or 'policy'}: {wrong}", style="red", markup=False)
        raise typer.Exit(USED_WRONGLY) from None
    reports = [simulator.simulate(each, lambda words: console.print(words, markup=False)) for each in asked]
    if out is not None:
        for file in simulator.write(reports, out):
            console.print(f"wrote {file}", markup=False)
    if invocation(context).as_json or as_json:
        write_json(reports[0].told() if len(reports) == 1 else {"plays": [each.told() for each in reports]})
    else:
        sys.stdout.write("\n".join(each.words() for each in reports) + "\n")
    raise typer.Exit(DONE if all(each.good for each in reports) else SAYS_NO)


def _simulator() -> Any:
    try:
        return importlib.import_module(_SIMULATOR)
    except ImportError as missing:
        words = f"this needs a gateway of its own: install doselane[local] ({missing})"
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"error: {words}", style="red", markup=False)
        raise typer.Exit(USED_WRONGLY) from None
