"""GS1 EPCIS 2.0: documents and events that specialty couriers push to us, over the standard's REST binding."""

from adapters.courier_epcis import answers
from adapters.courier_epcis.headers import SUPPORTED, capture_headers
from adapters.courier_epcis.port import CAPTURE, EVENTS, EpcisReader
from adapters.courier_epcis.settings import settings
from adapters.manifest import Adapter, Page, ResponseProfile, Webhook
from adapters.ports import courier

_JSON = frozenset({"application/json", "application/ld+json"})

ADAPTER = Adapter(
    name="courier_epcis",
    port=courier.PORT,
    settings=settings,
    build=EpcisReader,
    webhooks=(
        Webhook(CAPTURE, "/epcis/{account}/capture", _JSON, answers.captured, changed_event_status=400),
        Webhook(EVENTS, "/epcis/{account}/events", _JSON, answers.created, changed_event_status=409),
    ),
    pages=(
        Page("GET", "/epcis/{account}/capture", answers.capture_jobs),
        Page("GET", "/epcis/{account}/capture/{captureID}", answers.capture_job),
        Page("GET", "/epcis/{account}/events/{eventID}", answers.event),
        Page("OPTIONS", "/epcis/{account}", answers.discovery),
        Page("OPTIONS", "/epcis/{account}/capture", answers.capture_discovery),
        Page("OPTIONS", "/epcis/{account}/capture/{captureID}", answers.discovery),
        Page("OPTIONS", "/epcis/{account}/events", answers.events_discovery),
        Page("OPTIONS", "/epcis/{account}/events/{eventID}", answers.discovery),
    ),
    profile=ResponseProfile(headers=SUPPORTED, problem_type=answers.problem_type, limit_headers=capture_headers),
)
