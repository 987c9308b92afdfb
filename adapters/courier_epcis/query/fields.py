"""What an event has in each field that the query language can ask for. An event is taken as it was captured."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.courier_epcis.codes import bare
from adapters.courier_epcis.model.values import instant
from services.kernel.references import canonical


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event of the record."""

    value: Mapping[str, Any]  # with its id
    at: datetime  # its record time
    position: int
    index: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A number and its unit, a code of UN/CEFACT; empty where there is none."""

    number: float
    unit: str


Read = Callable[[RecordedEvent, str], Iterable[Any]]


def word(text: str) -> str:
    """One spelling for a word of a GS1 vocabulary, or for somebody else's URI."""
    return canonical(bare(text)) if ":" in text else text


def _plain(name: str, read: Callable[[Any], Any]) -> Read:
    return lambda event, _: [read(event.value[name])] if event.value.get(name) is not None else []


def _within(outer: str, inner: str, read: Callable[[Any], Any]) -> Read:
    def found(event: RecordedEvent, _: str) -> Iterator[Any]:
        value = (event.value.get(outer) or {}).get(inner)
        if value is not None:
            yield from map(read, value if isinstance(value, list) else [value])

    return found


def _names(*fields: str) -> Read:
    def found(event: RecordedEvent, _: str) -> Iterator[str]:
        for field in fields:
            value = event.value.get(field)
            yield from value if isinstance(value, list) else [value] if value else []

    return found


def _quantities(event: RecordedEvent, fields: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for field in fields:
        yield from event.value.get(field) or ()


def _classes(*fields: str) -> Read:
    return lambda event, _: (each["epcClass"] for each in _quantities(event, fields))


def _amounts(event: RecordedEvent, _: str) -> Iterator[Measured]:
    for each in _quantities(event, _QUANTITY_LISTS):
        if each.get("quantity") is not None:
            yield Measured(float(each["quantity"]), each.get("uom") or "")


def _of_type(listed: str, value: str) -> Read:
    def found(event: RecordedEvent, kind: str) -> Iterator[str]:
        for each in event.value.get(listed) or ():
            if each.get("type") is not None and word(each["type"]) == word(kind):
                yield canonical(each[value])

    return found


def _parts(event: RecordedEvent, *, metadata: bool, reports: bool) -> Iterator[Mapping[str, Any]]:
    for element in event.value.get("sensorElementList") or ():
        if metadata:
            yield element.get("sensorMetadata") or {}
        if reports:
            yield from element.get("sensorReport") or ()


def _sensed(name: str, read: Callable[[Any], Any], *, metadata: bool = False, reports: bool = True) -> Read:
    def found(event: RecordedEvent, _: str) -> Iterator[Any]:
        for part in _parts(event, metadata=metadata, reports=reports):
            if part.get(name) is not None:
                yield read(part[name])

    return found


def _measured(name: str) -> Read:
    def found(event: RecordedEvent, _: str) -> Iterator[Measured]:
        for report in _parts(event, metadata=False, reports=True):
            if report.get(name) is not None:
                yield Measured(float(report[name]), report.get("uom") or "")

    return found


_QUANTITY_LISTS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_EPC_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")

# What of an event names the members of a collection, as it was spelled when it was captured.
SPELLED: Mapping[str, Read] = {
    "epcs": _names("parentID", *_EPC_LISTS),
    "bizLocations": _within("bizLocation", "id", str),
    "readPoints": _within("readPoint", "id", str),
}

# Each field by the name that the parameters have for it. The second argument is the type in `EQ_bizTransaction_<type>`.
FIELDS: Mapping[str, Read] = {
    "eventType": _plain("type", str),
    "eventTime": _plain("eventTime", instant),
    "recordTime": lambda event, _: [event.at],
    "action": _plain("action", str),
    "bizStep": _plain("bizStep", word),
    "disposition": _plain("disposition", word),
    "persistentDisposition_set": _within("persistentDisposition", "set", word),
    "persistentDisposition_unset": _within("persistentDisposition", "unset", word),
    "readPoint": _within("readPoint", "id", canonical),
    "bizLocation": _within("bizLocation", "id", canonical),
    "transformationID": _plain("transformationID", canonical),
    "eventID": _plain("eventID", canonical),
    "errorDeclaration": _plain("errorDeclaration", bool),
    "errorDeclarationTime": _within("errorDeclaration", "declarationTime", instant),
    "errorReason": _within("errorDeclaration", "reason", word),
    "correctiveEventID": _within("errorDeclaration", "correctiveEventIDs", canonical),
    "epc": _names("epcList", "childEPCs"),
    "parentID": _names("parentID"),
    "inputEPC": _names("inputEPCList"),
    "outputEPC": _names("outputEPCList"),
    "anyEPC": _names("parentID", *_EPC_LISTS),
    "epcClass": _classes("quantityList", "childQuantityList"),
    "inputEPCClass": _classes("inputQuantityList"),
    "outputEPCClass": _classes("outputQuantityList"),
    "anyEPCClass": _classes(*_QUANTITY_LISTS),
    "quantity": _amounts,
    "bizTransaction": _of_type("bizTransactionList", "bizTransaction"),
    "source": _of_type("sourceList", "source"),
    "destination": _of_type("destinationList", "destination"),
    "sensorElementList": _plain("sensorElementList", bool),
    "time": _sensed("time", instant, metadata=True),
    "startTime": _sensed("startTime", instant, metadata=True, reports=False),
    "endTime": _sensed("endTime", instant, metadata=True, reports=False),
    "type": _sensed("type", word),
    "deviceID": _sensed("deviceID", canonical, metadata=True),
    "dataProcessingMethod": _sensed("dataProcessingMethod", canonical, metadata=True),
    "bizRules": _sensed("bizRules", canonical, metadata=True),
    "microorganism": _sensed("microorganism", canonical),
    "chemicalSubstance": _sensed("chemicalSubstance", canonical),
    "stringValue": _sensed("stringValue", str),
    "hexBinaryValue": _sensed("hexBinaryValue", str.lower),
    "uriValue": _sensed("uriValue", canonical),
    "booleanValue": _sensed("booleanValue", bool),
    **{name: _measured(name) for name in ("value", "minValue", "maxValue", "meanValue", "sDev", "percValue")},
    "percRank": _sensed("percRank", lambda number: Measured(float(number), "")),
}
