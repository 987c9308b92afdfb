"""The sandbox world: invented organisations, their credentials and master data. `run`, the demo and tests use it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import SecretStr

from services.local.issuer import IssuerClient
from services.local.persons import Person

MANUFACTURER: Final = "partners/tidewater-isotopes"
NORTHLAKE: Final = "partners/northlake-oncology"
HARBOR: Final = "partners/harbor-pharma"
PARCEL: Final = "partners/swiftline-parcel"  # pushes UPS Track Alert bodies
SPECIALTY: Final = "partners/coldway-couriers"  # pushes EPCIS documents
EXPRESS: Final = "partners/airbridge-express"  # pushes as FedEx does, signed
VAN: Final = "partners/harborline-vans"  # pushes our own JSON
LABORATORY: Final = "partners/qc-laboratory"  # works with SENAITE; its instruments at the line push our own JSON
ASSAY: Final = "partners/clearwater-assay"  # a contract laboratory, which works with SampleManager

SPONSOR_SCOPES: Final = (
    "clock.read",
    "capacity.read",
    "distribution.read",
    "forecast.read",
    "forecast.write",
    "masterdata.read",
    "quality.read",
    "quality.acknowledge",
    "slotting.read",
    "slotting.claim",
    "status.read",
    "streams.read",
    "streams.manage",
    "tower.read",
    "tower.consent",
    "tower.escalate",
)
PLANNER_SCOPES: Final = (
    *SPONSOR_SCOPES,
    "operator",
    "clock.advance",
    "capacity.plan",
    "masterdata.write",
    "planning.plan",
    "planning.read",
    "quality.operate",
    "quality.specify",
    "distribution.specify",
    "distribution.operate",
    "courier.read",
    "courier.operate",
    "exchange.read",
    "exchange.operate",
    "tower.operate",
)
COURIER_SCOPES: Final = (
    "clock.read",
    "courier.push",
    "courier.read",
    "exchange.read",
    "quality.read",
    "quality.acknowledge",
    "streams.read",
)
LABORATORY_SCOPES: Final = ("clock.read", "lims.push", "exchange.read", "streams.read")

# Secrets of a sandbox that listens on loopback only; a real installation has an issuer of its own and none of these.
CLIENTS: Final[Mapping[str, IssuerClient]] = {
    "northlake-orchestrator": IssuerClient(SecretStr("northlake-sandbox-secret"), NORTHLAKE, SPONSOR_SCOPES),
    "northlake-agent": IssuerClient(SecretStr("northlake-agent-sandbox-secret"), NORTHLAKE, (*SPONSOR_SCOPES, "agent")),
    "harbor-gateway": IssuerClient(SecretStr("harbor-sandbox-secret"), HARBOR, SPONSOR_SCOPES),
    "tidewater-planner": IssuerClient(SecretStr("tidewater-sandbox-secret"), MANUFACTURER, PLANNER_SCOPES),
    "swiftline-tracking": IssuerClient(SecretStr("swiftline-sandbox-secret"), PARCEL, COURIER_SCOPES),
    "coldway-tracking": IssuerClient(SecretStr("coldway-sandbox-secret"), SPECIALTY, COURIER_SCOPES),
    "airbridge-tracking": IssuerClient(SecretStr("airbridge-sandbox-secret"), EXPRESS, COURIER_SCOPES),
    "harborline-tracking": IssuerClient(SecretStr("harborline-sandbox-secret"), VAN, COURIER_SCOPES),
    "qc-laboratory": IssuerClient(SecretStr("laboratory-sandbox-secret"), LABORATORY, LABORATORY_SCOPES),
}

_SIGNER_SCOPES: Final = (
    "clock.read",
    "operator",
    "quality.read",
    "quality.sign",
    "distribution.read",
    "distribution.sign",
)
# Accounts by function, for people who sign; programs have no such roles.
SIGNERS: Final[Mapping[str, Person]] = {
    f"{function}@cdmo": Person(
        SecretStr(f"{function}-sandbox-secret"), MANUFACTURER, f"{printed} (sandbox)", (*_SIGNER_SCOPES, role)
    )
    for function, printed, role in (
        ("designated-person", "Designated Person", "quality.designated_person"),
        ("qualified-person", "Qualified Person", "quality.qualified_person"),
        ("quality-assurance", "Quality Assurance", "quality.assurance"),
    )
}
# What the console asks for: to see, to look after incidents, to have messages tried again. It signs nothing.
CONSOLE_CLIENT: Final = "console"
_VIEWER_SCOPES: Final = (
    "clock.read",
    "capacity.read",
    "distribution.read",
    "masterdata.read",
    "quality.read",
    "slotting.read",
    "status.read",
    "tower.read",
    "exchange.read",
)
CONSOLE_SCOPES: Final = (
    *_VIEWER_SCOPES,
    "operator",
    "slotting.claim",
    "tower.operate",
    "tower.consent",
    "tower.escalate",
    "exchange.operate",
)
_SUPPLY_SCOPES: Final = (*_VIEWER_SCOPES, "slotting.claim", "tower.consent", "tower.escalate")
_TOWER_SCOPES: Final = tuple(each for each in CONSOLE_SCOPES if each != "tower.consent")  # sponsors consent
# What the portal of treatment centres asks for.
PORTAL_CLIENT: Final = "portal"
PORTAL_SCOPES: Final = (
    "clock.read",
    "masterdata.read",
    "slotting.read",
    "slotting.claim",
    "status.read",
    "distribution.read",
    "quality.read",
    "quality.acknowledge",
)
# Accounts by function, for people who look at the console, and for those of a centre.
VIEWERS: Final[Mapping[str, Person]] = {
    "control-tower@cdmo": Person(
        SecretStr("control-tower-sandbox-secret"), MANUFACTURER, "Control Tower (sandbox)", _TOWER_SCOPES
    ),
    "supply@northlake": Person(
        SecretStr("northlake-supply-sandbox-secret"), NORTHLAKE, "Northlake Supply (sandbox)", _SUPPLY_SCOPES
    ),
    "supply@harbor": Person(
        SecretStr("harbor-supply-sandbox-secret"), HARBOR, "Harbor Supply (sandbox)", _SUPPLY_SCOPES
    ),
    "lakeside@northlake": Person(
        SecretStr("lakeside-sandbox-secret"), NORTHLAKE, "Lakeside Clinic (sandbox)", PORTAL_SCOPES
    ),
    "dispatch@coldway": Person(
        SecretStr("coldway-dispatch-sandbox-secret"),
        SPECIALTY,
        "Coldway Dispatch (sandbox)",
        ("clock.read", "exchange.read", "exchange.operate", "quality.read"),
    ),
}
PERSONS: Final[Mapping[str, Person]] = {**SIGNERS, **VIEWERS}

PRODUCT: Final = "products/lu-ligand"
CENTRES: Final = ("sites/lakeside-clinic", "sites/bayview-hospital", "sites/summit-institute")
# Products, the facility, its lines, centres, lanes and an agreement.
MASTER_DATA: Final = Path(__file__).with_name("sandbox.yaml").read_text()
# A1 and A2 values, as fields of a proposal; not for use.
A2_TABLE_NAME: Final = "a2Tables/sandbox"
A2_TABLE: Final[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("a2-sandbox.yaml").read_text())

# Accounts at the push door: UPS sends the credential that its subscriber chose, the others a token of ours.
PARCEL_CREDENTIAL: Final = "swiftline-sandbox-credential"
EXPRESS_TOKEN: Final = "airbridge-sandbox-security-token"
VAN_KEY: Final = "harborline-sandbox-key"
LABORATORY_ACCOUNT: Final = "qc-laboratory"
ACCOUNTS: Final[Mapping[str, Any]] = {
    "swiftline": {
        "partner": PARCEL,
        "adapter": "courier_ups",
        "auth": {"type": "header_key", "header": "credential", "secrets": [PARCEL_CREDENTIAL]},
    },
    "coldway": {"partner": SPECIALTY, "adapter": "courier_epcis", "auth": {"type": "bearer_jwt"}},
    "airbridge": {
        "partner": EXPRESS,
        "adapter": "courier_fedex",
        "auth": {"type": "hmac_sha256", "header": "fdx-signature", "encoding": "base64", "secrets": [EXPRESS_TOKEN]},
    },
    "harborline": {
        "partner": VAN,
        "adapter": "courier_generic",
        "auth": {"type": "header_key", "header": "x-api-key", "secrets": [VAN_KEY]},
    },
    LABORATORY_ACCOUNT: {"partner": LABORATORY, "adapter": "lims_generic", "auth": {"type": "bearer_jwt"}},
}
