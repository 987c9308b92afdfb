"""What our server answers: to what was sent to it, and to what is refused. The pages are in `pages`."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from adapters.courier_onerecord.graph import LinkedDocument
from adapters.courier_onerecord.own import OWN_NUMBER
from adapters.courier_onerecord.words import API, JSON_LD, LOGISTICS_EVENT, SUBSCRIPTION_REQUEST, VERSIONS
from adapters.json_body import read_json
from adapters.manifest import Kept, Reply

MEDIA_TYPE = f"{JSON_LD}; version={VERSIONS[0]}"
LANGUAGE = (("Content-Language", "en-US"),)


def notified(kept: Kept, path: str) -> Reply:
    """A notification was taken: there is nothing to say, and saying nothing sets off nothing."""
    return Reply(204, (), b"")


def created(kept: Kept, path: str) -> Reply:
    """An event was taken: its address is what our server calls it, or stands below the object under its own id."""
    event_id = next((note.event_id for note in kept.message.notes), "") or _id_in(kept.message.body)
    number = event_id.rpartition("/")[2]
    location = f"{path}/{number if OWN_NUMBER.fullmatch(number) else quote(event_id, safe='')}"
    return Reply(201, (("Location", location), ("Type", LOGISTICS_EVENT)), b"", MEDIA_TYPE)


def requested(kept: Kept, path: str) -> Reply:
    """A subscription was taken: its request is where it can be looked at, and revoked."""
    base, request_id = path.removesuffix("/subscriptions"), kept.message.name.partition("/")[2]
    headers = (("Location", f"{base}/action-requests/{request_id}"), ("Type", SUBSCRIPTION_REQUEST))
    return Reply(201, headers, b"", MEDIA_TYPE)


def revoked(kept: Kept, path: str) -> Reply:
    """A subscription was revoked."""
    return Reply(204, (), b"")


def error(problem: Mapping[str, Any]) -> bytes:
    """A problem as the standard's api:Error: the status as its examples have it, then our reason with the place."""
    facts = problem["facts"]
    detail = {"api:hasCode": str(problem["status"]), "api:hasMessage": problem["detail"]}
    where = {"api:hasResource": {"@type": "xsd:anyURI", "@value": problem["instance"]}}
    reason = {"api:hasCode": problem["reason"], "api:hasMessage": facts.get("place") or facts.get("push") or ""}
    described = {
        "@context": {"api": API, "xsd": "http://www.w3.org/2001/XMLSchema#", "@language": "en-US"},
        "@type": "api:Error",
        "@id": _internal(problem, "error"),
        "api:hasTitle": problem["title"],
        "api:hasSeverity": {"@id": "api:ERROR"},
        "api:hasErrorDetail": [
            {"@type": "api:ErrorDetail", "@id": _internal(problem, "status"), **detail, **where},
            {"@type": "api:ErrorDetail", "@id": _internal(problem, "reason"), **_said(reason)},
        ],
    }
    return json.dumps(described, ensure_ascii=False).encode()


def _said(named: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in named.items() if text}


def _internal(problem: Mapping[str, Any], part: str) -> str:
    return f"internal:{uuid5(NAMESPACE_URL, json.dumps([part, problem], sort_keys=True, default=str))}"


def _id_in(body: bytes) -> str:
    """The id of an event that was ours and came back."""
    return next((node.id for node in LinkedDocument(read_json(body)).of_type(LOGISTICS_EVENT) if node.id), "unnamed")
