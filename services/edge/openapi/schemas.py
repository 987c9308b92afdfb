"""Messages and enums of the protos as OpenAPI schemas."""

from collections.abc import Iterable, Mapping
from typing import Any

from google.api.field_behavior_pb2 import OUTPUT_ONLY, REQUIRED, field_behavior
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from services.edge.api import Api
from services.edge.openapi import deprecated
from services.edge.openapi.apex import unreserved
from services.edge.openapi.bounds import bounds, bounds_of_items, in_words, is_bounded

# Salesforce External Services imports no longer one.
DESCRIPTION_LENGTH_MAX = 1333

Schema = dict[str, Any]
UUID_TEXT: Schema = {"type": "string", "format": "uuid"}
# Fields that are the same wherever they stand.
_PLAIN: Mapping[str, Schema] = {
    "request_id": UUID_TEXT,
}

_SCALARS: Mapping[int, Schema] = {
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "format": "byte"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number", "format": "float"},
    FieldDescriptor.TYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_SINT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_SFIXED32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_UINT32: {"type": "integer", "format": "int64"},
    FieldDescriptor.TYPE_FIXED32: {"type": "integer", "format": "int64"},
    # Protobuf JSON writes 64-bit numbers as texts.
    FieldDescriptor.TYPE_INT64: {"type": "string", "format": "int64"},
    FieldDescriptor.TYPE_SINT64: {"type": "string", "format": "int64"},
    FieldDescriptor.TYPE_SFIXED64: {"type": "string", "format": "int64"},
    FieldDescriptor.TYPE_UINT64: {"type": "string", "format": "uint64"},
    FieldDescriptor.TYPE_FIXED64: {"type": "string", "format": "uint64"},
}

_WELL_KNOWN: Mapping[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string"},
    "google.protobuf.FieldMask": {"type": "string"},
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.Empty": {"type": "object"},
}
_ANY: Schema = {
    "type": "object",
    "description": "A message of any kind, with its fields beside the name of its kind.",
    "properties": {"@type": {"type": "string", "description": "A URL that ends with the full name of its kind."}},
    "additionalProperties": True,
}

# What Google's own protos say of these is about uses that we do not have.
_TOLD: Mapping[str, str] = {
    "google.type.Date": "A date of the calendar, with all three parts.",
    "google.type.TimeOfDay": "A local time of day.",
    "google.type.Interval": "Instants from the start on and before the end.",
}


