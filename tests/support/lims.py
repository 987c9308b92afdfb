"""A LIMS, as small as an adapter can be, with a laboratory that it speaks with: results are pushed, fetched and heard,
and samples are registered. It stands for every kind of system that the host has never heard of.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value

from adapters.content import digest
from adapters.json_body import read_json
from adapters.manifest import Adapter, Fact, Incoming, Refused, Translation, Webhook
from adapters.outbound import Away, Declined, Fetched, Following, Outgoing, Poll, Reaction, Receipt, Stream
from adapters.ports import Port, Reference
from adapters.ports import lims as laboratories
from services.kernel.event import Event

REGISTERED = "doselane.quality.sample.registered.v1"


class Reader:
    """Reads results: `{"results": [{"id": …, "sample": …, "value": …}]}`."""

    def translate(self, incoming: Incoming) -> Translation:
        """Reads a batch of results."""
        value = read_json(incoming.body)
        if not isinstance(value, dict) or not isinstance(value.get("results"), list):
            raise Refused("BODY_NOT_RESULTS", "results is required.", "/results")
        return Translation(tuple(_fact(index, each) for index, each in enumerate(value["results"])))


def _fact(index: int, result: dict[str, Any]) -> Fact:
    said = Struct()
    said.update(result)
    known = result.get("state") == "verified"
    return Fact(
        index,
        result["id"],
        digest(result),
        said,
        event_id=result["id"],
        kind="VERIFIED" if known else "",
        code=str(result.get("state", "")),
        references=(result["sample"],),
        warnings=() if known else ("CODE_UNKNOWN",),
    )


@dataclass
class Laboratory:
    """The other side: what it would tell, and what it was told."""

    results: list[dict[str, Any]] = field(default_factory=list)
    heard: "asyncio.Queue[dict[str, Any] | None]" = field(default_factory=asyncio.Queue)
    listeners: int = 0
    samples: list[str] = field(default_factory=list)
    answers: list[Exception | Receipt] = field(default_factory=list)  # what it does next instead of a simple yes
    receipts: dict[str, Receipt] = field(default_factory=dict)  # what it said of samples
    looks: int = 0
    down: Exception | None = None  # what it answers instead of results, for as long as it stands
    failures: int = 0


LABORATORY = Laboratory()


async def _fetch(laboratory: Laboratory, cursor: str, following: Following) -> Fetched:
    if laboratory.down is not None:
        laboratory.failures += 1
        raise laboratory.down
    at = int(cursor or "0")
    found = laboratory.results[at : at + 2]
    bodies = [json.dumps({"results": [each]}).encode() for each in found]
    return Fetched(bodies, str(at + len(found)), more=at + 2 < len(laboratory.results))


async def _listen(laboratory: Laboratory, cursor: str) -> AsyncIterator[Fetched]:
    laboratory.listeners += 1
    while (said := await laboratory.heard.get()) is not None:
        yield Fetched([json.dumps({"results": [said]}).encode()] if said else [], str(int(cursor or "0") + 1))


def _registrations(event: Event, partner: str) -> Iterator[Outgoing]:
    said = Struct.FromString(event.data)
    yield Outgoing(said["sample"], event.data, event.time + timedelta(days=said["days"]))


async def _register(laboratory: Laboratory, outgoing: Outgoing) -> str | Receipt:
    answer = laboratory.answers.pop(0) if laboratory.answers else f"registered {outgoing.subject}"
    if isinstance(answer, Away | Declined):
        raise answer
    sample = f"{outgoing.subject}/{Struct.FromString(outgoing.body)['number']:g}"
    laboratory.samples.append(sample)
    if isinstance(answer, Exception):
        raise answer
    if isinstance(answer, Receipt):
        laboratory.receipts[sample] = answer
    return answer


async def _look(laboratory: Laboratory, outgoing: Outgoing) -> str | Receipt | None:
    laboratory.looks += 1
    wanted = f"{outgoing.subject}/{Struct.FromString(outgoing.body)['number']:g}"
    return laboratory.receipts.get(wanted, f"found {wanted}") if wanted in laboratory.samples else None


def _refers(event: Event) -> Reference | None:
    said = Struct.FromString(event.data) if event.type == REGISTERED else None
    return Reference("partners/lab", [said["sample"]], "batches/b") if said else None


PORT = Port(
    name="lims",
    topic="doselane.lims",
    hears=("doselane.quality",),
    scope="lims.push",
    refused_type="doselane.lims.message.refused.v1",
    reported=lambda sender, said: ("doselane.lims.result.reported.v1", said),
    refused=lambda sender, reason, detail: Value(string_value=f"{sender.message} {reason}"),
    refers=_refers,
    objects=laboratories.PORT.objects,
    unknown_reference="SAMPLE_UNKNOWN",
)
ADAPTER = Adapter(
    name="lims_tiny",
    port=PORT,
    settings=lambda options: dict(options),
    build=lambda _: Reader(),
    webhooks=(Webhook("lims.push", "/lims/{account}"),),
    connect=lambda settings, http: LABORATORY,
    polls=(Poll("lims.results", timedelta(hours=1), _fetch),),
    streams=(Stream("lims.stream", timedelta(seconds=0.5), _listen),),
    reactions=(Reaction("lims.register", REGISTERED, _registrations, _register, _look),),
)
