"""What GS1's REST binding answers: capture jobs, events, problem types, and what the interface can do."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from urllib.parse import quote

from doselane.exchange.v1.exchange_pb2 import Message

from adapters.courier_epcis import identity
from adapters.courier_epcis.headers import ERROR_BEHAVIOUR, capture_headers, check_versions
from adapters.courier_epcis.port import CAPTURE, EpcisReader
from adapters.courier_epcis.settings import EVENTS_MAX
from adapters.json_body import read_json
from adapters.manifest import Archive, Kept, PageRequest, Refused, Reply
from services.kernel.references import canonical

PAGE_MAX = 1000
PAGE_DEFAULT = 30
REFUSED_EVENT = "EVENT_REFUSED"
_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

_PROBLEM_OF_STATUS: Mapping[int, str] = {
    400: "ValidationException",
    401: "SecurityException",
    403: "SecurityException",
    404: "NoSuchNameException",
    406: "NotAcceptableException",
    409: "ResourceAlreadyExistsException",
    413: "CaptureLimitExceededException",
    415: "UnsupportedMediaTypeException",
}


def problem_type(status: int, reason: str) -> str:
    """The problem type that the binding gives a status."""
    return f"epcisException:{_PROBLEM_OF_STATUS.get(status, 'ImplementationException')}"


def captured(kept: Kept, path: str) -> Reply:
    """A document was taken: the capture job is where the Location says."""
    return Reply(202, (("Location", f"{path}/{message_id(kept.message)}"),))


def created(kept: Kept, path: str) -> Reply:
    """An event was taken. The body is the event with its id, and what we have to say of it as an extension of ours."""
    event = read_json(kept.message.body)
    event_id = identity.event_id(event)
    event["eventID"] = event_id
    event["doselane:push"] = kept.message.name
    event["doselane:state"] = Message.State.Name(kept.message.state)
    event["doselane:warnings"] = [warning for note in kept.message.notes for warning in note.warnings]
    known = kept.message.state == Message.REPEATED or "EVENT_REPEATED" in event["doselane:warnings"]
    location = (("Location", f"{path}/{quote(event_id, safe='')}"),)
    return Reply(200 if known else 201, location, json.dumps(event, ensure_ascii=False).encode())


async def capture_job(request: PageRequest, archive: Archive, port: EpcisReader) -> Reply:
    """One capture job."""
    _may_answer(request)
    kept = await archive.message(request.parameters["captureID"])
    if kept is None or kept.webhook != CAPTURE:
        raise Refused("CAPTURE_JOB_NOT_FOUND", "There is no capture job of this name.", status=404)
    return _json(_job(kept))


async def capture_jobs(request: PageRequest, archive: Archive, port: EpcisReader) -> Reply:
    """The capture jobs of the account, newest first."""
    _may_answer(request)
    asked = request.query.get("perPage", str(PAGE_DEFAULT))
    if not (asked.isascii() and asked.isdigit() and int(asked[:9]) > 0):
        raise Refused("PAGE_SIZE_NOT_VALID", "perPage must be a whole number above 0.")
    size = min(int(asked[:9]), PAGE_MAX)
    found = await archive.messages(CAPTURE, request.query.get("nextPageToken", ""), size + 1)
    headers: tuple[tuple[str, str], ...] = ()
    if len(found) > size:
        token = message_id(found[size - 1].message)
        headers = (("Link", f'<{request.path}?perPage={size}&nextPageToken={token}>; rel="next"'),)
    return _json([_job(kept) for kept in found[:size]], headers)


async def event(request: PageRequest, archive: Archive, port: EpcisReader) -> Reply:
    """One event by its id, as it was captured, with the declarations that it was wrong, in a query document."""
    _may_answer(request)
    context, found = "", list[str]()
    first: Kept | None = None
    places = await archive.places_of_event(canonical(request.parameters["eventID"]))
    for push, of_push in groupby(places, lambda place: place[0]):
        if kept := await archive.message(push):
            first, indexes = first or kept, [index for _, index in of_push]
            told, texts = await archive.beside(kept, _texts_of_events, port, kept.webhook, kept.message.body, indexes)
            context = context or told
            found += texts
    if first is None:
        raise Refused("EVENT_NOT_FOUND", "There is no event with this id.", status=404)
    return Reply(200, (), _query_document(context, first, found).encode())


def discovery(request: PageRequest) -> Reply:
    """What a resource that is only read can do."""
    return Reply(204, (("Allow", "GET, HEAD, OPTIONS"),), b"")


def capture_discovery(request: PageRequest) -> Reply:
    """What the capture interface can do."""
    return _capture_discovery(request, EVENTS_MAX)


def events_discovery(request: PageRequest) -> Reply:
    """What the events interface can do. It takes events; queries are not answered here."""
    return Reply(204, (("Allow", "OPTIONS, POST"), *capture_headers(request.body_bytes_max, 1)), b"")


async def own_discovery(request: PageRequest, archive: Archive, port: EpcisReader) -> Reply:
    """What the capture interface can do for this account."""
    return _capture_discovery(request, port.settings.events_max)


def _capture_discovery(request: PageRequest, events_max: int) -> Reply:
    limits = capture_headers(request.body_bytes_max, events_max)
    return Reply(204, (("Allow", "GET, HEAD, OPTIONS, POST"), *limits), b"")


def message_id(message: Message) -> str:
    """The id in a message's name, which is also the id of its capture job."""
    return message.name.partition("/")[2]


def _job(kept: Kept) -> dict[str, object]:
    message = kept.message
    refused = message.state == Message.REFUSED or any(REFUSED_EVENT in note.warnings for note in message.notes)
    problem = {"type": problem_type(400, ""), "title": message.reason or "Some events were refused", "status": 400}
    job: dict[str, object] = {
        "captureID": message_id(message),
        "createdAt": message.receive_time.ToJsonString(),
        "running": message.state == Message.RECEIVED,
        "success": not refused,
        "captureErrorBehaviour": kept.headers.get(ERROR_BEHAVIOUR, "rollback"),
        "errors": [{**problem, "detail": message.detail}] if refused else [],
    }
    if kept.judged_at:
        job["finishedAt"] = kept.judged_at.isoformat().replace("+00:00", "Z")
    return job


def _texts_of_events(port: EpcisReader, webhook: str, body: bytes, indexes: Sequence[int]) -> tuple[str, list[str]]:
    """The context of a stored document, and some of its events with their ids, as JSON."""
    events = port.events(webhook, body)
    named = ({**events[index].value, "eventID": identity.event_id(events[index].value)} for index in indexes)
    return _text(read_json(body).get("@context", _CONTEXT)), [_text(each) for each in named]


def _query_document(context: str, kept: Kept, events: Sequence[str]) -> str:
    """A query document around events that are JSON already: they may be large, and this is in the loop."""
    created = _text(kept.message.receive_time.ToJsonString())
    return (
        f'{{"@context": {context}, "type": "EPCISQueryDocument", "schemaVersion": "2.0", "creationDate": {created}, '
        '"epcisBody": {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": ['
        f"{', '.join(events)}]}}}}}}}}"
    )


def _may_answer(request: PageRequest) -> None:
    """Refuses what asks for another version, or for another format than JSON."""
    check_versions(request.headers)
    accepted = request.headers.get("accept", "*/*").lower()
    if not any(kind in accepted for kind in ("*/*", "application/*", "application/json", "application/ld+json")):
        raise Refused("FORMAT_NOT_SUPPORTED", "Answers are application/json.", status=406)


def _json(value: object, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    return Reply(200, headers, _text(value).encode())


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
