"""What callers ask, as the use cases take it; its shape was judged before."""

from collections.abc import Sequence
from typing import Any

from doselane.masterdata.v1 import masterdata_pb2

from services.kernel.errors import Invalid
from services.kernel.idempotency import request_key_of
from services.kernel.nuclides import NUCLIDE_OF_PROTO
from services.kernel.rpc import Behalf, Call
from services.masterdata.documents import KINDS, ResourceKind, kinds, yaml_in
from services.masterdata.usecases.resources import Render, ResourceAsk, ResourceWish

_ANY_PARENT = "facilities/-"


def ask_of(request: Any, wishes: Sequence[ResourceWish], call: Call, render: Render) -> ResourceAsk:
    """Who asks what, why, and how a repetition is known."""
    return ResourceAsk(
        wishes=tuple(wishes),
        actor=call.caller.actor,
        reason=request.reason,
        request_key=request_key_of(request, call.caller),
        render=render,
        behalf=Behalf.of(call),
        traceparent=call.traceparent,
        accept_conflicts=getattr(request, "accept_conflicts", False),
        validate_only=getattr(request, "validate_only", False),
    )


def creation(kind: ResourceKind, request: Any) -> ResourceWish:
    """A resource that shall be there from now on."""
    name = f"{kind.collection}/{getattr(request, f'{kind.singular}_id')}"
    if kind.parent:
        name = f"{request.parent}/{name}"
    # Its etag is ignored, as all that is not the caller's to say.
    document = getattr(request, kind.singular).SerializeToString()
    return ResourceWish(kind, name, kind.singular, document, may_exist=False, may_be_missing=True)


def update(kind: ResourceKind, request: Any) -> ResourceWish:
    """A resource that shall be changed."""
    asked = getattr(request, kind.singular)
    kind.require_name(asked.name, f"{kind.singular}.name")
    return ResourceWish(
        kind,
        asked.name,
        kind.singular,
        asked.SerializeToString(),
        kinds.require_paths(kind, request.update_mask.paths),
        asked.etag,
        may_be_missing=request.allow_missing,
    )


def deletion(kind: ResourceKind, request: Any) -> ResourceWish:
    """A resource that shall be no more."""
    return ResourceWish(kind, request.name, kind.singular, None, etag=request.etag)


def imported(text: yaml_in.Text) -> list[ResourceWish]:
    """All resources of a text, in the order in which one can refer to another."""
    wishes = [
        ResourceWish(
            entry.kind,
            entry.name,
            entry.at,
            entry.message.SerializeToString(),
            etag=entry.message.etag,
            may_be_missing=True,
        )
        for entry in text.entries
    ]
    return sorted(wishes, key=lambda wish: KINDS.index(wish.kind))


def mentions_of(kind: ResourceKind, request: Any) -> tuple[str, ...]:
    """What the resources of a list must mention, from all the filters that its request knows."""
    found = []
    for field in kind.filters:
        value = getattr(request, field)
        if value and value != _ANY_PARENT:
            found.append(NUCLIDE_OF_PROTO[value].value if field == "nuclide" else value)
    return tuple(found)


def collections_of(request: masterdata_pb2.ExportMasterDataRequest) -> list[ResourceKind]:
    """The kinds to export, in the order of an import."""
    return [kind for kind in KINDS if not request.collections or kind.collection in request.collections]


def kind_of_name(name: str) -> ResourceKind:
    """The kind of resource that has this name."""
    kind = kinds.kind_named(name)
    if kind is None:
        patterns = ", ".join(kind.pattern for kind in KINDS)
        raise Invalid(f"name must be that of a resource: {patterns}.", field="name", value=name[:80])
    return kind
