"""The first consumers: small programs of three partners, each with the contract it needs kept."""

from collections.abc import Callable

from pact import Pact

from tests.contracts.consumers import harbor, meridian, northlake

CONTRACTS: dict[str, Callable[[], Pact]] = {
    northlake.NAME: northlake.contract,
    harbor.NAME: harbor.contract,
    meridian.NAME: meridian.contract,
}
