"""Calls as OpenAPI operations."""

from collections.abc import Iterator
from typing import Any

from doselane.type.v1.options_pb2 import TextBody
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from services.edge.api import Api, Binding
from services.edge.media import JSON
from services.edge.openapi.deprecated import described, keywords, without
from services.edge.openapi.examples import Examples
from services.edge.openapi.headers import headers_of
from services.edge.openapi.problems import problems
from services.edge.openapi.schemas import UUID_TEXT, Schema, Schemas, is_required, shortened
from services.edge.requests import TIMEOUT_MS_DEFAULT, TIMEOUT_MS_MAX, WHOLE
from services.kernel.agent_consents import can_be_drafted

_QUERY_DEPTH_MAX = 3
# Messages that a query writes as one text, beside protobuf's own.
_TEXTS_IN_QUERY: dict[str, Schema] = {"google.type.Date": {"type": "string", "format": "date"}}
_TOLD_IN_QUERY = {
    "google.type.Date": "A date",
    "google.protobuf.Timestamp": "An instant",
    "google.protobuf.FieldMask": "Names of fields, separated by commas",
}


# Salesforce External Services maps JSON only: an operation imports without its bodies of other kinds.
_NOT_MAPPED = {"x-external-services": "not mapped"}


class Operations:
    """Makes the operation of a binding; its name is unique and valid as an Apex name."""

    def __init__(self, api: Api, schemas: Schemas) -> None:
        self._api, self._schemas, self._examples = api, schemas, Examples(api)
        self._names: set[str] = set()

    def of(self, binding: Binding) -> tuple[str, dict[str, Any]]:
        """The path and the operation."""
        path, names = binding.template.openapi(self._api.singular_of)
        told = self._api.comment(binding.method.full_name)
        operation: dict[str, Any] = {
            "operationId": self._name(binding),
            "summary": shortened(told.partition(". ")[0].rstrip(".") + "." if told else binding.method.name),
            "description": shortened(described(binding.method, f"{told} Needs {_scopes(binding)}.{_signing(binding)}")),
            **keywords(binding.method),
            "tags": [binding.method.containing_service.name],
            "parameters": [*self._in_path(names), *self._in_query(binding), *_in_headers(binding)],
            "responses": {"200": self._success(binding), **problems(binding)},
            "security": _security(binding),
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
        if binding.text_body:
            # With JSON all of it is in the body; beside a text the rest has no other place.
            for each in self._parameters(binding, binding.method.input_type, "", {binding.text_body.field}):
                told = f"{each['description']} Only beside a {binding.text_body.media_type} body."
                yield {**each, "required": False, "description": told.strip()}
        elif binding.body != WHOLE:
            bound = {*binding.template.fields, binding.body}
            yield from self._parameters(binding, binding.method.input_type, "", bound)

    def _parameters(
        self, binding: Binding, message: Descriptor, path: str, bound: set[str], name: str = ""
    ) -> Iterator[dict[str, Any]]:
        for field in message.fields:
            here, where = f"{path}{field.name}", f"{name}{field.json_name}"
            if here in bound or (field.message_type and field.is_repeated):
                continue
            if _is_nested(field):
                if here.count(".") < _QUERY_DEPTH_MAX:
                    for each in self._parameters(binding, field.message_type, f"{here}.", bound, f"{where}."):
                        told = shortened(described(field, each["description"]))
                        yield {**each, **keywords(field), "description": told}
                continue
            yield {"name": where, "in": "query", **self._parameter(binding, field)}

    def _parameter(self, binding: Binding, field: FieldDescriptor) -> dict[str, Any]:
        kind = field.message_type.full_name if field.message_type else ""
        schema = without(_TEXTS_IN_QUERY.get(kind) or self._schemas.of(field, sent=True))
        schema.pop("description", "")
        if "allOf" in schema:
            schema = schema["allOf"][0]
        told, example = self._schemas.describe_field(field), self._examples.parameter(binding, field)
        if kind in _TOLD_IN_QUERY:
            told = f"{told} {_TOLD_IN_QUERY[kind]}, such as `{example}`.".strip()
        # `requestId` may come in the header Idempotency-Key instead.
        required = is_required(field) and field.name != "request_id"
        found = {"required": required, "description": told, **keywords(field), "schema": schema}
        # A page to try calls on fills in examples, which would narrow an answer where nobody asked for it.
        return {**found, "example": example} if example and required else found

    def _body(self, binding: Binding) -> dict[str, Any]:
        message, text = binding.method.input_type, binding.text_body
        if binding.body == WHOLE:
            schema = self._schemas.body(message, (name for name in binding.template.fields if "." not in name))
        else:
            # A mask may name a single field of it, so that a change requires none.
            whole = binding.http_method != "PATCH"
            schema = self._schemas.reference(message.fields_by_name[binding.body].message_type, sent=whole)
        content = {JSON: {"schema": schema, "example": self._examples.body(binding)}}
        if not text:
            return {"required": True, "content": content}
        field = message.fields_by_name[text.field]
        told = f"`{field.json_name}` as JSON or as it is; at most {text.bytes_max} bytes, and UTF-8."
        return {"required": True, "description": told, "content": {**content, text.media_type: _as_text(text)}}

    def _success(self, binding: Binding) -> dict[str, Any]:
        schema, told = self._schemas.reference(binding.method.output_type), binding.method.output_type.name
        if not binding.streams:
            content = {JSON: {"schema": schema}}
            if other := binding.text_answer:
                content[other.media_type] = _as_text(other)
            return {
                "description": f"{_article(told)} {told}.",
                "headers": headers_of("200", binding),
                "content": content,
            }
        words = (
            f"Server-sent events. The data of each is one {told} in JSON, its name the member that is set. A problem "
            "in an event named `error` ends the stream. "
        ) + (
            "The id of each is the cursor: send `Last-Event-ID` to go on."
            if binding.goes_on
            else "When all is said, an event named `end` is the last; a browser that comes back with its id gets 204."
        )
        text: Schema = {"type": "string", "description": words}
        return {
            "description": words,
            "headers": headers_of("200", binding),
            "content": {"text/event-stream": {"schema": text, **_NOT_MAPPED}},
            "x-doselane-event-data": schema,
        }


def _is_nested(field: FieldDescriptor) -> bool:
    if not field.message_type or field.message_type.full_name in _TEXTS_IN_QUERY:
        return False
    return not field.message_type.full_name.startswith("google.protobuf.")


def _scopes(binding: Binding) -> str:
    named = " and ".join(f"`{scope}`" for scope in binding.scopes)
    return f"the scope{'s' if len(binding.scopes) > 1 else ''} {named}"


def _security(binding: Binding) -> list[dict[str, Any]]:
    """The scopes; for a call that signs once for each role, as any of them is enough."""
    if not binding.signer_roles:
        return [{"oauth2": list(binding.scopes)}]
    return [{"oauth2": [*binding.scopes, role]} for role in binding.signer_roles]


def _signing(binding: Binding) -> str:
    if not binding.signer_roles:
        return ""
    roles = " or ".join(f"`{role}`" for role in binding.signer_roles)
    return (
        f" Signs: needs the role {roles}, in the token of a person who has just authenticated (`auth_time`, `acr`); "
        "else 401 with `acr_values` and `max_age` in `WWW-Authenticate` (RFC 9470)."
    )


def _article(name: str) -> str:
    return "An" if name[0] in "AEIOU" else "A"


def _as_text(text: TextBody) -> dict[str, Any]:
    return {"schema": {"type": "string"}, "example": text.example, **_NOT_MAPPED}


def _in_headers(binding: Binding) -> Iterator[dict[str, Any]]:
    if "request_id" in binding.method.input_type.fields_by_name:
        yield _header("Idempotency-Key", "The `requestId`, where the request has none: a UUID.", UUID_TEXT)
    if can_be_drafted(binding.method):
        told = "For an automated agent: a person's consent to this very request, as `RedeemDraft` answered it."
        yield _header("Doselane-Consent", told, {"type": "string"})
    if binding.streams and binding.goes_on:
        yield _header("Last-Event-ID", "Id of the last event seen; the stream goes on after it.", {"type": "string"})
    if binding.streams:
        return
    told = f"How long to wait for the answer, in milliseconds; {TIMEOUT_MS_DEFAULT} if not said."
    schema = {"type": "integer", "format": "int32", "minimum": 1, "maximum": TIMEOUT_MS_MAX}
    yield _header("x-request-timeout-ms", told, schema)


def _header(name: str, told: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": told, "schema": schema}
