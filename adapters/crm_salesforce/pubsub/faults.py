"""How a call of the Pub/Sub API can fail, and what follows: the trailer `error-code` decides, else the gRPC status."""

import re
from datetime import timedelta
from enum import StrEnum

import grpc
import grpc.aio

from adapters.outbound import Away, Declined

PREFIX = "sfdc.platform.eventbus.grpc."
SLOWER = timedelta(minutes=1)
# An allocation of 24 hours is used up, or another client holds the place; events wait for 72 hours.
STAY_AWAY = timedelta(hours=1)
_NAME = re.compile(r"sfdc\.platform\.eventbus\.grpc\.[a-z0-9.]*[a-z0-9]")


class Advice(StrEnum):
    """What to do after a call failed."""

    REPEAT = "REPEAT"  # with growing waits
    NEW_TOKEN = "NEW_TOKEN"  # and repeat, once
    SLOWER = "SLOWER"
    STAY_AWAY = "STAY_AWAY"
    REREAD = "REREAD"  # the place in the stream is gone: read the objects, begin anew
    TELL = "TELL"  # it would fail again until somebody mends a configuration, or us


_TELL = """service.auth.headers.invalid service.tenant.license topic.meta.permission schema.meta.permission
    subscription.topic.cannot.subscribe topic.not.found topic.validation.empty schema.validation.failed
    subscription.fetch.overflow subscription.fetch.requested.events.invalid subscription.fetch.topic.mismatch
    subscription.fetch.request.invalid publish.topic.mismatch publish.topic.validation.empty
    publish.event.count.invalid publish.auth.refresh.invalid"""
ADVICE: dict[str, Advice] = {
    **dict.fromkeys(_TELL.split(), Advice.TELL),
    "service.unavailable": Advice.REPEAT,
    "topic.api.unavailable": Advice.REPEAT,
    "schema.api.unavailable": Advice.REPEAT,
    "subscription.internal.error": Advice.REPEAT,
    "subscription.fetch.replay.repeated": Advice.REPEAT,
    "publish.stream.sweeper.timeout": Advice.REPEAT,
    "service.auth.error": Advice.NEW_TOKEN,
    "service.protection.stream.limit.triggered": Advice.SLOWER,
    "service.protection.triggered": Advice.SLOWER,
    "concurrent.client.limit.exceeded": Advice.STAY_AWAY,
    "subscription.limit.exceeded": Advice.STAY_AWAY,
    "subscription.fetch.replayid.corrupted": Advice.REREAD,
    # Said of CUSTOM without an id, which we never send; clients have also got it for an id that was out of retention.
    "subscription.fetch.replayid.validation.failed": Advice.REREAD,
}
_BY_STATUS = {
    grpc.StatusCode.UNAUTHENTICATED: Advice.NEW_TOKEN,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Advice.SLOWER,
    grpc.StatusCode.PERMISSION_DENIED: Advice.TELL,
    grpc.StatusCode.INVALID_ARGUMENT: Advice.TELL,
    grpc.StatusCode.NOT_FOUND: Advice.TELL,
    grpc.StatusCode.FAILED_PRECONDITION: Advice.TELL,
    grpc.StatusCode.OUT_OF_RANGE: Advice.TELL,
    grpc.StatusCode.UNIMPLEMENTED: Advice.TELL,
}
_HINT = {
    "service.auth.error": "a new token was refused too: is the session locked to an address, or is there a release?",
}


class PubSubFault(Exception):
    """A call failed: the end of the name that decides, what to do, and the words, which end in `rpcId: …`."""

    def __init__(self, name: str, advice: Advice, words: str, token: str = "") -> None:
        super().__init__(words)
        self.name, self.advice = name, advice
        self.token = token  # with which the call was made; never in the words

    @property
    def outcome(self) -> Away | Declined:
        """The same as the host knows it, where the adapter itself has nothing left to do."""
        words = "; ".join(each for each in (self.name, str(self), _HINT.get(self.name, "")) if each)
        if self.advice is Advice.TELL:
            return Declined(words)
        waits = {Advice.SLOWER: SLOWER, Advice.STAY_AWAY: STAY_AWAY}
        return Away(words, waits.get(self.advice))


def fault_of(error: grpc.aio.AioRpcError, token: str = "") -> PubSubFault:
    """What a failed call says, without the token that it may repeat."""
    details = error.details() or ""
    words = details.replace(token, "…") if token else details
    trailers = dict(error.trailing_metadata() or ())
    told = trailers.get("error-code") or ""
    told = told.decode(errors="replace") if isinstance(told, bytes) else told
    # Some errors have their name in the text alone.
    found = _NAME.search(told) or _NAME.search(details)
    name = found[0].removeprefix(PREFIX) if found else ""
    advice = ADVICE.get(name) or _BY_STATUS.get(error.code(), Advice.REPEAT)
    return PubSubFault(name, advice, f"{error.code().name}: {words}", token)
