"""What GS1's REST binding answers to who captures: jobs, events, problem types, and what the interface can do."""

import json
from collections.abc import Mapping
from urllib.parse import quote

from doselane.exchange.v1.exchange_pb2 import Message

from adapters.courier_epcis import identity
from adapters.courier_epcis.asking import json_reply, may_answer, next_link, page_size
from adapters.courier_epcis.headers import ERROR_BEHAVIOUR, capture_headers
from adapters.courier_epcis.port import CAPTURE, EpcisReader
from adapters.courier_epcis.settings import EVENTS_MAX
from adapters.json_body import read_json
from adapters.manifest import Archive, Kept, PageRequest, Refused, Reply

REFUSED_EVENT = "EVENT_REFUSED"

# What is refused for one of these reasons has a type of its own; the others go by their status.
_PROBLEM_OF_REASON: Mapping[str, str] = {
    "QUERY_PARAMETER_NOT_VALID": "QueryParameterException",
    "QUERY_NOT_VALID": "QueryValidationException",
    "QUERY_TOO_LARGE": "QueryTooLargeException",
    "QUERY_TOO_COMPLEX": "QueryTooComplexException",
    "SUBSCRIPTION_NOT_VALID": "SubscriptionControlsException",
}
_PROBLEM_OF_STATUS: Mapping[int, str] = {
    400: "ValidationException",
    401: "SecurityException",
    403: "SecurityException",
    404: "NoSuchNameException",
    406: "NotAcceptableException",
    409: "ResourceAlreadyExistsException",
    413: "CaptureLimitExceededException",
    414: "URITooLongException",
    415: "UnsupportedMediaTypeException",
}


def problem_type(status: int, reason: str) -> str:
    """The problem type that the binding gives a reason, or a status."""
    named = _PROBLEM_OF_REASON.get(reason) or _PROBLEM_OF_STATUS.get(status, "ImplementationException")
    return f"epcisException:{named}"


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
    may_answer(request)
    kept = await archive.message(request.parameters["captureID"])
    if kept is None or kept.webhook != CAPTURE:
        raise Refused("CAPTURE_JOB_NOT_FOUND", "There is no capture job of this name.", status=404)
    return json_reply(_job(kept))


async def capture_jobs(request: PageRequest, archive: Archive, port: EpcisReader) -> Reply:
    """The capture jobs of the account, newest first."""
    may_answer(request)
    size = page_size(request)
    found = await archive.messages(CAPTURE, request.asked("nextPageToken", ""), size + 1)
    headers: tuple[tuple[str, str], ...] = ()
    if len(found) > size:
        headers = next_link(request, size, message_id(found[size - 1].message))
    return json_reply([_job(kept) for kept in found[:size]], headers)


def capture_discovery(request: PageRequest) -> Reply:
    """What the capture interface can do."""
    return _capture_discovery(request, EVENTS_MAX)


def events_discovery(request: PageRequest) -> Reply:
    """What the events interface can do: it takes events, and answers queries."""
    return Reply(204, (("Allow", "GET, HEAD, OPTIONS, POST"), *capture_headers(request.body_bytes_max, 1)), b"")


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
