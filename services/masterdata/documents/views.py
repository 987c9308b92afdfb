"""What callers see of a version, and what other services hear of it."""

from dataclasses import replace
from typing import Any

from doselane.masterdata.v1 import resources_pb2
from doselane.type.v1 import type_pb2

from services.kernel.timestamps import stamp
from services.masterdata.documents.kinds import kind_of
from services.masterdata.domain import Change, Version


def message_of(version: Version, partner: str | None = None) -> Any:
    """The resource as a partner (None: an operator) sees it.

    A partner sees neither etag nor update time: both would tell when something changed that is another's.
    """
    message = content_of(version, partner)
    message.create_time.CopyFrom(stamp(version.created_at))
    if partner is not None:
        return message
    message.etag = version.etag
    message.update_time.CopyFrom(stamp(version.by.at))
    message.last_change.CopyFrom(change_of(version))
    return message


def content_of(version: Version, partner: str | None) -> Any:
    """What was written of the resource, as a partner (None: an operator) sees it.

    A partner sees of all sponsors only itself, and how a dose travels but not who carries it: that names partners too.
    """
    message: Any = kind_of(version.kind).message.FromString(version.document)
    if partner is not None:
        if hasattr(message, "partners"):
            message.partners[:] = [partner]
        for leg in getattr(message, "legs", ()):
            leg.ClearField("carrier")
    return message


def foreseen(change: Change) -> Any:
    """The resource as a change would make it; it has no version yet, so what the store says is that of the last."""
    after = change.after
    if change.before is None:
        return kind_of(after.kind).message.FromString(after.document)
    return message_of(replace(change.before, document=after.document))


def resource_of(version: Version) -> resources_pb2.Resource:
    """The version as any resource, in full."""
    return resources_pb2.Resource(**{version.kind: message_of(version)})


def revision_of(version: Version) -> resources_pb2.Revision:
    """The version as a part of its resource's history."""
    return resources_pb2.Revision(
        name=version.name,
        version=version.number,
        resource=resource_of(version),
        deleted=version.deleted,
        change=change_of(version),
        changed_fields=version.changed_fields,
    )


def change_of(version: Version) -> type_pb2.Change:
    """Who made the version, when and why."""
    return type_pb2.Change(actor=version.by.actor, time=stamp(version.by.at), reason=version.by.reason)
