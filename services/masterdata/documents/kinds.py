"""The table of kinds: all that makes a product another thing than a lane. Everything else treats them alike.

Names and requests are read off the protos; what an entry adds is the reading for the rules, and what the ledger of
promised slots wants to be asked about. The order is the one in which one kind refers to another.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from doselane.masterdata.v1 import masterdata_pb2, resources_pb2
from google.api import resource_pb2
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from services.kernel.errors import Invalid
from services.kernel.rpc.shape import shape_violations
from services.masterdata.documents import contents
from services.masterdata.domain import Content

# Said by the store or ignored on the way in; no part of a document.
OUTPUT_FIELDS = ("etag", "create_time", "update_time", "last_change")
_SEGMENT = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
_NO_FILTERS = ("page_size", "page_token")
# What people and papers go by, and no rule.
FOR_PEOPLE = frozenset({"display_name", "address", "emergency_contact"})


@dataclass(frozen=True)
class ResourceKind:
    """A kind of resource. If promised slots stand on it, the ledger is asked about all fields but `for_the_record`."""

    message: type[Message]
    read: Callable[[Any], Content]
    asks_ledger: bool
    for_the_record: frozenset[str] = FOR_PEOPLE

    @cached_property
    def singular(self) -> str:
        """`product`: the kind's name, in requests and in the store."""
        return self._said.singular

    @cached_property
    def collection(self) -> str:
        """`products`: the last collection in its names, and its heading in YAML."""
        return self._said.plural

    @cached_property
    def pattern(self) -> str:
        """`products/{product}`: what its names look like."""
        return self._said.pattern[0]

    @cached_property
    def parent(self) -> str:
        """`facilities/{facility}`: what the name of its parent looks like; empty if it has none."""
        return self.pattern.rpartition(f"{self.collection}/")[0].rstrip("/")

    @cached_property
    def filters(self) -> tuple[str, ...]:
        """The fields of its list request that say which ones are wanted."""
        asked = self.request("List").DESCRIPTOR.fields
        return tuple(field.name for field in asked if field.name not in _NO_FILTERS)

    def call(self, verb: str) -> str:
        """`GetProduct` or `ListProducts`: the name of one of its calls."""
        return verb + (self.collection if verb == "List" else self.singular).capitalize()

    def request(self, verb: str) -> Any:
        """The request of one of its calls."""
        return getattr(masterdata_pb2, f"{self.call(verb)}Request")

    def response(self, verb: str) -> Any:
        """The response of one of its calls that does not answer with the resource itself."""
        return getattr(masterdata_pb2, f"{self.call(verb)}Response")

    def require_name(self, name: str, field: str) -> None:
        """Refuse what cannot be the name of such a resource."""
        if not self._names.fullmatch(name):
            raise Invalid(f"A {self.singular} is named {self.pattern}.", field=field, value=name[:80])

    def has_name(self, name: str) -> bool:
        """Whether a text can be the name of such a resource."""
        return self._names.fullmatch(name) is not None

    def misshapen(self, document: bytes, at: str) -> list[tuple[str, str]]:
        """What is wrong with the shape of a document, each with its field; `at` is where it stands in the request."""
        return [(f"{at}.{field}", wrong) for field, wrong in shape_violations(self.message.FromString(document))]

    def content(self, document: bytes) -> Content:
        """What the rules read of a document."""
        return self.read(self.message.FromString(document))

    def merged(self, name: str, before: bytes, asked: bytes, paths: Sequence[str]) -> bytes:
        """The document after a change: `asked` as a whole, or of it only what `paths` name, over what was before."""
        message: Any = self.message.FromString(asked)
        if paths:
            source, message = message, self.message.FromString(before)
            # Replaced, not merged: a list that is named becomes what was sent, and what was not sent becomes empty.
            FieldMask(paths=paths).MergeMessage(source, message, True, True)
        for field in OUTPUT_FIELDS:
            message.ClearField(field)
        message.name = name
        contents.complete(message)
        # Deterministic, so that the same content is the same document to whoever compares or hashes it.
        return message.SerializeToString(deterministic=True)

    def differing(self, one: bytes, other: bytes) -> tuple[str, ...]:
        """The fields in which two documents of the same name differ."""
        left, right = self.message.FromString(one), self.message.FromString(other)
        return tuple(
            field.name
            for field in self.message.DESCRIPTOR.fields
            if field.name != "name" and _of(left, field.name) != _of(right, field.name)
        )

    def concerns_ledger(self, fields: Sequence[str]) -> bool:
        """Whether a change of these fields can touch promised slots."""
        return self.asks_ledger and not self.for_the_record.issuperset(fields)

    @property
    def _said(self) -> Any:
        return self.message.DESCRIPTOR.GetOptions().Extensions[resource_pb2.resource]

    @cached_property
    def _names(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{\w+\}", lambda _: _SEGMENT, self.pattern))


KINDS = (
    ResourceKind(resources_pb2.Product, contents.product_of, asks_ledger=True),
    ResourceKind(resources_pb2.Facility, contents.facility_of, asks_ledger=True),
    ResourceKind(resources_pb2.Line, contents.line_of, asks_ledger=False),
    # A region is where demand is counted. The parts of a lane matter: each carrier must accept class 7.
    ResourceKind(resources_pb2.Site, contents.site_of, asks_ledger=True, for_the_record=FOR_PEOPLE | {"region"}),
    ResourceKind(resources_pb2.Lane, contents.lane_of, asks_ledger=True),
    ResourceKind(resources_pb2.Agreement, contents.agreement_of, asks_ledger=False),
)
_KIND_OF = {kind.singular: kind for kind in KINDS}


def kind_of(singular: str) -> ResourceKind:
    """The kind of this name."""
    return _KIND_OF[singular]


def kind_named(name: str) -> ResourceKind | None:
    """The kind of resource that has such a name; None if none has."""
    return next((kind for kind in KINDS if kind.has_name(name)), None)


def require_paths(kind: ResourceKind, paths: Sequence[str]) -> tuple[str, ...]:
    """The paths of an update mask, each known; none, or `*`, is all of them."""
    for path in paths:
        if path != "*" and not FieldMask(paths=[path]).IsValidForDescriptor(kind.message.DESCRIPTOR):
            raise Invalid(
                f"update_mask names {path[:80]!r}, which is no field of a {kind.singular}.",
                field="update_mask",
                path=path[:80],
            )
    return () if "*" in paths else tuple(paths)


def _of(message: Any, field: str) -> Any:
    """A field's value; None for a message that is not set, which is not the same as an empty one."""
    descriptor = message.DESCRIPTOR.fields_by_name[field]
    if descriptor.has_presence and not message.HasField(field):
        return None
    return getattr(message, field)
