"""What every change carries that somebody asks for."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.kernel.idempotency import RequestKey, request_key_of
from services.kernel.provenance import Provenance
from services.kernel.rpc import Call


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks and why, how a repetition is known, and which version the caller has seen (empty: whatever it is)."""

    actor: str
    reason: str
    request_key: RequestKey
    traceparent: str
    etag: str = field(default="", kw_only=True)

    def by(self, at: datetime) -> Provenance:
        """The change's signature in the record."""
        return Provenance(self.actor, at, self.reason)


@dataclass(frozen=True, slots=True)
class NamedAsk(Ask):
    """The same of a thing by its name; empty: of one that is not there yet."""

    name: str = field(default="", kw_only=True)

    @property
    def partner(self) -> str:
        """Whose program or person asks."""
        return self.request_key.partner


def ask_of(request: Any, call: Call) -> Ask:
    """What a request says of it; one without a reason or an etag has none."""
    reason, etag = getattr(request, "reason", ""), getattr(request, "etag", "")
    return Ask(call.caller.actor, reason, request_key_of(request, call.caller), call.traceparent, etag=etag)


def named_ask_of(request: Any, call: Call) -> NamedAsk:
    """The same of a request that may have a name; ids that are UUIDs are written in small letters."""
    asked = ask_of(request, call)
    key = asked.request_key
    name = str(getattr(request, "name", "")).lower()
    return NamedAsk(asked.actor, asked.reason, key, asked.traceparent, etag=asked.etag, name=name)
