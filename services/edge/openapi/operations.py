"""Calls as OpenAPI operations."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from services.edge.api import Api, Binding
from services.edge.openapi.schemas import Schema, Schemas, is_required, shortened
from services.edge.requests import TIMEOUT_MS_DEFAULT, TIMEOUT_MS_MAX

# What each operation may answer beside its success; the rest is under `default`.
_PROBLEMS = {
    "400": "The request is wrong; `facts.field` says where.",
    "401": "No valid token came with the request.",
    "403": "The token does not carry the scope.",
    "404": "Nothing of that name, as far as the caller may see.",
    "409": "A rule says no, or it changed since it was read; `reason` and `facts` say why.",
    "429": "Too much at once; see `Retry-After`.",
    "503": "The service is away for now; see `Retry-After`.",
}
_QUERY_DEPTH_MAX = 3


class Operations:
    """Makes the operation of a binding; its name is unique and valid as an Apex name."""

    def __init__(self, api: Api, schemas: Schemas) -> None:
        self._api, self._schemas = api, schemas
        self._names: set[str] = set()

    def of(self, binding: Binding) -> tuple[str, dict[str, Any]]:
        """The path and the operation."""
        path, names = binding.template.openapi(self._api.singular_of)
        told = self._api.comment(binding.method.full_name)
        operation: dict[str, Any] = {
            "operationId": self._name(binding),
            "summary": shortened(told.partition(". ")[0].rstrip(".") + "." if told else binding.method.name),
            "description": shortened(f"{told} Needs the scope `{binding.scope}`."),
            "tags": [binding.method.containing_service.name],
            "parameters": [*self._in_path(names), *self._in_query(binding), *_in_headers(binding)],
            "responses": {"200": self._success(binding), **_problems()},
            "security": [{"oauth2": [binding.scope]}],
        }
        if binding.body:
            operation["requestBody"] = self._body(binding)
        return path, operation

    def _name(self, binding: Binding) -> str:
        """`ClaimSlot` as claimSlot; a second one of that name carries its service, a second binding a number."""
        name = binding.method.name[0].lower() + binding.method.name[1:]
        if name in self._names:
            service = binding.method.containing_service.name
            name = service[0].lower() + service[1:] + binding.method.name
        base, number = name, 2
        while name in self._names:
            name, number = f"{base}{number}", number + 1
        self._names.add(name)
        return name

    def _in_path(self, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        for name in names:
            schema = {"type": "string", "pattern": "^[^/:]+$"}
            told = f"Id of the {name.replace('_', ' ')}: the last part of its name."
            yield {"name": name, "in": "path", "required": True, "description": told, "schema": schema}

    def _in_query(self, binding: Binding) -> Iterator[dict[str, Any]]:
        if binding.body != "*":
            bound = {*binding.template.fields, binding.body}
            yield from self._parameters(binding.method.input_type, "", "", bound)

    def _parameters(self, message: Descriptor, name: str, path: str, bound: set[str]) -> Iterator[dict[str, Any]]:
        for field in message.fields:
            here, where = f"{path}{field.name}", f"{name}{field.json_name}"
            if here in bound or (field.message_type and field.is_repeated):
                continue
            if _is_nested(field):
                if here.count(".") < _QUERY_DEPTH_MAX:
                    yield from self._parameters(field.message_type, f"{where}.", f"{here}.", bound)
                continue
            schema = self._schemas.of(field)
            told = schema.pop("description", "")
            if "allOf" in schema:
                schema = schema["allOf"][0]
            yield {"name": where, "in": "query", "required": is_required(field), "description": told, "schema": schema}

    def _body(self, binding: Binding) -> dict[str, Any]:
        message = binding.method.input_type
        if binding.body == "*":
            schema = self._schemas.body(message, (name for name in binding.template.fields if "." not in name))
        else:
            schema = self._schemas.reference(message.fields_by_name[binding.body].message_type)
        return {"required": True, "content": {"application/json": {"schema": schema}}}

    def _success(self, binding: Binding) -> dict[str, Any]:
        schema, told = self._schemas.reference(binding.method.output_type), binding.method.output_type.name
        if not binding.streams:
            return {"description": f"A {told}.", "content": {"application/json": {"schema": schema}}}
        described = (
            f"Server-sent events. The data of each is a {told} in JSON, its id the cursor, its name the member that is "
            "set. A problem in an event named `error` ends the stream. Send `Last-Event-ID` to go on."
        )
        text: Schema = {"type": "string", "description": described}
        return {
            "description": described,
            "content": {"text/event-stream": {"schema": text}},
            "x-doselane-event-data": schema,
        }


def _is_nested(field: FieldDescriptor) -> bool:
    return bool(field.message_type) and not field.message_type.full_name.startswith("google.protobuf.")


def _problems() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answers = {status: {"description": told, "content": content} for status, told in _PROBLEMS.items()}
    return {**answers, "default": {"description": "Any other problem.", "content": content}}


def _in_headers(binding: Binding) -> Iterator[dict[str, Any]]:
    if "request_id" in binding.method.input_type.fields_by_name:
        yield _header("Idempotency-Key", "The `requestId`, where the body has none: a UUID.", {"type": "string"})
    if binding.streams:
        yield _header("Last-Event-ID", "Id of the last event seen; the stream goes on after it.", {"type": "string"})
        return
    told = f"How long to wait for the answer, in milliseconds; {TIMEOUT_MS_DEFAULT} if not said."
    schema = {"type": "integer", "format": "int32", "minimum": 1, "maximum": TIMEOUT_MS_MAX}
    yield _header("x-request-timeout-ms", told, schema)


def _header(name: str, told: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": told, "schema": schema}
