"""The import rules as a table, and the checker that reads it."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.tree import ROOT, Import, Source, sources

STANDARD_LIBRARY = frozenset(sys.stdlib_module_names)
PROTOS = ("doselane", "google", "grpc", "grpc_status")
TRACING = ("opentelemetry",)
RETRY = ("tenacity",)
NETWORK = ("httpx", "aiohttp", "requests", "zeep", "socket", "urllib.request", "http.client", "smtplib")
# What reads and writes, and so has no place in a rule or a translation, although the standard library has it.
INPUT_OUTPUT = (
    "asyncio",
    "io",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "time",
)
BUILDERS = ("main", "__main__")
# What of the host is made for adapters: SOAP over the client that it gives them, and gRPC and Kafka beside it.
FOR_CLIENTS = ("adapters.host.client.soap", "adapters.host.client.channels", "adapters.host.client.topics")


# What partners install: the client with its command line, as its module is called from the top; and what it may use.
CLIENT = "proto.doselane.client"
FOR_CLIENT = ("doselane", "google", "grpc", "httpx", "rich", "tenacity", "typer", "yaml")

# The comparison of contracts with documents, which whoever has the published language has, too.
COMPARISON = "proto.doselane.contracts"
FOR_COMPARISON = ("doselane", "google", "jsonschema_rs", "protovalidate", "yaml")


def within(name: str, *packages: str) -> bool:
    """Whether `name` is one of the packages or inside one."""
    return any(name == package or name.startswith(package + ".") for package in packages)


@dataclass(frozen=True)
class Place:
    """Where a module stands: `services.slotting.domain.slot` is service `slotting`, layer `domain`."""

    module: str

    @property
    def side(self) -> str:
        """`services`, `adapters` or `proto`."""
        return self.module.split(".")[0]

    @property
    def owner(self) -> str:
        """The service or adapter; empty for what stands directly in services/ or adapters/."""
        parts = self.module.split(".")
        return parts[1] if len(parts) > 1 else ""

    @property
    def package(self) -> str:
        """The owner's package."""
        return f"{self.side}.{self.owner}"

    @property
    def layer(self) -> str:
        """The file's role inside its owner, such as `domain` or `rpc`."""
        parts = self.module.split(".")
        return parts[2] if len(parts) > 2 else ""


Rule = Callable[[Place, str], bool]

PURE_KERNEL = (
    "services.kernel.errors",
    "services.kernel.activity",
    "services.kernel.calendar",
    "services.kernel.signer",
    "services.kernel.signing",
    "services.kernel.provenance",
    "services.kernel.visibility",
    "services.kernel.webhook_signing",
)
# Libraries that only compute, and so may stand in a rule.
COMPUTING = ("rfc8785", "cryptography")
NETWORK_MODEL = "services.network"
READING = f"{NETWORK_MODEL}.reading"  # the one part of it that knows the protos
# What of a service stands on what: each layer imports those before it.
ORDER = ("domain", "events", "store", "usecases", "rpc")


def _domain(place: Place, name: str) -> bool:
    own = f"{place.package}.domain"
    return within(name, own, *PURE_KERNEL, *COMPUTING) or _pure_network(name) or _pure(name)


def _pure_network(name: str) -> bool:
    return within(name, NETWORK_MODEL) and not within(name, READING)


def _pure(name: str) -> bool:
    return _standard(name) and not within(name, *INPUT_OUTPUT)


def _usecases(place: Place, name: str) -> bool:
    doors = tuple(f"{place.package}.{layer}" for layer in ("rpc", "main"))
    ours = within(name, place.package, "services.kernel") and not within(name, *doors)
    ours = ours or _pure_network(name)
    return _standard(name) or ours or within(name, *TRACING, *RETRY)


def _translating(place: Place, name: str) -> bool:
    return _standard(name) or within(name, place.package, "services.kernel", NETWORK_MODEL, *PROTOS, *TRACING)


def _pure_translation(place: Place, name: str) -> bool:
    return not within(name, *NETWORK, *INPUT_OUTPUT, f"{place.package}.client")


