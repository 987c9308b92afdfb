"""Verifies one contract file against a gateway, and says in words what does not hold."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pact import Verifier

from tests.contracts.consumers.words import PROVIDER
from tests.contracts.provider.bridge import Bridge, Door
from tests.contracts.provider.calls import Calls
from tests.contracts.provider.feed import Feed
from tests.contracts.provider.gateway import Gateway
from tests.contracts.provider.wire import Wire, descriptors_of_today, load_stubs

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a verification."""

    holds: bool
    report: str


def verify(
    file: Path, gateway: Gateway, feed: Feed, *, wire: Wire | None = None, rest_url: str = "", only: str = ""
) -> Verdict:
    """Plays the contract against the gateway. Blocks, so it is called from a thread beside the gateway's loop.

    `wire` and `rest_url` let a test put something between the gateway and the contract; `only` picks one interaction.
    """
    load_stubs()
    calls = Calls(gateway)
    bridge = Bridge(file, calls, feed, wire or Wire(descriptors_of_today()))
    with Door(bridge) as door:
        verifier = Verifier(PROVIDER, host=HOST)
        verifier.add_transport(url=_on_host(rest_url or gateway.rest_url))
        verifier.add_transport(protocol="message", port=door.port, path="/messages")
        verifier.state_handler(f"http://{HOST}:{door.port}/states", teardown=True, body=True)
        verifier.add_source(file).set_error_on_empty_pact().set_request_timeout(30_000)
        if only:
            verifier.filter(description=only)
        holds = _passes(verifier)
        calls.close()
    report = verifier.output(strip_ansi=True)
    if bridge.faults:
        report += "\nOn our side:\n" + "\n".join(f"  {fault}" for fault in bridge.faults) + "\n"
    return Verdict(holds, report)


def _passes(verifier: Verifier) -> bool:
    try:
        verifier.verify()
    except RuntimeError:
        return False
    return True


def _on_host(url: str) -> str:
    """The URL by the address that the verifier knows the provider by."""
    return f"http://{HOST}:{urlsplit(url).port}"
