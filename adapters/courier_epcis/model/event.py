"""The five event types of EPCIS 2.0, and events of a type of the sender's own."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from adapters.courier_epcis.model import words
from adapters.courier_epcis.model.values import (
    ABSENT,
    Action,
    Context,
    DateTime,
    Decimal,
    HexBinary,
    Ilmd,
    Many,
    Offset,
    UniqueUris,
    UnitCode,
    Uri,
    UriOrUris,
    is_uri,
    measurement_or_uri,
    unique_list,
    word_or_uri,
)

BizStep = Annotated[str, word_or_uri(words.BIZ_STEPS)]
Disposition = Annotated[str, word_or_uri(words.DISPOSITIONS)]
BizTransactionType = Annotated[str, word_or_uri(words.BIZ_TRANSACTION_TYPES)]
SourceDestType = Annotated[str, word_or_uri(words.SOURCE_DEST_TYPES)]
ErrorReason = Annotated[str, word_or_uri(words.ERROR_REASONS)]
Component = Annotated[str, word_or_uri(words.COMPONENTS)]
Measurement = Annotated[str, measurement_or_uri(words.MEASUREMENTS)]
SensorAlert = Annotated[str, measurement_or_uri(words.SENSOR_ALERTS)]


class EpcisPart(BaseModel):
    """A part of an event in which any further name is allowed."""

    model_config = ConfigDict(extra="allow", strict=True)


class Extensible(EpcisPart):
    """A part in which further names must be URIs or CURIEs: somebody's extension, never a slip of the pen."""

    @model_validator(mode="after")
    def _names_are_uris(self) -> Self:
        for name in self.model_extra or ():
            if not is_uri(name):
                raise PydanticCustomError("name", "is not a name of the standard, nor a URI", {"name": name})
        return self


class Closed(BaseModel):
    """A part in which nothing else is allowed. Says so of the first name only: a stranger may send a million."""

    model_config = ConfigDict(extra="allow", strict=True)

    @model_validator(mode="after")
    def _has_no_other_names(self) -> Self:
        for name in self.model_extra or ():
            raise PydanticCustomError("name", "is not allowed here", {"name": name})
        return self


class EpcisPlace(EpcisPart):
    """A read point or a business location."""

    id: Uri


class Quantity(Closed):
    """An amount of objects of one class."""

    epcClass: Uri
    quantity: Decimal = ABSENT
    uom: UnitCode = ABSENT


class BizTransaction(Closed):
    """A business transaction that the event took part in."""

    type: BizTransactionType = ABSENT
    bizTransaction: Uri


class EpcisSource(Closed):
    """Where a transfer began."""

    type: SourceDestType
    source: Uri


class Destination(Closed):
    """Where a transfer is meant to end."""

    type: SourceDestType
    destination: Uri


class PersistentDisposition(Closed):
    """Conditions that hold until they are unset."""

    set: unique_list(Disposition) = ABSENT  # type: ignore[valid-type]
    unset: unique_list(Disposition) = ABSENT  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.set is None and self.unset is None:
            raise PydanticCustomError("missing", "must have `set` or `unset`")
        return self


class ErrorDeclaration(Extensible):
    """Says that the event it stands in is wrong."""

    declarationTime: DateTime
    reason: ErrorReason = ABSENT
    correctiveEventIDs: Many[Uri] = ABSENT


class SensorMetadata(Extensible):
    """What holds for all reports of a sensor element."""

    time: DateTime = ABSENT
    deviceID: Uri = ABSENT
    deviceMetadata: Uri = ABSENT
    rawData: Uri = ABSENT
    startTime: DateTime = ABSENT
    endTime: DateTime = ABSENT
    dataProcessingMethod: Uri = ABSENT
    bizRules: Uri = ABSENT


class SensorReport(Extensible):
    """One thing that a sensor says."""

    type: Measurement
    exception: SensorAlert = ABSENT
    deviceID: Uri = ABSENT
    deviceMetadata: Uri = ABSENT
    rawData: Uri = ABSENT
    dataProcessingMethod: Uri = ABSENT
    bizRules: Uri = ABSENT
    time: DateTime = ABSENT
    microorganism: Uri = ABSENT
    chemicalSubstance: Uri = ABSENT
    coordinateReferenceSystem: Uri = ABSENT
    value: Decimal = ABSENT
    component: Component = ABSENT
    stringValue: str = ABSENT
    booleanValue: bool = ABSENT
    hexBinaryValue: HexBinary = ABSENT
    uriValue: Uri = ABSENT
    minValue: Decimal = ABSENT
    maxValue: Decimal = ABSENT
    meanValue: Decimal = ABSENT
    sDev: Decimal = ABSENT
    percRank: Decimal = ABSENT
    percValue: Decimal = ABSENT
    uom: str = ABSENT


