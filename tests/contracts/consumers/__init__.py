"""The first consumers: small programs of eight partners, each with the contract it needs kept."""

from collections.abc import Callable

from pact import Pact

from tests.contracts.consumers import (
    calder,
    control_room,
    harbor,
    harbor_planning,
    harborline_vans,
    lakeside,
    lakeside_consents,
    meridian,
    northlake,
    northlake_logistics,
    northlake_quality,
    northlake_rescues,
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
    control_room.NAME: control_room.contract,
    lakeside_consents.NAME: lakeside_consents.contract,
    northlake_rescues.NAME: northlake_rescues.contract,
}
