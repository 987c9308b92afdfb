"""IATA ONE Record: carriers that tell of shipments by air, over servers that notify one another."""

from adapters.courier_onerecord import answers, pages
from adapters.courier_onerecord.client import OneRecordClient
from adapters.courier_onerecord.port import EVENTS_OF_FOLLOWED, NOTIFIED, SUBSCRIBE
from adapters.courier_onerecord.reader import EVENTS, NOTIFICATIONS, REVOCATIONS, SUBSCRIPTIONS, OneRecordReader
from adapters.courier_onerecord.settings import settings
from adapters.courier_onerecord.telling import ANNOUNCE, TELL
from adapters.courier_onerecord.words import JSON_LD
from adapters.manifest import Adapter, Page, ResponseProfile, Webhook
from adapters.ports import courier

_JSON = frozenset({JSON_LD, "application/json"})
_ROOT = "/one-record/{account}"
_OBJECT = f"{_ROOT}/logistics-objects/{{object}}"

ADAPTER = Adapter(
    name="courier_onerecord",
    port=courier.PORT,
    settings=settings,
    build=OneRecordReader,
    webhooks=(
        Webhook(NOTIFICATIONS, f"{_ROOT}/notifications", _JSON, answers.notified),
        Webhook(EVENTS, f"{_OBJECT}/logistics-events", _JSON, answers.created),
        Webhook(SUBSCRIPTIONS, f"{_ROOT}/subscriptions", _JSON, answers.requested),
        Webhook(REVOCATIONS, f"{_ROOT}/action-requests/{{request}}", taken=answers.revoked, method="DELETE"),
    ),
    pages=(
        Page("GET", _ROOT, pages.server_information),
        Page("GET", _OBJECT, pages.logistics_object),
        Page("GET", f"{_OBJECT}/logistics-events", pages.logistics_events),
        Page("GET", f"{_OBJECT}/logistics-events/{{event}}", pages.one_event),
        Page("GET", f"{_ROOT}/subscriptions", pages.subscriptions),
        Page("GET", f"{_ROOT}/action-requests/{{request}}", pages.action_request),
    ),
    profile=ResponseProfile(headers=answers.LANGUAGE, problem=answers.error, problem_media_type=answers.MEDIA_TYPE),
    connect_archived=OneRecordClient,
    polls=(NOTIFIED, EVENTS_OF_FOLLOWED),
    reactions=(SUBSCRIBE, ANNOUNCE, TELL),
)
