"""The first consumers: small programs of seven partners, each with the contract it needs kept."""

from collections.abc import Callable

from pact import Pact

from tests.contracts.consumers import (
    calder,
    harbor,
    harbor_planning,
    harborline_vans,
    lakeside,
    meridian,
    northlake,
    northlake_logistics,
    northlake_quality,
    qc_laboratory,
)

CONTRACTS: dict[str, Callable[[], Pact]] = {
    northlake.NAME: northlake.contract,
    northlake_quality.NAME: northlake_quality.contract,
    northlake_logistics.NAME: northlake_logistics.contract,
    harbor.NAME: harbor.contract,
    harbor_planning.NAME: harbor_planning.contract,
    lakeside.NAME: lakeside.contract,
    meridian.NAME: meridian.contract,
    qc_laboratory.NAME: qc_laboratory.contract,
    harborline_vans.NAME: harborline_vans.contract,
    calder.NAME: calder.contract,
}
