"""What goes wrong in a simulation, and how often: a YAML text, read strictly."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Share = Annotated[float, Field(ge=0, le=1)]
Wait = Annotated[int, Field(ge=0, le=96)]


class FaultsRefused(ValueError):
    """The text says no faults that can be played; the message says where, what, and what to do."""


class System(StrEnum):
    """A partner's own system that may be away."""

    SALESFORCE = "salesforce"
    SAP = "sap"


class Outage(BaseModel):
    """A partner's system answers nobody: from an hour of a day on, counted from the beginning, for some hours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: System
    day: Annotated[int, Field(ge=0, le=366)]
    hour: Annotated[float, Field(ge=0, lt=24)] = 0
    hours: Annotated[float, Field(gt=0, le=72)] = 1

    @property
    def begins(self) -> timedelta:
        """When it begins, counted from the beginning of the simulation."""
        return timedelta(days=self.day, hours=self.hour)


class FaultPlan(BaseModel):
    """Shares from 0 to 1, each of what its name says: of runs, of shipments, of scans, or of departures."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Of runs.
    batch_failure: Share = 0.0  # the synthesis fails: there is no batch
    short_yield: Share = 0.0  # less is made than was pledged
    late_isotope: Share = 0.0  # it is made some hours later than planned
    out_of_specification: Share = 0.0  # the batch is rejected while its doses are on the road
    # Of shipments.
    missed_departure: Share = 0.0  # it leaves, and comes, twelve hours late
    denied_shipment: Share = 0.0  # the carrier refuses it, and it goes back
    silent_courier: Share = 0.0  # it comes, and nobody tells of it after it left
    reordered_events: Share = 0.0  # its scans are told in any order
    # Of scans.
    repeated_events: Share = 0.0  # told twice
    # Of departures: the flight is cancelled three hours before, and no dose leaves with it.
    cancelled_departure: Share = 0.0
    outages: tuple[Outage, ...] = ()
    # How the plant and its patients are, whatever goes wrong.
    occupancy: Share | None = None  # the share of the vials of planned runs that is ordered; unset: it varies freely
    days_ahead: Annotated[int, Field(ge=1, le=3)] = 1  # how long before it ends a run is opened, and ordered of
    spare_days_ahead: Annotated[int, Field(ge=1, le=3)] | None = None  # of a spare run, after orders; unset: as others
    waits_hours: Annotated[tuple[Wait, ...], Field(min_length=1)] = (20, 24)  # how much later patients may be treated


# What is played when no file is given: a bad month.
TYPICAL = FaultPlan(
    batch_failure=0.06,
    short_yield=0.06,
    late_isotope=0.04,
    out_of_specification=0.04,
    missed_departure=0.04,
    denied_shipment=0.02,
    silent_courier=0.04,
    reordered_events=0.1,
    repeated_events=0.1,
    outages=(
        Outage(system=System.SALESFORCE, day=2, hour=1, hours=2),
        Outage(system=System.SAP, day=1, hour=3, hours=1),
    ),
)


def read_faults(text: str) -> FaultPlan:
    """The faults that a YAML text names; FaultsRefused with every mistake if it names others, or none."""
    try:
        told: Any = yaml.safe_load(text)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise FaultsRefused(f"{where}the file is not YAML: {getattr(fault, 'problem', fault)}") from None
    if told is None:
        return FaultPlan()
    if not isinstance(told, dict):
        raise FaultsRefused(f"write faults as name: share; known are {', '.join(FaultPlan.model_fields)}")
    try:
        return FaultPlan.model_validate(told)
    except ValidationError as refused:
        raise FaultsRefused("; ".join(map(_told, refused.errors()))) from None


def _told(error: Any) -> str:
    path = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{path}: there is no such fault; known are {', '.join(FaultPlan.model_fields)}"
    return f"{path}: {error['msg'][:1].lower()}{error['msg'][1:]}"
