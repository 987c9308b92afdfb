"""From one milestone in the words of our schema to a fact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doselane.courier.v1.courier_pb2 import Location, Milestone, SensorReading

from adapters.content import digest
from adapters.courier_generic.codes import KIND_OF_WORD
from adapters.courier_generic.schema import Place
from adapters.courier_generic.settings import Settings
from adapters.courier_generic.times import civil_of, zones_of
from adapters.facts import check_size, check_time, stamp_if_possible, time_warnings
from adapters.manifest import Fact, Refused
from adapters.mapping import Mapped
from adapters.ports import courier
from adapters.zones import CivilTime, Zones

NAMED_BY_CONTENT = "urn:doselane:courier:sha-256:"
_NUMBERS = ("value", "minimum", "maximum", "mean")
_TEXTS = ("type", "text", "unit", "device", "alarm")


@dataclass(frozen=True, slots=True)
class _Clock:
    """How the times of one milestone are read."""

    zones: Zones
    received_at: datetime
    place: Place

    def read(self, text: str, *steps: str | int, may_be_ahead: bool = False) -> CivilTime:
        """The instant of a text, not in the future unless it may be. Raises Refused."""
        try:
            found = civil_of(text, self.zones)
        except ValueError as wrong:
            raise Refused("TIME_NOT_VALID", f"The time {wrong}.", self.place(steps)) from None
        if found.at is not None and not may_be_ahead:
            check_time(found.at, self.received_at, self.place(steps))
        return found


def fact(index: int, said: Mapping[str, Any], given: Mapped, received_at: datetime, place: Place) -> Fact:
    """A milestone that fits our schema, as a fact. `place`: where a part of it stands. Raises Refused."""
    settings: Settings = given.settings
    try:
        clock = _Clock(zones_of(said, settings.zone), received_at, place)
    except ValueError as wrong:
        raise Refused("ZONE_NOT_VALID", f"The zone {wrong}.", place(("zone",))) from None
    occurred = clock.read(said["occurred_at"], "occurred_at")
    kind, code = said.get("kind", ""), said.get("code", "")
    word = kind or given.mapping.ours("kind", code) or ""
    # An instant is one however it is spelled; a local time that is none counts as it was written.
    content = digest({**said, **({"occurred_at": occurred.at.isoformat()} if occurred.at else {})})
    milestone = Milestone(
        event_id=said.get("event_id") or f"{NAMED_BY_CONTENT}{content.hex()}",
        kind=KIND_OF_WORD.get(word, Milestone.KIND_UNSPECIFIED),
        code=code,
        description=said.get("description", ""),
        time=stamp_if_possible(occurred.at),
        local_time=said["occurred_at"],
        location=_location(said.get("location")),
        sensor_readings=[_reading(each, clock, number) for number, each in enumerate(said.get("readings", ()))],
        shipment_references=said["shipments"],
        retracts_event_ids=said.get("withdraws", ()),
        expected_delivery_time=_expected(said, clock),
        answers_event_id=said.get("answers", ""),
    )
    warnings = time_warnings(occurred.at, received_at) if occurred.at else (occurred.doubt,)
    warnings = warnings if milestone.kind else ("CODE_UNKNOWN", *warnings)
    check_size(milestone, milestone.event_id, place(()))
    return courier.fact(index, milestone.event_id, content, milestone, warnings)


def _expected(said: Mapping[str, Any], clock: _Clock) -> Any:
    if "expected_delivery_at" not in said:
        return None
    return stamp_if_possible(clock.read(said["expected_delivery_at"], "expected_delivery_at", may_be_ahead=True).at)


def _location(said: Mapping[str, Any] | None) -> Location | None:
    if not said:
        return None
    return Location(
        place=said.get("place") or said.get("airport") or said.get("locode", ""),
        city=said.get("city", ""),
        region=said.get("region", ""),
        postal_code=said.get("postal_code", ""),
        country=said.get("country", ""),
        latitude_degrees=said.get("latitude"),
        longitude_degrees=said.get("longitude"),
    )


def _reading(said: Mapping[str, Any], clock: _Clock, number: int) -> SensorReading:
    at = clock.read(said["measured_at"], "readings", number, "measured_at").at if "measured_at" in said else None
    return SensorReading(
        **{name: said[name] for name in (*_NUMBERS, *_TEXTS) if name in said}, time=stamp_if_possible(at)
    )
