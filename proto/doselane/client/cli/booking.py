"""`doselane claim`, which makes a slot of an offer, and `doselane dose activity`."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf import json_format

from doselane.capacity.v1.capacity_pb2 import GetRunRequest
from doselane.capacity.v1.capacity_pb2_grpc import CapacityServiceStub
from doselane.client.activities import activity_mbq_at, demand_of, nuclide_of
from doselane.client.cli.calling import AsJson, as_dict, help_of, invocation, output, run, write_json
from doselane.client.cli.showing import show_message
from doselane.client.cli.values import Unreadable
from doselane.client.gateway import Gateway
from doselane.clock.v1.clock_pb2 import GetClockRequest
from doselane.clock.v1.clock_pb2_grpc import ClockServiceStub
from doselane.decay import HALF_LIVES, Unphysical
from doselane.slotting.v1.slotting_pb2 import ClaimSlotRequest, Offer, Slot
from doselane.slotting.v1.slotting_pb2_grpc import SlottingServiceStub
from doselane.status.v1.status_pb2 import GetDoseRequest
from doselane.status.v1.status_pb2_grpc import StatusServiceStub

_CLAIM = "Claim a slot by an offer, final at once. Offers are what `doselane offers search --json` prints."
_ACTIVITY = (
    "Tell a dose's activity at an instant: what decay leaves of, or had before, what is wanted at administration."
)


def register(app: typer.Typer, groups: Mapping[str, typer.Typer]) -> None:
    """Adds `claim` and `dose activity`."""
    app.command("claim", help=help_of(_CLAIM, "claim offers.json --order-reference NL-0042"))(claim)
    example = "dose activity 0192f0c4-7b1e-7c52-9a63-0d5e2f8b1a77 --at 2026-12-03T12:00:00Z"
    groups["dose"].command("activity", help=help_of(_ACTIVITY, example))(activity)


def claim(
    context: typer.Context,
    offers: Annotated[str, typer.Argument(help="The file with the offers; - reads the standard input.")],
    order_reference: Annotated[str, typer.Option(help="Your own reference of the order.")],
    offer: Annotated[int, typer.Option(help="Which of them, from 1; the first is the most robust.", min=1)] = 1,
    patient_reference: Annotated[str, typer.Option(help="Your pseudonym of the patient.", show_default=False)] = "",
    reason: Annotated[str, typer.Option(help="Why, for the record.", show_default=False)] = "",
    request_id: Annotated[
        str, typer.Option(help="Repeats a claim whose answer was lost: it acts once.", show_default=False)
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Claims a slot by an offer."""
    asked = invocation(context, as_json)
    try:
        chosen = _offer(sys.stdin.read() if offers == "-" else Path(offers).read_text("utf-8"), offer)
    except (OSError, UnicodeDecodeError, Unreadable) as wrong:
        raise typer.BadParameter(str(wrong), param_hint="OFFERS") from None
    demand = demand_of(chosen, order_reference, patient_reference=patient_reference)
    request = ClaimSlotRequest(demand=demand, reason=reason, request_id=request_id)

    async def claimed(gateway: Gateway) -> Slot:
        slot: Slot = await SlottingServiceStub(gateway).ClaimSlot(request)
        return slot

    where = {"demand.order_reference": "--order-reference", "demand.patient_reference": "--patient-reference"}
    _show(as_dict(run(asked, claimed, {**where, "request_id": "--request-id"})), as_json=asked.as_json)


def activity(
    context: typer.Context,
    dose: Annotated[str, typer.Argument(help="The dose.")],
    at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="When; now, if not said.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tells a dose's activity at an instant."""
    asked = invocation(context, as_json)
    name = dose if "/" in dose else f"doses/{dose}"

    async def reckoned(gateway: Gateway) -> dict[str, Any]:
        found = await StatusServiceStub(gateway).GetDose(GetDoseRequest(name=name))
        run_of_it = await CapacityServiceStub(gateway).GetRun(GetRunRequest(name=found.run))
        nuclide = nuclide_of(run_of_it.nuclide)
        when = at or (await ClockServiceStub(gateway).GetClock(GetClockRequest())).time.ToDatetime(UTC)
        return {
            "dose": found.name,
            "time": when.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "activityMbq": activity_mbq_at(found, when, nuclide),
            "administration": as_dict(found.administration),
            "nuclide": nuclide.value,
            "halfLifeS": float(HALF_LIVES[nuclide].seconds),
        }

    try:
        _show(run(asked, reckoned, {"name": "DOSE"}), as_json=asked.as_json)
    except Unphysical as wrong:
        raise typer.BadParameter(wrong.message, param_hint="--at") from None


def _show(said: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        write_json(said)
    else:
        show_message(output(), said)


def _offer(text: str, number: int) -> Offer:
    """The offer of that number in an answer of a search, or the one offer that the text is. Raises Unreadable."""
    try:
        said = json.loads(text)
        found = said.get("offers", [said])
        if not number <= len(found):
            raise Unreadable(f"there is no offer {number}: there are {len(found)}")
        read: Offer = json_format.ParseDict(found[number - 1], Offer())
    except (ValueError, AttributeError, TypeError, json_format.ParseError) as wrong:
        if isinstance(wrong, Unreadable):
            raise
        raise Unreadable(f"these are no offers as `doselane offers search --json` prints them: {wrong}") from None
    if not read.run:
        raise Unreadable("these are no offers as `doselane offers search --json` prints them: no run is named")
    return read
