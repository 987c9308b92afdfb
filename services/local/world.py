"""The sandbox world: invented organisations, their credentials, centres and lanes. `run`, the demo and tests use it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

from services.kernel.timestamps import stamp
from services.local.issuer import Client

MANUFACTURER: Final = "partners/tidewater-isotopes"
NORTHLAKE: Final = "partners/northlake-oncology"
HARBOR: Final = "partners/harbor-pharma"
PARCEL: Final = "partners/swiftline-parcel"  # pushes UPS Track Alert bodies
SPECIALTY: Final = "partners/coldway-couriers"  # pushes EPCIS documents

SPONSOR_SCOPES: Final = ("capacity.read", "slotting.read", "slotting.claim", "status.read")
PLANNER_SCOPES: Final = (
    *SPONSOR_SCOPES,
    "operator",
    "capacity.plan",
    "network.write",
    "status.attach",
    "courier.read",
    "courier.operate",
)
COURIER_SCOPES: Final = ("courier.push", "courier.read")

# Secrets of a sandbox that listens on loopback only; a real installation has an issuer of its own and none of these.
CLIENTS: Final[Mapping[str, Client]] = {
    "northlake-orchestrator": Client("northlake-sandbox-secret", NORTHLAKE, SPONSOR_SCOPES),
    "harbor-gateway": Client("harbor-sandbox-secret", HARBOR, SPONSOR_SCOPES),
    "tidewater-planner": Client("tidewater-sandbox-secret", MANUFACTURER, PLANNER_SCOPES),
    "swiftline-tracking": Client("swiftline-sandbox-secret", PARCEL, COURIER_SCOPES),
    "coldway-tracking": Client("coldway-sandbox-secret", SPECIALTY, COURIER_SCOPES),
}

CENTRES: Final = ("sites/lakeside-clinic", "sites/bayview-hospital", "sites/summit-institute")


def centres(now: datetime) -> Sequence[slotting_pb2.Site]:
    """Three centres, licensed for a year for what the sandbox makes, open to both sponsors."""
    until = stamp(now + timedelta(days=365))
    licences = [
        slotting_pb2.Licence(nuclide=nuclide, activity_max_mbq=activity_mbq, valid_until_time=until)
        for nuclide, activity_mbq in (
            (type_pb2.NUCLIDE_LU_177, 20_000.0),
            (type_pb2.NUCLIDE_AC_225, 50.0),
            (type_pb2.NUCLIDE_PB_212, 1_000.0),
        )
    ]
    return [
        slotting_pb2.Site(name=name, partners=[NORTHLAKE, HARBOR], licences=licences, time_zone="America/Chicago")
        for name in CENTRES
    ]


def lanes(now: datetime) -> Sequence[slotting_pb2.Lane]:
    """One lane to each centre, three to nine hours long."""
    until = stamp(now + timedelta(days=365))
    return [
        slotting_pb2.Lane(
            name=site.replace("sites/", "lanes/to-"),
            site=site,
            dispatch_minutes=90,
            transit_minutes=180 * (place + 1),
            valid_until_time=until,
        )
        for place, site in enumerate(CENTRES)
    ]


# Accounts at the push door: UPS sends the credential that its subscriber chose, the specialty courier a token of ours.
PARCEL_CREDENTIAL: Final = "swiftline-sandbox-credential"
ACCOUNTS: Final[Mapping[str, Any]] = {
    "swiftline": {
        "partner": PARCEL,
        "adapter": "courier_ups",
        "auth": {"type": "header_key", "header": "credential", "secrets": [PARCEL_CREDENTIAL]},
    },
    "coldway": {"partner": SPECIALTY, "adapter": "courier_epcis", "auth": {"type": "bearer_jwt"}},
}