class Schemas:
    """The schemas that the operations refer to; asking for a reference adds what it refers to.

    What is sent must have what the proto requires, within its bounds. Of what is answered nothing is required, since
    what is shown depends on the viewer; so a message that travels both ways, and of which something is required, has
    two schemas: Run, RunInput.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self.components: dict[str, Schema] = {}
        self._owner: dict[str, str] = {}
        self._answered: set[str] = set()
        for binding in api.bindings:
            self._answered |= {each.full_name for each in within(binding.method.output_type)}

    def of(self, field: FieldDescriptor, *, sent: bool = False) -> Schema:
        """The schema of a field, with what the proto says of it."""
        schema = self._one(field, sent)
        if sent and not field.is_repeated:
            schema = {**schema, **bounds(field)}
        if field.is_repeated:
            is_map = field.message_type and field.message_type.GetOptions().map_entry
            schema = (
                {"type": "object", "additionalProperties": self._one(field.message_type.fields_by_name["value"], sent)}
                if is_map
                else {"type": "array", "items": {**schema, **(bounds_of_items(field) if sent else {})}}
            )
            schema |= bounds(field) if sent else {}
        described = self.describe_field(field)
        if sent and (told := in_words(field)):
            described = f"{described} {told}".strip()
        if described and "$ref" in schema:
            # In OpenAPI 3.0 nothing may stand beside a reference.
            return {"allOf": [schema], "description": described, **_beside(field)}
        return {**schema, **({"description": described} if described else {}), **_beside(field)}

    def reference(self, message: Descriptor, *, sent: bool = False) -> Schema:
        """A reference to a message's schema, as it is sent or as it is answered."""
        if message.full_name in _WELL_KNOWN:
            return dict(_WELL_KNOWN[message.full_name])
        if message.full_name == "google.protobuf.Any":
            return self._named(message, lambda: _ANY)
        twice = sent and message.full_name in self._answered and any(map(_requires, within(message)))
        return self._named(message, lambda: self.object_of(message, (), sent=sent), "Input" if twice else "")

    def body(self, message: Descriptor, without: Iterable[str]) -> Schema:
        """A reference to the schema of a request whose other fields are in the address."""
        left_out = tuple(without)
        if not left_out:
            return self.reference(message, sent=True)
        name = f"{_name(message)}Body"
        self.components[name] = self.object_of(message, left_out, sent=True)
        return {"$ref": f"#/components/schemas/{name}"}

    def object_of(self, message: Descriptor, without: tuple[str, ...], *, sent: bool) -> Schema:
        """The schema of a message, less some fields."""
        fields = [field for field in message.fields if field.name not in without]
        properties = {field.json_name: self.of(field, sent=sent) for field in fields}
        schema: Schema = {"type": "object", "properties": properties}
        # `requestId` may come in the header Idempotency-Key instead.
        required = [field.json_name for field in fields if is_required(field) and field.name != "request_id"]
        if sent and required:
            schema["required"] = required
        if described := self.describe(message.full_name):
            schema["description"] = described
        return schema

    def describe(self, full_name: str) -> str:
        """What the proto says of a declaration, not longer than every reader takes."""
        return _TOLD.get(full_name) or shortened(self._api.comment(full_name))

    def describe_field(self, field: FieldDescriptor) -> str:
        """The same of a field, which begins with its end if it will go away."""
        return shortened(deprecated.described(field, self.describe(field.full_name)))

    def _one(self, field: FieldDescriptor, sent: bool) -> Schema:
        if field.name in _PLAIN:
            return dict(_PLAIN[field.name])
        if field.message_type:
            return self.reference(field.message_type, sent=sent)
        if field.enum_type:
            return self._named(field.enum_type, lambda: self._enum(field.enum_type))
        return dict(_SCALARS[field.type])

    def _named(self, declared: Descriptor | EnumDescriptor, make: Any, suffix: str = "") -> Schema:
        name = _name(declared) + suffix
        if self._owner.setdefault(name, declared.full_name) != declared.full_name:
            # Two packages use one name: the later one carries its package, `capacity.v1.Site` as CapacitySite.
            name = declared.full_name.split(".")[-3].capitalize() + name
            self._owner[name] = declared.full_name
        if name not in self.components:
            self.components[name] = {}  # So that a message which contains itself ends here.
            self.components[name].update(make())
        return {"$ref": f"#/components/schemas/{name}"}

    def _enum(self, enum: EnumDescriptor) -> Schema:
        told = [f"{value.name}: {self._api.comment(f'{enum.full_name}.{value.name}')}" for value in enum.values]
        described = shortened(" ".join([self._api.comment(enum.full_name), *told]).strip())
        return {"type": "string", "enum": [value.name for value in enum.values], "description": described}


def within(message: Descriptor) -> set[Descriptor]:
    """A message and all that it holds, at any depth."""
    found, waiting = set(), [message]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += [field.message_type for field in each.fields if field.message_type]
    return found


def is_required(field: FieldDescriptor) -> bool:
    """Whether the proto says that a request must set the field."""
    return REQUIRED in field.GetOptions().Extensions[field_behavior]


def shortened(text: str) -> str:
    """`text`, cut where it is longer than every reader takes."""
    return text if len(text) <= DESCRIPTION_LENGTH_MAX else text[: DESCRIPTION_LENGTH_MAX - 1] + "…"


def _requires(message: Descriptor) -> bool:
    return any(is_required(field) or is_bounded(field) for field in message.fields)


def _beside(field: FieldDescriptor) -> Schema:
    """What is told of a field beside its description."""
    read_only = OUTPUT_ONLY in field.GetOptions().Extensions[field_behavior]
    return {**({"readOnly": True} if read_only else {}), **deprecated.keywords(field)}


def _name(declared: Descriptor | EnumDescriptor) -> str:
    """`Slot.State` as SlotState: letters and digits only, so that it is a name in every language."""
    outer = declared.containing_type
    name = f"{_name(outer) if outer else ''}{declared.name}"
    return "RpcStatus" if declared.full_name == "google.rpc.Status" else unreserved(name)
