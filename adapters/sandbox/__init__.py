"""Simulated couriers that speak the real formats over real HTTP, with real credentials and seeded faults."""

from adapters.sandbox.courier import SandboxCourier
from adapters.sandbox.epcis import epcis_courier
from adapters.sandbox.fedex import fedex_courier
from adapters.sandbox.generic import generic_courier, refusal
from adapters.sandbox.journey import Faults, Journey, Scan, Stage
from adapters.sandbox.ups import ups_courier

__all__ = [
    "Faults",
    "Journey",
    "SandboxCourier",
    "Scan",
    "Stage",
    "epcis_courier",
    "fedex_courier",
    "generic_courier",
    "refusal",
    "ups_courier",
]
