"""Subscriptions: who is told of the events that a named query means, where, and when."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from adapters.courier_epcis.asking import json_reply, may_answer, next_link, no_more_than_paging, page_size
from adapters.courier_epcis.port import EpcisReader
from adapters.courier_epcis.query.named import QUERY, SUBSCRIPTION, named, query_of, subscriptions_of
from adapters.courier_epcis.query.parameters import read_time
from adapters.courier_epcis.query.results import written
from adapters.courier_epcis.query.schedule import schedule
from adapters.json_body import read_json
from adapters.manifest import Archive, PageRequest, Refused, Reply
from adapters.record import KeptDocument

SUBSCRIPTIONS_MAX = 1000
SECRET_CHARACTERS_MAX = 1000
_FIELDS = frozenset(
    {"@context", "dest", "signatureToken", "secret", "stream", "schedule", "reportIfEmpty", "initialRecordTime"}
)


async def create(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """Subscribes to a query."""
    may_answer(request)
    query = await named(request, archive)
    body = _checked(read_json(request.body))
    if query_of(query.body).count_limit or query_of(query.body).count_max:
        detail = "The query counts its events (eventCountLimit, maxEventCount), so nobody can subscribe to it."
        raise Refused("SUBSCRIPTION_NOT_VALID", detail)
    if why := await archive.why_not(body["dest"]):
        raise Refused("DESTINATION_NOT_VALID", f"dest cannot be sent to. {why}", "/dest")
    asked = read_time("initialRecordTime", body["initialRecordTime"]) if "initialRecordTime" in body else None
    now = archive.now()
    since, seen = asked or now, await archive.record_end(asked)
    told = {**body, "initialRecordTime": written(since), "queryName": query.name, "query": query.body["query"]}
    name = f"{subscriptions_of(query.name)}{uuid4()}"
    look_at = schedule(body["schedule"]).after(now) if "schedule" in body else None
    document = KeptDocument(name, told, now, seen, look_at)
    if await archive.keep(SUBSCRIPTION, document, SUBSCRIPTIONS_MAX):
        detail = f"There are {SUBSCRIPTIONS_MAX} subscriptions; drop one first."
        raise Refused("SUBSCRIPTIONS_TOO_MANY", detail, status=403)
    if await archive.document(QUERY, query.name) is None:
        # Whoever dropped the query meanwhile may not have seen this subscription.
        await archive.drop(SUBSCRIPTION, name)
        raise Refused("QUERY_NOT_FOUND", "There is no query of this name.", status=404)
    location = (("Location", f"{request.path}/{subscription_id(document)}"),)
    return json_reply(_told(document), location, 201)


async def subscriptions(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """The subscriptions to a query."""
    may_answer(request)
    no_more_than_paging(request)
    query, size = await named(request, archive), page_size(request)
    within, after = subscriptions_of(query.name), request.asked("nextPageToken", "")
    found = await archive.documents(SUBSCRIPTION, within, f"{within}{after}", size + 1)
    link = next_link(request, size, subscription_id(found[size - 1])) if len(found) > size else ()
    return json_reply([_told(each) for each in found[:size]], link)


async def subscription(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """One subscription."""
    may_answer(request)
    found = await archive.document(SUBSCRIPTION, _name(request))
    if found is None:
        raise _unknown()
    return json_reply(_told(found))


async def drop(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """Ends a subscription, and takes back what waits to be sent for it."""
    may_answer(request)
    if not await archive.drop(SUBSCRIPTION, _name(request)):
        raise _unknown()
    return Reply(204, (), b"")


def subscription_id(document: KeptDocument) -> str:
    """The id of a subscription, which is the last part of its document's name."""
    return document.name.rpartition("/")[2]


def _name(request: PageRequest) -> str:
    return f"{subscriptions_of(request.parameters['queryName'])}{request.parameters['subscriptionID']}"


def _unknown() -> Refused:
    return Refused("SUBSCRIPTION_NOT_FOUND", "There is no such subscription.", status=404)


def _checked(given: Any) -> Mapping[str, Any]:
    """What a subscription may say, without what is empty."""
    if not isinstance(given, dict):
        raise Refused("BODY_NOT_VALID", "The body must be an object with dest, and with stream or a schedule.")
    if unknown := [name for name in given if name not in _FIELDS]:
        raise Refused("BODY_NOT_VALID", f"The body cannot have {unknown[0][:80]!r}.", f"/{unknown[0][:80]}")
    if not isinstance(given.get("dest"), str) or not 0 < len(given["dest"]) <= 2000:
        raise Refused("BODY_NOT_VALID", "dest must be the address to send to, of at most 2000 characters.", "/dest")
    # GS1's OpenAPI document names the field `signatureToken` and requires `secret`, so both occur.
    token = given.get("signatureToken", given.get("secret"))
    if token is not None and not (isinstance(token, str) and 0 < len(token) <= SECRET_CHARACTERS_MAX):
        detail = f"signatureToken must be a text of 1 to {SECRET_CHARACTERS_MAX} characters."
        raise Refused("BODY_NOT_VALID", detail, "/signatureToken")
    _check_controls(given)
    if "initialRecordTime" in given:
        read_time("initialRecordTime", given["initialRecordTime"])
    kept = {name: given[name] for name in _FIELDS - {"@context", "secret", "signatureToken"} if name in given}
    return {**kept, "signatureToken": token} if token else kept


def _check_controls(given: Mapping[str, Any]) -> None:
    """Exactly one of stream and schedule must say when; anything else would be a guess."""
    if "stream" in given and given["stream"] is not True:
        raise Refused("SUBSCRIPTION_NOT_VALID", "stream can only be true.", "/stream")
    if ("stream" in given) == ("schedule" in given):
        raise Refused("SUBSCRIPTION_NOT_VALID", "There must be either stream: true or a schedule.")
    if not isinstance(given.get("reportIfEmpty", False), bool):
        raise Refused("SUBSCRIPTION_NOT_VALID", "reportIfEmpty must be true or false.", "/reportIfEmpty")
    if "schedule" in given:
        try:
            schedule(given["schedule"])
        except ValueError as wrong:
            raise Refused("SUBSCRIPTION_NOT_VALID", f"{wrong}.", "/schedule") from None


def _told(document: KeptDocument) -> dict[str, Any]:
    """A subscription as its owner is told of it: never with the secret."""
    shown = ("dest", "stream", "schedule", "reportIfEmpty", "initialRecordTime", "queryName")
    told = {name: document.body[name] for name in shown if name in document.body}
    told |= {"subscriptionID": subscription_id(document), "createdAt": written(document.created_at)}
    told["minRecordTime"] = document.body.get("minRecordTime", document.body["initialRecordTime"])
    if document.told_at:
        told["lastNotifiedAt"] = written(document.told_at)
    return told
