"""What holds events: a document, a query document, or the single event itself."""

from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from pydantic import BaseModel, Field, ValidationError

from adapters.courier_epcis.model.event import EpcisEvent, EpcisPart, Extensible, event_model
from adapters.courier_epcis.model.values import ABSENT, Attribute, Context, DateTime, Many, Uri, Version
from adapters.json_body import pointer
from adapters.manifest import Refused

REASON = "BODY_NOT_EPCIS"
FAULTS_SAID_MAX = 5


class MasterDataAttribute(EpcisPart):
    """One attribute of an entry of a vocabulary."""

    id: Uri
    attribute: Attribute = ABSENT


class VocabularyElement(EpcisPart):
    """One entry of a vocabulary."""

    id: Uri
    attributes: Many[MasterDataAttribute] = ABSENT
    children: Many[Uri] = ABSENT


class Vocabulary(EpcisPart):
    """Master data of one kind."""

    type: Uri
    vocabularyElementList: Many[VocabularyElement] = ABSENT


class MasterData(EpcisPart):
    """Master data that come with the events."""

    vocabularyList: Many[Vocabulary] = ABSENT


class Header(Extensible):
    """The head of a document."""

    epcisMasterData: MasterData = ABSENT


class EventsBody(EpcisPart):
    """The events of a document. Each is checked by itself, so that one bad event can be told from the others."""

    eventList: list[Any]


class Document(Extensible):
    """A document that a sender made to hand on events."""

    context: Context = Field(alias="@context")
    type: Literal["EPCISDocument"]
    id: Uri = ABSENT
    schemaVersion: Version
    creationDate: DateTime
    instanceIdentifier: str = ABSENT
    sender: str = ABSENT
    receiver: str = ABSENT
    epcisHeader: Header = ABSENT
    epcisBody: EventsBody


class ResultsBody(Extensible):
    """The events that a query found."""

    eventList: list[Any]
    vocabularyList: Many[Vocabulary] = ABSENT


class QueryResults(Extensible):
    """The answer to a query."""

    queryName: str
    subscriptionID: str = ABSENT
    resultsBody: ResultsBody


class QueryBody(Extensible):
    """The body of a query document."""

    queryResults: QueryResults


class QueryDocument(Extensible):
    """A document that answers a query; a courier may hand on such an answer as it got it."""

    context: Context = Field(alias="@context")
    type: Literal["EPCISQueryDocument"]
    id: Uri = ABSENT
    schemaVersion: Version = ABSENT
    creationDate: DateTime = ABSENT
    epcisBody: QueryBody


class _SingleEvent(EpcisPart):
    context: Context = Field(alias="@context")


@dataclass(frozen=True, slots=True)
class RawEvent:
    """An event that has not been checked, and its place in the body."""

    value: Any
    place: str


def events_of(value: Any) -> list[RawEvent]:
    """The events in a body of any of the three kinds; Refused if what is around them is not right."""
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "EPCISDocument":
        return _listed(_checked(Document, value, "").epcisBody.eventList, "/epcisBody/eventList")
    if kind == "EPCISQueryDocument":
        found = _checked(QueryDocument, value, "").epcisBody.queryResults.resultsBody.eventList
        return _listed(found, "/epcisBody/queryResults/resultsBody/eventList")
    # GS1's schema asks a single event for its context, because no document around it has one.
    if isinstance(value, dict) and isinstance(kind, str):
        _checked(_SingleEvent, value, "")
    return [single_event(value)]


def single_event(value: Any) -> RawEvent:
    """The event that is the whole body."""
    return RawEvent(value, "")


def checked_event(event: RawEvent) -> EpcisEvent:
    """The event, met by its model; Refused otherwise."""
    return _checked(event_model(event.value), event.value, event.place)


def _listed(events: list[Any], place: str) -> list[RawEvent]:
    return [RawEvent(value, f"{place}/{at}") for at, value in enumerate(events)]


def _checked(model: type[BaseModel], value: Any, place: str) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError as wrong:
        _refuse(wrong, place)


def _refuse(wrong: ValidationError, place: str) -> NoReturn:
    faults = [
        (place + pointer(*each["loc"], *_name(each.get("ctx"))), _words(each["type"], each["msg"]))
        for each in wrong.errors(include_url=False, include_input=False)
    ]
    said = "; ".join(f"{where or 'the body'} {words}" for where, words in faults[:FAULTS_SAID_MAX])
    more = len(faults) - FAULTS_SAID_MAX
    raise Refused(REASON, f"{said}{f'; and {more} more' if more > 0 else ''}.", faults[0][0])


def _name(context: dict[str, Any] | None) -> tuple[str, ...]:
    return (context["name"],) if context and "name" in context else ()


def _words(kind: str, message: str) -> str:
    if kind == "missing":
        return "is required"
    if kind == "too_short":
        return "must not be empty"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return "must be a JSON object"
    return message[:1].lower() + message[1:]
