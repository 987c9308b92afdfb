"""The four couriers of the sandbox, each in its own format, and the numbers that they give their shipments."""

from adapters.sandbox import SandboxCourier, epcis_courier, fedex_courier, generic_courier, ups_courier
from adapters.sandbox.courier import Now
from services.local.demo.doors import Program
from services.local.world import EXPRESS, EXPRESS_TOKEN, PARCEL, PARCEL_CREDENTIAL, SPECIALTY, VAN, VAN_KEY

FORMATS = ("UPS Track Alert", "EPCIS", "signed FedEx pushes", "our own JSON")
CARRIERS = (PARCEL, SPECIALTY, EXPRESS, VAN)


def sandbox_couriers(url: str, coldway: Program, now: Now) -> tuple[SandboxCourier, ...]:
    """One of each format, in the order of CARRIERS, at the doors that they have."""
    return (
        ups_courier(url, "swiftline", PARCEL_CREDENTIAL, now),
        epcis_courier(url, "coldway", coldway.http.auth, now),
        fedex_courier(url, "airbridge", EXPRESS_TOKEN, now),
        generic_courier(url, "harborline", {"x-api-key": VAN_KEY}, now),
    )


def courier_reference(turn: int, number: int) -> str:
    """A number as the courier in this place gives it: UPS, an SSCC, FedEx, our own."""
    return (
        f"1Z{number % 36**10:016d}"[:18],
        f"urn:epc:id:sscc:9520123.{number % 10**10:010d}",
        f"{number % 10**12:012d}",
        f"HL-{number % 10**10:010d}",
    )[turn]