# Layer of a service: what it may import, and the sentence that says so.
LAYERS: dict[str, tuple[Rule, str]] = {
    "domain": (_domain, "domain imports the pure standard library, network and the pure modules of the kernel"),
    "usecases": (_usecases, "usecases import their own package, kernel and network, and neither protos nor drivers"),
    "rpc": (_translating, "rpc imports its own package, kernel, network and protos"),
    "events": (_translating, "events import their own package, kernel, network and protos"),
}


def violations(root: Path = ROOT) -> list[str]:
    """One line for each import that breaks a rule: where it stands, what it imports, which rule."""
    shared = _shared_by_adapters(root)
    return [
        f"{source.name}:{line.line} imports {line.name}: {why}"
        for source in sources(root, "services", "adapters", "proto")
        for line in source.imports()
        for why in _broken_by(source, line, shared)
    ]


def _shared_by_adapters(root: Path) -> tuple[str, ...]:
    """The files directly in adapters/ are there for every adapter; the host is not, as it runs them."""
    names = [path.stem for path in sorted((root / "adapters").glob("*.py")) if path.stem != "host"]
    return "adapters.manifest", "adapters.ports", *(f"adapters.{name}" for name in names)


def _broken_by(source: Source, line: Import, shared: tuple[str, ...]) -> Iterator[str]:
    place, name = Place(source.module), line.name
    if within(name, "tests"):
        yield "nothing imports tests"
    if place.side == "services":
        yield from _broken_in_service(place, name)
    elif place.side == "adapters":
        yield from _broken_in_adapter(place, name, shared)
    elif within(place.module, CLIENT) and not (_standard(name) or within(name, *FOR_CLIENT)):
        yield "the client knows the published language alone"
    elif within(place.module, COMPARISON) and not (_no_network(name) or within(name, *FOR_COMPARISON)):
        yield "contracts are compared with documents, offline"


def _broken_in_service(place: Place, name: str) -> Iterator[str]:
    if place.owner == "local":
        return  # The one place that puts everything together.
    if within(name, "adapters"):
        yield "services never import adapters"
    if name.startswith("services.") and not within(name, place.package, "services.kernel", NETWORK_MODEL):
        yield "services never import each other"
    if place.owner == "kernel" and within(name, NETWORK_MODEL):
        yield "the kernel knows no business"
    if place.owner == "network" and not within(place.module, READING) and not _in_model(name):
        yield "the model of the network is pure; only its reader knows the protos"
    if place.layer in ORDER and any(within(name, f"{place.package}.{above}") for above in _above(place.layer)):
        yield "a layer imports those below it only: domain, events, store, usecases, rpc"
    if place.layer not in BUILDERS and any(within(name, f"{place.package}.{layer}") for layer in BUILDERS):
        yield "only services/local imports a main"
    if place.layer in LAYERS and place.owner != "kernel" and not LAYERS[place.layer][0](place, name):
        yield LAYERS[place.layer][1]


def _in_model(name: str) -> bool:
    return within(name, *PURE_KERNEL) or _pure_network(name) or _pure(name)


def _above(layer: str) -> tuple[str, ...]:
    return ORDER[ORDER.index(layer) + 1 :]


def _broken_in_adapter(place: Place, name: str, shared: tuple[str, ...]) -> Iterator[str]:
    if name.startswith("services.") and not within(name, "services.kernel"):
        yield "adapters import no service other than kernel"
    runs_them = within(place.module, "adapters.host")
    is_client = "client" in (place.layer, place.module.split(".")[-1])
    if (
        name.startswith("adapters.")
        and not (runs_them or (is_client and within(name, *FOR_CLIENTS)))
        and not within(name, place.package, *shared)
    ):
        yield "adapters never import each other"
    if place.owner == "sandbox":
        return  # It plays the outside systems, and so is on the other end of the network.
    if place.layer in ("translate", "codes") and not _pure_translation(place, name):
        yield "translation is pure"
    if place.layer and not is_client and within(name, *NETWORK):
        yield "only client.py touches the network"


def _no_network(name: str) -> bool:
    return _standard(name) and not within(name, *NETWORK)


def _standard(name: str) -> bool:
    return name.split(".")[0] in STANDARD_LIBRARY
