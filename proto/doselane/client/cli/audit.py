"""`doselane audit`: the chain of a dose from the order to the hand-over, with who and when, and whether it holds.

What is verified is what the published calls let anybody verify: that the numbering of a dose's timeline and of its
shipment's milestones has no gap, that each link names the next, and that stored decisions come out alike again.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from doselane.capacity.v1.capacity_pb2 import GetRunRequest
from doselane.capacity.v1.capacity_pb2_grpc import CapacityServiceStub
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
from doselane.client.cli.showing import show_audit
from doselane.client.errors import CallError, CallNotServed, NotPermitted, ResourceNotFound
from doselane.client.gateway import Gateway
from doselane.client.paging import items
from doselane.distribution.v1.distribution_pb2 import GetShipmentRequest, ListMilestonesRequest
from doselane.distribution.v1.distribution_pb2_grpc import DistributionServiceStub
from doselane.quality.v1.quality_pb2 import (
    ListBatchesRequest,
    ListDecisionsRequest,
    ListVialsRequest,
    ReplayDecisionRequest,
)
from doselane.quality.v1.quality_pb2_grpc import QualityServiceStub
from doselane.slotting.v1.slotting_pb2 import GetSlotRequest
from doselane.slotting.v1.slotting_pb2_grpc import SlottingServiceStub
from doselane.status.v1.status_pb2 import GetDoseRequest, ListTimelineEntriesRequest
from doselane.status.v1.status_pb2_grpc import StatusServiceStub

_HELP = (
    "Tell the chain of a dose: order, slot, run, batch, vial, shipment, each with who and when, and verify what can be"
    " verified from outside. Ends with 1 if something does not hold. What you may not see is named, not judged."
)


def register(app: typer.Typer, groups: Mapping[str, typer.Typer]) -> None:
    """Adds the command."""
    app.command("audit", help=help_of(_HELP, "audit 0192f0c4-7b1e-7c52-9a63-0d5e2f8b1a77 --json"))(audit)


@dataclass(slots=True)
class Chain:
    """What was found of a dose; what there is not yet is None, what may not be seen stands in `unseen`."""

    dose: Any
    slot: Any = None
    run: Any = None
    batch: Any = None
    vial: Any = None
    shipment: Any = None
    timeline: Sequence[Any] = ()
    milestones: Sequence[Any] = ()
    decisions: Sequence[tuple[Any, bool]] = ()  # with whether it comes out alike again
    unseen: dict[str, str] = field(default_factory=dict)


def audit(
    context: typer.Context,
    dose: Annotated[str, typer.Argument(help="The dose.")],
    as_json: AsJson = False,
) -> None:
    """Tells the chain of a dose."""
    asked = invocation(context, as_json)
    name = dose if "/" in dose else f"doses/{dose}"
    chain = run(asked, lambda gateway: gathered(gateway, name), {"name": "DOSE"})
    found = told(chain)
    if asked.as_json:
        write_json(found)
    else:
        show_audit(output(), found)
    raise typer.Exit(DONE if found["holds"] else SAYS_NO)


async def gathered(gateway: Gateway, name: str) -> Chain:
    """All that the caller may see of a dose. Raises CallError if there is no such dose."""
    status, quality = StatusServiceStub(gateway), QualityServiceStub(gateway)
    distribution = DistributionServiceStub(gateway)
    with errors().status("the chain is gathered …"):
        chain = Chain(await status.GetDose(GetDoseRequest(name=name)))
        dose = chain.dose

        async def seen(what: str, call: Callable[[], Awaitable[Any]]) -> Any:
            try:
                return await call()
            except (NotPermitted, ResourceNotFound, CallNotServed) as not_seen:
                chain.unseen[what] = _words(not_seen)
                return None

        chain.timeline = await _all(status.ListTimelineEntries, ListTimelineEntriesRequest(parent=name))
        chain.slot = await seen("slot", lambda: SlottingServiceStub(gateway).GetSlot(GetSlotRequest(name=dose.slot)))
        chain.run = await seen("run", lambda: CapacityServiceStub(gateway).GetRun(GetRunRequest(name=dose.run)))
        batches = await seen("batch", lambda: _all(quality.ListBatches, ListBatchesRequest(run=dose.run)))
        if batches:
            chain.batch = batches[0]
            vials = await _all(quality.ListVials, ListVialsRequest(batch=chain.batch.name))
            chain.vial = next(
                (each for each in vials if each.slot == dose.slot and not each.HasField("surplus_time")), None
            )
            for each in await _all(quality.ListDecisions, ListDecisionsRequest(batch=chain.batch.name)):
                again = await quality.ReplayDecision(ReplayDecisionRequest(name=each.name))
                chain.decisions = [*chain.decisions, (each, again.alike)]
        if dose.HasField("shipment"):
            of_shipment = GetShipmentRequest(name=dose.shipment.name)
            chain.shipment = await seen("shipment", lambda: distribution.GetShipment(of_shipment))
        if chain.shipment is not None:
            of_milestones = ListMilestonesRequest(parent=chain.shipment.name)
            chain.milestones = await _all(distribution.ListMilestones, of_milestones)
    return chain


async def _all(call: Callable[..., Any], request: Any) -> list[Any]:
    return [each async for each in items(call, request)]


def _words(failed: CallError) -> str:
    return f"{failed.reason or failed.kind}: {failed.message}"


def told(chain: Chain) -> dict[str, Any]:
    """The chain as JSON: its links, each with when and who; what was verified; what may not be seen. Pure."""
    verified = list(checks(chain))
    return {
        "dose": chain.dose.name,
        "orderReference": chain.dose.order_reference,
        "holds": all(each["holds"] for each in verified),
        "links": list(links(chain)),
        "checks": verified,
        "unseen": chain.unseen,
        "timeline": [as_dict(each) for each in chain.timeline],
    }


def links(chain: Chain) -> Iterator[dict[str, Any]]:
    """Each link: what, its name, how it stands, when, and who."""
    slot, made, batch, vial, shipment = chain.slot, chain.run, chain.batch, chain.vial, chain.shipment
    if slot is not None:
        yield _link("slot", slot.name, slot, "create_time", "promised", "")
        if slot.HasField("last_change"):
            yield _link(
                "slot", slot.name, slot.last_change, "time", f"last changed; {_state(slot)}", slot.last_change.actor
            )
    if made is not None:
        yield _link("run", made.name, made, "end_of_synthesis_time", f"end of synthesis; {_state(made)}", "")
    if batch is not None:
        yield _link("batch", batch.name, batch, "create_time", f"made known; {_state(batch)}", "")
    if vial is not None:
        yield _link("vial", vial.name, vial, "fill_time", "filled", "")
    for signed in batch.signatures if batch is not None else ():
        meaning = type(signed).Meaning.Name(signed.meaning)
        yield _link("signature", batch.name, signed, "sign_time", meaning, f"{signed.printed_name} ({signed.role})")
    if shipment is not None:
        yield _link("shipment", shipment.name, shipment, "create_time", f"booked; {_state(shipment)}", shipment.courier)
        for each in shipment.custody:
            handed = f"{each.from_party or '?'} to {each.to_party or '?'}"
            yield _link("custody", shipment.name, each, "time", handed, each.received_by or each.actor)


def _link(what: str, name: str, holder: Any, time_field: str, how: str, who: str) -> dict[str, Any]:
    when = getattr(holder, time_field).ToJsonString() if holder.HasField(time_field) else ""
    return {"link": what, "name": name, "time": when, "what": how, "who": who}


def _state(message: Any) -> str:
    return str(message.DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number[message.state].name)


def checks(chain: Chain) -> Iterator[dict[str, Any]]:
    """What can be verified of what was found, and whether it holds."""
    dose, slot, batch, vial, shipment = chain.dose, chain.slot, chain.batch, chain.vial, chain.shipment
    yield _numbered("the timeline has no gap", chain.timeline)
    if slot is not None:
        same = (slot.run, slot.site, slot.order_reference) == (dose.run, dose.site, dose.order_reference)
        yield _check("dose and slot tell the same run, site and order", same, f"{slot.name}, {dose.name}")
    if batch is not None:
        yield _check("the batch is of the dose's run", batch.run == dose.run, f"{batch.name}, {dose.run}")
    if vial is not None:
        yield _check("the vial fills the slot, of the batch", vial.name.startswith(f"{batch.name}/"), vial.name)
    if shipment is not None:
        carried = [each.dose for each in shipment.doses]
        yield _check("the shipment carries the dose", dose.name in carried, shipment.name)
        yield _numbered("the shipment's milestones have no gap", chain.milestones)
    for each, alike in chain.decisions:
        yield _check("a stored decision comes out alike again", alike, f"{each.name}, sha256 {each.record_sha256}")


def _numbered(what: str, found: Iterable[Any]) -> dict[str, Any]:
    numbers = sorted(int(each.name.rpartition("/")[2]) for each in found)
    return _check(what, numbers == list(range(1, len(numbers) + 1)), f"{len(numbers)} numbered from 1")


def _check(what: str, holds: bool, detail: str) -> dict[str, Any]:
    return {"check": what, "holds": holds, "detail": detail}