class SensorElement(Extensible):
    """Reports of one sensor, or of several together."""

    sensorMetadata: SensorMetadata = ABSENT
    sensorReport: Annotated[Many[SensorReport], Field(min_length=1)]


class EpcisEvent(EpcisPart):
    """What all events have; of itself an event of a type of the sender's own, whose type is a URI."""

    # Fields that name objects, in the order in which they identify the shipment.
    OBJECTS: ClassVar[tuple[str, ...]] = ()

    context: Context = Field(default=ABSENT, alias="@context")
    type: str
    eventTime: DateTime
    eventTimeZoneOffset: Offset
    recordTime: DateTime = ABSENT
    eventID: Uri = ABSENT
    certificationInfo: UriOrUris = ABSENT
    errorDeclaration: ErrorDeclaration = ABSENT


class StandardEvent(EpcisEvent, Extensible):
    """What the five types share."""

    bizStep: BizStep = ABSENT
    disposition: Disposition = ABSENT
    readPoint: EpcisPlace = ABSENT
    bizLocation: EpcisPlace = ABSENT
    bizTransactionList: Many[BizTransaction] = ABSENT
    sourceList: Many[EpcisSource] = ABSENT
    destinationList: Many[Destination] = ABSENT
    sensorElementList: Many[SensorElement] = ABSENT


class ObjectEvent(StandardEvent):
    """Something happened to objects, or a sensor at a place said something."""

    OBJECTS = ("epcList", "quantityList")

    action: Action
    epcList: UniqueUris = ABSENT
    quantityList: Many[Quantity] = ABSENT
    persistentDisposition: PersistentDisposition = ABSENT
    ilmd: Ilmd = ABSENT

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        about_objects = self.epcList is not None or self.quantityList
        if not (about_objects or (self.sensorElementList and self.readPoint is not None)):
            raise PydanticCustomError("about", "must have `epcList` or `quantityList`, or sensors and a `readPoint`")
        if self.ilmd is not None and self.action != "ADD":
            raise PydanticCustomError("ilmd", "may have `ilmd` only with the action ADD")
        return self


class _WithChildren(StandardEvent):
    OBJECTS = ("parentID", "childEPCs", "childQuantityList")

    action: Action
    childEPCs: Many[Uri] = ABSENT
    childQuantityList: Many[Quantity] = ABSENT

    @model_validator(mode="after")
    def _has_children(self) -> Self:
        if not (self.childEPCs or self.childQuantityList or self.action == "DELETE"):
            raise PydanticCustomError("about", "must have `childEPCs` or `childQuantityList` unless it is a DELETE")
        return self


class AggregationEvent(_WithChildren):
    """Objects were put into, seen in, or taken from another one."""

    parentID: Uri = ABSENT


class AssociationEvent(_WithChildren):
    """Objects were joined with another one for some time, such as a sensor with a container."""

    parentID: Uri


class TransactionEvent(StandardEvent):
    """Objects became part of business transactions, or left them."""

    OBJECTS = ("parentID", "epcList", "quantityList")

    action: Action
    bizTransactionList: Annotated[Many[BizTransaction], Field(min_length=1)]
    parentID: Uri = ABSENT
    epcList: Many[Uri] = ABSENT
    quantityList: Many[Quantity] = ABSENT

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if not (self.epcList is not None or self.quantityList or self.action == "DELETE"):
            raise PydanticCustomError("about", "must have `epcList` or `quantityList` unless the action is DELETE")
        return self


class TransformationEvent(StandardEvent):
    """Objects became other objects."""

    OBJECTS = ("inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList")

    inputEPCList: UniqueUris = ABSENT
    inputQuantityList: Many[Quantity] = ABSENT
    outputEPCList: UniqueUris = ABSENT
    outputQuantityList: Many[Quantity] = ABSENT
    transformationID: Uri = ABSENT
    persistentDisposition: PersistentDisposition = ABSENT
    ilmd: Ilmd = ABSENT

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        inputs, outputs = self.inputEPCList or self.inputQuantityList, self.outputEPCList or self.outputQuantityList
        if self.transformationID is not None and not (inputs or outputs):
            raise PydanticCustomError("about", "must have inputs or outputs")
        if self.transformationID is None and not (inputs and outputs):
            raise PydanticCustomError("about", "must have inputs and outputs, or a `transformationID` and one of them")
        return self


class ExtensionEvent(EpcisEvent):
    """An event of a type that the sender, or somebody else, has defined."""

    type: Uri


EVENT_TYPES: dict[str, type[EpcisEvent]] = {
    each.__name__: each
    for each in (ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent, AssociationEvent)
}


def event_model(value: Any) -> type[EpcisEvent]:
    """The model that an event must meet."""
    named = value.get("type") if isinstance(value, dict) else None
    return EVENT_TYPES.get(named, ExtensionEvent) if isinstance(named, str) else ExtensionEvent
