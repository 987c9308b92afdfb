"""What the façade can do, as a CapabilityStatement."""

from typing import Any

from services.edge.fhir.outcomes import MEDIA_TYPE

_TEXT = (
    "Offers of doses as Slots, claims as Appointments, for schedulers. A Schedule is a product at a treatment centre: "
    "its practitioner is the product, its location the centre. POST [base]/Appointment books, and POST "
    "[base]/Appointment/[id] with status cancelled cancels; both answer 200."
)
_SECURITY = {
    "service": [
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "OAuth"}]}
    ],
    "description": "OAuth 2.0 client credentials; scopes slotting.read, slotting.claim, masterdata.read.",
}
_SLOT_PARAMETERS = {
    "schedule": (
        "reference",
        "The schedule; also chained: schedule.actor:Location._id, schedule.actor:Practitioner._id.",
    ),
    "start": ("date", "When the dose is administered; dates without an offset are the centre's. At most 31 days."),
    "status": ("token", "Only free slots are found."),
    "service-type": ("token", "The product's id."),
    "appointment-type": ("token", "An activity, such as 5550MBq; any other type is an ordinary dose of the product."),
}
_SCHEDULE_PARAMETERS = {
    "actor": ("reference", "The centre (Location) or the product (Practitioner); also actor:Location._id."),
    "service-type": ("token", "The product's id."),
}


def statement(version: str, base: str, built: str) -> dict[str, Any]:
    """The statement; `built` is when this door started, an instant."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": built,
        "kind": "instance",
        "software": {"name": "Doselane", "version": version},
        "implementation": {"description": "Doselane FHIR façade", "url": base},
        "fhirVersion": "4.0.1",
        "format": [MEDIA_TYPE, "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": _TEXT,
                "security": _SECURITY,
                "resource": [
                    _resource("Slot", ("read", "search-type"), _SLOT_PARAMETERS, include=["Slot:schedule"]),
                    _resource("Schedule", ("read", "search-type"), _SCHEDULE_PARAMETERS),
                    _resource("Appointment", ("read", "create"), {}, versioning="versioned"),
                ],
            }
        ],
    }


def _resource(
    kind: str,
    interactions: tuple[str, ...],
    parameters: dict[str, tuple[str, str]],
    include: list[str] | None = None,
    versioning: str = "no-version",
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": kind,
        "interaction": [{"code": each} for each in interactions],
        "versioning": versioning,
    }
    if include:
        told["searchInclude"] = include
    if parameters:
        told["searchParam"] = [
            {"name": name, "type": form, "documentation": text} for name, (form, text) in parameters.items()
        ]
    return told
