"""`doselane ladders put`, which writes a ladder from a file."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
import yaml
from google.protobuf import json_format

from doselane.client.cli.calling import AsJson, as_dict, help_of, invocation, output, run, write_json
from doselane.client.cli.showing import show_message
from doselane.client.cli.values import Unreadable
from doselane.client.gateway import Gateway
from doselane.tower.v1.escalation_pb2 import EscalationLadder, SetEscalationLadderRequest
from doselane.tower.v1.tower_pb2_grpc import TowerServiceStub

_PUT = (
    "Write your ladder for a product: who is told, in which steps, while doses of it that are at risk can still be"
    " saved. The file is YAML or JSON, as `doselane ladders get --json` prints a ladder; `product` and `steps` will do."
    " With an `etag` it is written only if nobody has changed it since."
)


def register(app: typer.Typer, groups: Mapping[str, typer.Typer]) -> None:
    """Adds `ladders put`."""
    groups["ladders"].command("put", help=help_of(_PUT, 'ladders put ladder.yaml --reason "Agreed."'))(put)


def put(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="The file with the ladder; - reads the standard input.")],
    reason: Annotated[str, typer.Option(help="Why, for the record.", show_default=False)] = "",
    request_id: Annotated[
        str, typer.Option(help="Repeats a call whose answer was lost: it acts once.", show_default=False)
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Writes a ladder from a file."""
    asked = invocation(context, as_json)
    try:
        ladder = ladder_in(sys.stdin.read() if file == "-" else Path(file).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, Unreadable) as wrong:
        raise typer.BadParameter(str(wrong), param_hint="FILE") from None
    request = SetEscalationLadderRequest(
        product=ladder.product, steps=ladder.steps, etag=ladder.etag, reason=reason, request_id=request_id
    )

    async def written(gateway: Gateway) -> EscalationLadder:
        answer: EscalationLadder = await TowerServiceStub(gateway).SetEscalationLadder(request)
        return answer

    said = as_dict(run(asked, written, {"reason": "--reason", "request_id": "--request-id"}))
    if asked.as_json:
        write_json(said)
    else:
        show_message(output(), said)


def ladder_in(text: str) -> EscalationLadder:
    """The ladder that a text in YAML or JSON is. Raises Unreadable."""
    try:
        ladder: EscalationLadder = json_format.ParseDict(yaml.safe_load(text), EscalationLadder())
    except (yaml.YAMLError, json_format.ParseError, AttributeError, TypeError, ValueError) as wrong:
        raise Unreadable(f"this is no ladder as `doselane ladders get --json` prints one: {wrong}") from None
    if ladder.product and "/" not in ladder.product:
        ladder.product = f"products/{ladder.product}"
    return ladder
