"""Whether we take events of who asks (CloudEvents, HTTP webhook, abuse protection): only of whom the account names."""

from adapters.manifest import Archive, PageRequest, Reply
from adapters.mapping import Mapped

ORIGIN, RATE = "webhook-request-origin", "webhook-request-rate"
_ALLOW = ("Allow", "POST")


def answer(request: PageRequest, reader: object) -> Reply:
    """What anybody is told of an address: with consent, or, as of an address that nobody has, without."""
    given = getattr(reader, "given", None)
    origin = request.headers.get(ORIGIN, "")
    if not isinstance(given, Mapped) or not origin or origin not in given.settings.origins:
        # What the status says means nothing: that the headers are missing is the refusal.
        return Reply(204, (_ALLOW,), b"")
    granted = request.headers.get(RATE, "*")
    rate = granted if granted.isascii() and granted.isdigit() and int(granted) > 0 else "*"
    consent = (("WebHook-Allowed-Origin", origin), ("WebHook-Allowed-Rate", rate), _ALLOW)
    return Reply(200, consent, b"")


async def page(request: PageRequest, archive: Archive, reader: object) -> Reply:
    """The same, for who proves who he is."""
    return answer(request, reader)
