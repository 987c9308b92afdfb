"""How far the poll has come: up to which change, and what it has read of the last minutes before it. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.outbound import Away, Declined

# What is saved at once may become visible late, and out of order.
OVERLAP = timedelta(minutes=10)
# An index may know whole minutes only.
COARSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    """The newest change that was read, and the samples read whose change is not much older."""

    newest: datetime | None = None
    read: Mapping[str, str] = field(default_factory=dict)  # by uid: the change with which it was read

    def begins(self, since: datetime | None) -> datetime | None:
        """From which change on samples are asked for."""
        return self.newest - OVERLAP if self.newest else since

    def unread(self, hits: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Those of the samples that changed since they were read."""
        return [each for each in hits if self.read.get(str(each.get("uid"))) != each.get("modified")]

    def after(self, hits: Iterable[Mapping[str, Any]]) -> "ReadUpTo":
        """The same after these were read."""
        read = {**self.read, **{str(each["uid"]): str(each["modified"]) for each in hits}}
        newest = max((changed_at(each) for each in hits), default=self.newest)
        newest = max(filter(None, (newest, self.newest)), default=None)
        kept = {uid: text for uid, text in read.items() if newest and _instant(text) >= newest - OVERLAP}
        return ReadUpTo(newest, kept)

    def written(self) -> str:
        """The cursor as the host keeps it."""
        return json.dumps({"newest": self.newest.isoformat() if self.newest else None, "read": self.read})


def read_up_to(cursor: str) -> ReadUpTo:
    """Reads what `written` wrote; an empty cursor is the beginning."""
    if not cursor:
        return ReadUpTo()
    value = json.loads(cursor)
    return ReadUpTo(_instant(value["newest"]) if value["newest"] else None, value["read"])


def changed_at(hit: Mapping[str, Any]) -> datetime:
    """When a sample of a list was changed."""
    return _instant(hit.get("modified"))


def check_fits(hits: Iterable[Mapping[str, Any]], begins: datetime | None, client: str) -> None:
    """Refuses a list that was not filtered or sorted as asked: SENAITE drops what it does not understand."""
    last = begins
    for hit in hits:
        at = changed_at(hit)
        if last is not None and at < last - COARSE:
            raise Declined("the list of samples came unfiltered or unsorted")
        if hit.get("getClientUID") not in (None, client):
            raise Declined("the list of samples holds those of another client")
        last = max(filter(None, (at, last)))


def _instant(written: Any) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except (TypeError, ValueError):
        raise Away(f"a sample's change is no instant: {written!r}") from None
    if at.tzinfo is None:
        raise Away(f"a sample's change has no zone: {written!r}")
    return at
