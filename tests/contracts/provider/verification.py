"""Verifies one contract file, and says in words what does not hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pact import Verifier

from tests.contracts.consumers.words import PROVIDER
from tests.contracts.provider.bridge import Bridge
from tests.contracts.provider.calls import Calls
from tests.contracts.provider.door import HOST, MESSAGES, STATES, Answering, Door
from tests.contracts.provider.feed import Feed
from tests.contracts.provider.gateway import Gateway
from tests.contracts.provider.wire import Wire, descriptors_of_today, load_stubs

REQUEST_TIMEOUT_MS = 60_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a verification."""

    holds: bool
    report: str  # what the core found, as it also prints it
    faults: tuple[str, ...] = ()  # what went wrong on the provider's side of the bridge
    held: Mapping[str, bool] = field(default_factory=dict)  # whether each interaction holds, by its description

    def __str__(self) -> str:
        return "\n".join([self.report, *(f"On the provider's side: {fault}" for fault in self.faults)])


def verify(file: Path, gateway: Gateway, feed: Feed, wire: Wire | None = None, *, only: str = "") -> Verdict:
    """Plays a contract against the gateway. Blocks, so it is called from a thread beside the gateway's loop.

    `wire` reads the gateway's answers by other descriptors than today's: what they would be after a change.
    `only` picks the interaction with that description.
    """
    load_stubs()
    calls = Calls(gateway)
    try:
        bridge = Bridge(file, calls, feed, wire or Wire(descriptors_of_today()))
        return play(file, bridge, rest_url=gateway.rest_url, only=only)
    finally:
        calls.close()


def play(file: Path, answering: Answering, *, rest_url: str = "", only: str = "") -> Verdict:
    """Plays a contract against whoever answers. Without `rest_url`, HTTP requests go through the door as well.

    `only` picks the interaction with that description.
    """
    with Door(answering) as door:
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
    held = {each["description"]: each["result"] == "OK" for each in verifier.results["interactionResults"]}
    return Verdict(holds and not door.faults, verifier.output(strip_ansi=True), tuple(door.faults), held)


def _by_address(url: str) -> str:
    """The URL by the address under which the verifier knows the provider."""
    return f"http://{HOST}:{urlsplit(url).port}"
