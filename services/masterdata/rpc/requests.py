"""What callers ask, as the use cases take it; shape is checked here, before anything is looked up."""

from collections.abc import Sequence
from typing import Any

from doselane.masterdata.v1 import masterdata_pb2

from services.kernel.errors import Invalid
from services.kernel.idempotency import request_key_of
from services.kernel.rpc import Behalf, Call
from services.masterdata.documents import KINDS, Kind, kinds, yaml_in
from services.masterdata.documents.contents import NUCLIDE_OF_PROTO
from services.masterdata.domain.fields import is_partner, is_segment
from services.masterdata.usecases import Ask, Render, Wish

# What a filter may name, beside partners and nuclides.
_COLLECTION_OF_FILTER = {"product": "products", "site": "sites", "facility": "facilities"}
_ANY_PARENT = "facilities/-"


def ask_of(request: Any, wishes: Sequence[Wish], call: Call, render: Render) -> Ask:
    """Who asks what, why, and how a repetition is known."""
    return Ask(
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


def creation(kind: Kind, request: Any) -> Wish:
    """A resource that shall be there from now on."""
    last = getattr(request, f"{kind.singular}_id")
    if not is_segment(last):
        shape = "must be 1 to 63 letters, digits and `._-`, first a letter or digit."
        raise Invalid(f"{kind.singular}_id {shape}", field=f"{kind.singular}_id", value=last[:80])
    name = f"{kind.collection}/{last}"
    if kind.parent:
        name = f"{_parent(kind, request.parent)}/{name}"
    # Its etag is ignored, as all that is not the caller's to say.
    document = _document(kind, request).SerializeToString()
    return Wish(kind, name, kind.singular, document, may_exist=False, may_be_missing=True)


def update(kind: Kind, request: Any) -> Wish:
    """A resource that shall be changed."""
    asked = _document(kind, request)
    kind.require_name(asked.name, f"{kind.singular}.name")
    return Wish(
        kind,
        asked.name,
        kind.singular,
        asked.SerializeToString(),
        kinds.require_paths(kind, request.update_mask.paths),
        asked.etag,
        may_be_missing=request.allow_missing,
    )


def deletion(kind: Kind, request: Any) -> Wish:
    """A resource that shall be no more."""
    kind.require_name(request.name, "name")
    return Wish(kind, request.name, kind.singular, None, etag=request.etag)


def imported(text: yaml_in.Text) -> list[Wish]:
    """All resources of a text, in the order in which one can refer to another."""
    wishes = [
        Wish(
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


def mentions_of(kind: Kind, request: Any) -> tuple[str, ...]:
    """What the resources of a list must mention, from all the filters that its request knows."""
    found = []
    for field in kind.filters:
        value = getattr(request, field)
        if field == "nuclide" and value:
            if value not in NUCLIDE_OF_PROTO:
                raise Invalid("nuclide must be one that Doselane knows.", field=field, value=value)
            found.append(NUCLIDE_OF_PROTO[value].value)
        elif field == "parent" and value != _ANY_PARENT:
            found.append(_parent(kind, value))
        elif field == "region" and value:
            if not is_segment(value):
                raise Invalid("region must be letters, digits and ._-, such as us-midwest.", field=field, value=value)
            found.append(value)
        elif field not in ("parent", "region") and value:
            found.append(_named(field, value))
    return tuple(found)


def collections_of(request: masterdata_pb2.ExportMasterDataRequest) -> list[Kind]:
    """The kinds to export, in the order of an import."""
    known = [kind.collection for kind in KINDS]
    for index, collection in enumerate(request.collections):
        if collection not in known:
            raise Invalid(
                f"There is no collection {collection[:80]!r}; there are {', '.join(known)}.",
                field=f"collections[{index}]",
            )
    return [kind for kind in KINDS if not request.collections or kind.collection in request.collections]


def kind_of_name(name: str) -> Kind:
    """The kind of resource that has this name."""
    kind = kinds.kind_named(name)
    if kind is None:
        patterns = ", ".join(kind.pattern for kind in KINDS)
        raise Invalid(f"name must be that of a resource: {patterns}.", field="name", value=name[:80])
    return kind


def _document(kind: Kind, request: Any) -> Any:
    if not request.HasField(kind.singular):
        raise Invalid(f"{kind.singular} is required.", field=kind.singular)
    return getattr(request, kind.singular)


def _parent(kind: Kind, parent: str) -> str:
    collection, _, last = parent.partition("/")
    if collection != kind.parent.partition("/")[0] or not is_segment(last):
        raise Invalid(f"parent must look like {kind.parent}.", field="parent", value=parent[:80])
    return parent


def _named(field: str, value: str) -> str:
    collection, _, last = value.partition("/")
    fits = is_partner(value) if field == "partner" else collection == _COLLECTION_OF_FILTER[field] and is_segment(last)
    if not fits:
        shape = f"{_COLLECTION_OF_FILTER.get(field, 'partners')}/{{{field}}}"
        raise Invalid(f"{field} must look like {shape}.", field=field, value=value[:80])
    return value
