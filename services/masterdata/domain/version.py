"""Versions of a resource: what it said, who said so, when and why. None is ever changed; each change makes one."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.kernel.errors import Stale
from services.kernel.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a resource. `document` is the resource as published, without what the store adds to it."""

    name: str
    kind: str
    number: int
    document: bytes
    created_at: datetime
    by: Provenance
    deleted: bool = False
    changed_fields: tuple[str, ...] = ()

    @property
    def etag(self) -> str:
        """What a caller sends back to change only what was seen."""
        return f"v{self.number}"


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to one resource: from a version, None if there was nothing, to the next; the same if nothing."""

    before: Version | None
    after: Version

    @property
    def happens(self) -> bool:
        """False if all stays as it is: then there is no version and no event."""
        return self.after is not self.before


def created(name: str, kind: str, document: bytes, fields: tuple[str, ...], last: int, by: Provenance) -> Change:
    """A resource where there is none. `last` is the number of the last version that ever had this name, or 0."""
    return Change(None, Version(name, kind, last + 1, document, by.at, by, changed_fields=fields))


def updated(before: Version, document: bytes, fields: tuple[str, ...], by: Provenance) -> Change:
    """A resource that says something else in these fields; in none: nothing happens."""
    if not fields:
        return Change(before, before)
    after = replace(before, number=before.number + 1, document=document, by=by, changed_fields=fields)
    return Change(before, after)


def deleted(before: Version, by: Provenance) -> Change:
    """A resource that is no more. Its last version says what it was."""
    return Change(before, replace(before, number=before.number + 1, by=by, deleted=True, changed_fields=()))


def require_etag(version: Version, etag: str, field: str) -> None:
    """Refuse a change of what the caller has not seen; an empty etag stands for whatever there is."""
    if etag and etag != version.etag:
        raise Stale(
            "It changed since it was read; read it again.", resource=version.name, etag=version.etag, field=field
        )
