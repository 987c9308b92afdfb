"""The readings of the sensors that travel with the objects, all of them, and where they say the objects are."""

from collections.abc import Iterator

from doselane.courier.v1.courier_pb2 import Location, SensorReading

from adapters.courier_epcis.codes import bare
from adapters.courier_epcis.model.event import SensorElement, SensorMetadata, SensorReport
from adapters.courier_epcis.model.values import instant
from adapters.facts import stamp_if_possible

_NUMBERS = (("value", "value"), ("minimum", "minValue"), ("maximum", "maxValue"), ("mean", "meanValue"))
# What the port has no field of its own for is kept as text, so that no reading is lost.
_OTHER_STATISTICS = ("sDev", "percRank", "percValue")
_ABOUT = ("component", "microorganism", "chemicalSubstance", "coordinateReferenceSystem")
# These hold for all reports of an element unless a report has its own.
_OF_ALL = ("startTime", "bizRules", "dataProcessingMethod")


def readings(elements: list[SensorElement]) -> Iterator[SensorReading]:
    """Every report of every element, in order."""
    for element in elements:
        for report in element.sensorReport:
            yield _reading(report, element.sensorMetadata)


def position(elements: list[SensorElement]) -> tuple[float, float] | None:
    """Latitude and longitude in degrees, if two reports of one element give them, in whatever order."""
    for element in elements:
        latitude, longitude = (_degrees(element, component) for component in ("latitude", "longitude"))
        if latitude is not None and longitude is not None:
            return latitude, longitude
    return None


def _degrees(element: SensorElement, component: str) -> float | None:
    """The first number of a component that is in degrees."""
    of_it = (each for each in element.sensorReport if each.component == component and each.uom in ("DD", None))
    return next((each.value for each in of_it if each.value is not None), None)


def _reading(report: SensorReport, metadata: SensorMetadata | None) -> SensorReading:
    numbers = {ours: getattr(report, theirs) for ours, theirs in _NUMBERS if getattr(report, theirs) is not None}
    time = report.time or (metadata and (metadata.time or metadata.endTime))
    return SensorReading(
        type=bare(report.type),
        text=_text(report, metadata),
        unit=report.uom or "",
        time=stamp_if_possible(instant(time)) if time else None,
        device=report.deviceID or (metadata and metadata.deviceID) or "",
        alarm=bare(report.exception or ""),
        **numbers,
    )


def _text(report: SensorReport, metadata: SensorMetadata | None) -> str:
    texts = [text for text in (report.stringValue, report.uriValue, report.hexBinaryValue) if text is not None]
    if report.booleanValue is not None:
        texts.append("true" if report.booleanValue else "false")
    told = {name: getattr(report, name) for name in (*_OTHER_STATISTICS, *_ABOUT)}
    told |= {name: getattr(report, name, None) or getattr(metadata, name, None) for name in _OF_ALL}
    return "; ".join([*texts, *(f"{name}={value}" for name, value in told.items() if value is not None)])


def location_at(latitude: float, longitude: float) -> Location:
    """A place known by its coordinates; nothing if they are none."""
    if abs(latitude) > 90 or abs(longitude) > 180:
        return Location()
    return Location(latitude_degrees=latitude, longitude_degrees=longitude)
