"""The addresses of the REST binding that are no pushes, and what can be done at each."""

from collections.abc import Callable, Iterator

from adapters.courier_epcis import answers
from adapters.courier_epcis.port import EpcisReader
from adapters.courier_epcis.query import named, pages, subscriptions
from adapters.manifest import Archive, Page, PageRequest, Render, Reply

_JSON = frozenset({"application/json", "application/ld+json"})
_ROOT = "/epcis/{account}"
_READ, _WRITE, _REMOVE = "GET, HEAD, OPTIONS", "GET, HEAD, OPTIONS, POST", "DELETE, GET, HEAD, OPTIONS"


def _options(path: str, told: Callable[[PageRequest], Reply], own: Render | None = None) -> Page:
    """What an address can do, told to anybody; `own` is what an account is told of its own limits instead."""

    async def as_anybody(request: PageRequest, archive: Archive, port: EpcisReader) -> Reply:
        return told(request)

    return Page("OPTIONS", f"{_ROOT}{path}", own or as_anybody, public=lambda request, reader: told(request))


def _allows(path: str, methods: str) -> Page:
    return _options(path, lambda request: Reply(204, (("Allow", methods),), b""))


def _get(path: str, render: Render) -> Page:
    return Page("GET", f"{_ROOT}{path}", render)


def _post(path: str, render: Render) -> Page:
    return Page("POST", f"{_ROOT}{path}", render, body_bytes_max=named.BODY_BYTES_MAX, media_types=_JSON)


def _delete(path: str, render: Render) -> Page:
    return Page("DELETE", f"{_ROOT}{path}", render)


def _top_levels() -> Iterator[Page]:
    for top in pages.TOP_LEVELS:
        one = f"/{top.name}/{{{top.parameter}}}"
        yield from (_allows(path, _READ) for path in (f"/{top.name}", one, f"{one}/events"))
        yield _get(f"/{top.name}", pages.members_of(top))
        yield _get(one, pages.below(top))
        yield _get(f"{one}/events", pages.events_of(top))


PAGES = (
    _get("", pages.top_level),
    _allows("", _READ),
    _get("/capture", answers.capture_jobs),
    _get("/capture/{captureID}", answers.capture_job),
    _options("/capture", answers.capture_discovery, answers.own_discovery),
    _allows("/capture/{captureID}", _READ),
    _get("/events", pages.events),
    _get("/events/{eventID}", pages.event),
    _options("/events", answers.events_discovery),
    _allows("/events/{eventID}", _READ),
    *_top_levels(),
    _get("/queries", named.queries),
    _post("/queries", named.create),
    _allows("/queries", _WRITE),
    _get("/queries/{queryName}", named.query),
    _delete("/queries/{queryName}", named.drop),
    _allows("/queries/{queryName}", _REMOVE),
    _get("/queries/{queryName}/events", named.events),
    _allows("/queries/{queryName}/events", _READ),
    _get("/queries/{queryName}/subscriptions", subscriptions.subscriptions),
    _post("/queries/{queryName}/subscriptions", subscriptions.create),
    _allows("/queries/{queryName}/subscriptions", _WRITE),
    _get("/queries/{queryName}/subscriptions/{subscriptionID}", subscriptions.subscription),
    _delete("/queries/{queryName}/subscriptions/{subscriptionID}", subscriptions.drop),
    _allows("/queries/{queryName}/subscriptions/{subscriptionID}", _REMOVE),
    _delete("/nextPageToken/{token}", pages.token_released),
)
