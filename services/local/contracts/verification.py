"""Verifies one contract file, and says in words what does not hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from doselane.contracts.check import PROVIDER
from doselane.contracts.protos import Protos
from pact import Verifier

from services.local.contracts.bridge import Bridge
from services.local.contracts.calls import GatewayCalls
from services.local.contracts.descriptors import descriptors_of_today, load_stubs
from services.local.contracts.door import HOST, MESSAGES, STATES, Answering, ContractDoor, message_of
from services.local.contracts.feed import EventFeed
from services.local.contracts.gateway import PlayedGateway

REQUEST_TIMEOUT_MS = 60_000


@dataclass(frozen=True, slots=True)
class ContractVerdict:
    """What came of a verification."""

    holds: bool
    report: str  # what the core found, as it also prints it
    faults: tuple[str, ...] = ()  # what went wrong on the provider's side of the bridge
    held: Mapping[str, bool] = field(default_factory=dict)  # whether each interaction holds, by its description

    def __str__(self) -> str:
        return "\n".join([self.report, *(f"On the provider's side: {fault}" for fault in self.faults)])


def verify(
    file: Path, gateway: PlayedGateway, feed: EventFeed, protos: Protos | None = None, *, only: str = ""
) -> ContractVerdict:
    """Plays a contract against the gateway. Blocks, so it is called from a thread beside the gateway's loop.

    `protos` reads the gateway's answers by other descriptors than today's: what they would be after a change.
    `only` picks the interaction with that description.
    """
    load_stubs()
    calls = GatewayCalls(gateway)
    try:
        bridge = Bridge(file, calls, feed, protos or Protos(descriptors_of_today()))
        return play(file, bridge, rest_url=gateway.rest_url, only=only)
    finally:
        calls.close()


def play(file: Path, answering: Answering, *, rest_url: str = "", only: str = "") -> ContractVerdict:
    """Plays a contract against whoever answers. Without `rest_url`, HTTP requests go through the door as well.

    `only` picks the interaction with that description.
    """
    with ContractDoor(answering) as door:
        verifier = Verifier(PROVIDER, host=HOST)
        verifier.add_transport(url=_by_address(rest_url or door.url))
        verifier.add_transport(protocol="message", port=door.port, path=MESSAGES)
        verifier.state_handler(f"{door.url}{STATES}", teardown=True, body=True)
        verifier.add_source(file).set_error_on_empty_pact().set_request_timeout(REQUEST_TIMEOUT_MS)
        verifier.set_coloured_output(enabled=False)
        if only:
            verifier.filter(description=f"^{re.escape(only)}$")
        try:
            verifier.verify()
            holds = True
        except RuntimeError:  # The core's way to say that it does not hold; the output says why.
            holds = False
    faults, held = list(door.faults), dict[str, bool]()
    results = verifier.results["interactionResults"]
    breaks = any(_breaks(fault, results) for fault in faults)
    for each in results:
        # Two may have one description; what is told of both holds of both.
        held[each["description"]] = each["result"] == "OK" and held.get(each["description"], True)
    if not held:
        faults.append("The contract has no interactions, so it relies on nothing.")
    holds = holds and not breaks and bool(held)
    return ContractVerdict(holds, verifier.output(strip_ansi=True), tuple(faults), held)


def _breaks(fault: str, results: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a fault of ours breaks the contract, whatever the core makes of what was answered then.

    A state that fails always fails its interaction, so the core knows; it also knows which are pending (version 4), of
    which nothing breaks.
    """
    if fault.startswith(f"{STATES}: "):
        return False
    of_message = [each for each in results if fault.startswith(f"{message_of(each['description'])}: ")]
    return not of_message or not all(each["pending"] for each in of_message)


def _by_address(url: str) -> str:
    """The URL by the address under which the verifier knows the provider."""
    return f"http://{HOST}:{urlsplit(url).port}"
