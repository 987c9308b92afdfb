"""The first consumers: small programs of four partners, each with the contract it needs kept."""

from collections.abc import Callable

from pact import Pact

from tests.contracts.consumers import harbor, harbor_planning, lakeside, meridian, northlake, qc_laboratory

CONTRACTS: dict[str, Callable[[], Pact]] = {
    northlake.NAME: northlake.contract,
    harbor.NAME: harbor.contract,
    harbor_planning.NAME: harbor_planning.contract,
    lakeside.NAME: lakeside.contract,
    meridian.NAME: meridian.contract,
    qc_laboratory.NAME: qc_laboratory.contract,
}
