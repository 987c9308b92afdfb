"""GS1 EPCIS 2.0: documents and events that specialty couriers push to us, over the standard's REST binding."""

from collections.abc import Callable

from adapters.courier_epcis import answers
from adapters.courier_epcis.headers import SUPPORTED, capture_headers
from adapters.courier_epcis.port import CAPTURE, EVENTS, EpcisReader
from adapters.courier_epcis.settings import settings
from adapters.manifest import Adapter, Archive, Page, PageRequest, Render, Reply, ResponseProfile, Webhook
from adapters.ports import courier

_JSON = frozenset({"application/json", "application/ld+json"})


def _options(path: str, told: Callable[[PageRequest], Reply], own: Render | None = None) -> Page:
    """What an address can do, told to anybody; `own` is what an account is told of its own limits instead."""

    async def as_anybody(request: PageRequest, archive: Archive, port: EpcisReader) -> Reply:
        return told(request)

    return Page("OPTIONS", f"/epcis/{{account}}{path}", own or as_anybody, public=told)


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
        _options("", answers.discovery),
        _options("/capture", answers.capture_discovery, answers.own_discovery),
        _options("/capture/{captureID}", answers.discovery),
        _options("/events", answers.events_discovery),
        _options("/events/{eventID}", answers.discovery),
    ),
    profile=ResponseProfile(headers=SUPPORTED, problem_type=answers.problem_type, limit_headers=capture_headers),
)
