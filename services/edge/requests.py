"""An HTTP request as the request message of a call: body, query, path and headers, each in its place."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from services.edge.api import Binding
from services.edge.json_in import field_named, read, read_text, scalar, set_field
from services.edge.media import is_text
from services.edge.text_in import set_text
from services.kernel.errors import Invalid
from services.kernel.http import HttpProblem
from services.kernel.http.guard import body_too_large
from services.kernel.ids import parsed

PARAMETERS_MAX = 200
TIMEOUT_MS_DEFAULT = 10_000
TIMEOUT_MS_MAX = 60_000
IDEMPOTENCY_KEY = "idempotency-key"
LAST_EVENT_ID = "last-event-id"
REQUEST_ID = "request_id"
CURSOR = "cursor"
ETAG = "etag"
IF_MATCH = "if-match"
PRECONDITIONS = (IF_MATCH, "if-none-match", "if-unmodified-since")
WHOLE = "*"
# Messages of protobuf's own whose JSON is a text, so that a query can hold it.
_TEXTS = ("google.protobuf.Timestamp", "google.protobuf.Duration")


class BodyNotUtf8(Invalid):
    """The body is a text, but in another encoding; `line` says where it cannot be read."""

    reason = "BODY_NOT_UTF8"


class BodyNotExpected(Invalid):
    """The call takes no body."""

    reason = "BODY_NOT_EXPECTED"


def request_of(
    binding: Binding, path: Mapping[str, str], query: bytes, body: bytes, headers: Mapping[str, str]
) -> Message:
    """The request that a call of `binding` with these parts makes; raises Invalid, naming what is wrong."""
    message = binding.request()
    carried = _read_body(binding, message, body, headers)
    _read_query(binding, message, query, carried)
    for name, value in path.items():
        _read_path(message, name, value)
    _read_headers(binding, message, headers)
    _read_preconditions(binding, message, headers)
    return message


def timeout_s(headers: Mapping[str, str]) -> float:
    """How long the caller waits, from `x-request-timeout-ms`."""
    text = headers.get("x-request-timeout-ms")
    if text is None:
        return TIMEOUT_MS_DEFAULT / 1000
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not 0 < int(text) <= TIMEOUT_MS_MAX:
        raise Invalid(
            f"x-request-timeout-ms must be a whole number from 1 to {TIMEOUT_MS_MAX}.", field="x-request-timeout-ms"
        )
    return int(text) / 1000


def _read_body(binding: Binding, message: Message, body: bytes, headers: Mapping[str, str]) -> str:
    """Reads the body, and answers what of the request it carries: a field, the whole, or nothing."""
    if not binding.body:
        if body:
            raise BodyNotExpected("This call takes no body.")
        return ""
    if is_text(binding, body, headers):
        assert binding.text_body
        setattr(message, binding.text_body.field, _text(body, binding.text_body.bytes_max))
        return binding.text_body.field
    value = read_text(body) if body.strip() else {}
    if binding.body == WHOLE:
        read(message, value)
    else:
        field = message.DESCRIPTOR.fields_by_name[binding.body]
        set_field(message, field, value, field.json_name)
    return binding.body


def _text(body: bytes, bytes_max: int) -> str:
    if len(body) > bytes_max:
        raise body_too_large(bytes_max)
    try:
        return body.decode()
    except UnicodeDecodeError as wrong:
        line = body.count(b"\n", 0, wrong.start) + 1
        words = f"The body is not UTF-8: line {line} cannot be read. Save the file with that encoding."
        raise BodyNotUtf8(words, line=line, position=wrong.start) from None


def _read_query(binding: Binding, message: Message, query: bytes, carried: str) -> None:
    if not query:
        return
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=PARAMETERS_MAX,
        )
    except ValueError:
        raise Invalid("The query cannot be read.", field="query") from None
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    for name, values in given.items():
        if carried == WHOLE:
            raise Invalid(f"{name[:200]} belongs in the body: this call takes no query.", field=name[:200])
        try:
            _read_parameter(binding, message, name, values, carried)
        except Invalid as wrong:
            raise _hinting_at_plus(wrong, values, query) from None


def _read_parameter(binding: Binding, message: Message, name: str, values: list[str], carried: str) -> None:
    target, field = _resolved(message, name)
    proto_name = _proto_name(message, name)
    if proto_name in binding.template.fields or proto_name.split(".")[0] == carried:
        raise Invalid(f"{name} is not a parameter of the query.", field=name)
    if field.is_repeated and not field.message_type:
        getattr(target, field.name).extend(scalar(field, _typed(field, value), name) for value in values)
        return
    if len(values) > 1 or _is_set(target, field):
        raise Invalid(f"{name} is given twice.", field=name)
    choice = field.containing_oneof
    if choice and (other := target.WhichOneof(choice.name)):  # the later one would take the place of the other unseen
        words = f"{name} and {target.DESCRIPTOR.fields_by_name[other].json_name} exclude each other; send one of them."
        raise Invalid(words, field=name)
    if not field.message_type:
        set_field(target, field, _typed(field, values[0]), name)
    elif field.message_type.full_name in _TEXTS:
        set_field(target, field, values[0], name)
    elif field.is_repeated or not set_text(getattr(target, field.name), values[0], name, binding.masked):
        raise Invalid(f"{name} is not a single value; name one of its fields.", field=name)


def _hinting_at_plus(wrong: Invalid, values: list[str], query: bytes) -> Invalid:
    """The same, saying what became of a plus: in a query it is a blank, so an offset of +01:00 needs to be escaped."""
    if b"+" in query and any(" " in value for value in values):
        wrong.message += " In an address, + means a blank; write %2B."
    return wrong


def _read_path(message: Message, name: str, value: str) -> None:
    target, field = _resolved(message, name)
    said = getattr(target, field.name)
    if said and str(said) != value:
        raise Invalid(f"{name} in the body is not the one in the address.", field=name, in_address=value)
    setattr(target, field.name, scalar(field, _typed(field, value), name))


def _read_headers(binding: Binding, message: Message, headers: Mapping[str, str]) -> None:
    fields = message.DESCRIPTOR.fields_by_name
    if (key := headers.get(IDEMPOTENCY_KEY, "").strip('" ')) and REQUEST_ID in fields:
        _fill(message, REQUEST_ID, key, IDEMPOTENCY_KEY)
    if binding.streams and (cursor := headers.get(LAST_EVENT_ID, "")) and CURSOR in fields:
        # A browser that reconnects sends its first query again, and what it saw last in this header.
        setattr(message, CURSOR, cursor)


def _read_preconditions(binding: Binding, message: Message, headers: Mapping[str, str]) -> None:
    """If-Match is the etag of a request that has one; what we cannot hold to is refused, never overlooked."""
    unsafe = binding.http_method != "GET"
    for name in PRECONDITIONS if unsafe else PRECONDITIONS[:1]:
        if name not in headers:
            continue
        carrier = _etag_carrier(binding, message)
        tag = re.fullmatch(r'"([^"]+)"', headers[name].strip())
        if name != IF_MATCH or carrier is None or tag is None:
            detail = f"The header {name} asks for what this address cannot promise."
            raise HttpProblem(412, "PRECONDITION_NOT_SUPPORTED", detail, {"field": name})
        _fill(carrier, ETAG, tag[1], name)


def _etag_carrier(binding: Binding, message: Message) -> Message | None:
    """What of a request says which version it is about: itself, or the resource in its body."""
    fields = message.DESCRIPTOR.fields_by_name
    if ETAG in fields:
        return message
    resource = fields.get(binding.body)
    if resource and resource.message_type and ETAG in resource.message_type.fields_by_name:
        found: Message = getattr(message, resource.name)
        return found
    return None


def _fill(message: Message, field: str, value: str, header: str) -> None:
    said = getattr(message, field)
    if said and said != value and (parsed(said) is None or parsed(said) != parsed(value)):
        raise Invalid(f"The header {header} says another id than the request.", field=field)
    setattr(message, field, value)


def _resolved(message: Message, name: str) -> tuple[Message, FieldDescriptor]:
    """The message that has the last field of a dotted name, and that field."""
    *outer, last = name.split(".")
    path = ""
    for part in outer:
        field = field_named(message.DESCRIPTOR, part, path)
        path = f"{path}.{part}" if path else part
        if not field.message_type or field.is_repeated:
            raise Invalid(f"{path} has no fields.", field=name[:200])
        message = getattr(message, field.name)
    return message, field_named(message.DESCRIPTOR, last, path)


def _proto_name(message: Message, name: str) -> str:
    names, descriptor = [], message.DESCRIPTOR
    for part in name.split("."):
        field = field_named(descriptor, part)
        names.append(field.name)
        descriptor = field.message_type or descriptor
    return ".".join(names)


def _typed(field: FieldDescriptor, text: str) -> object:
    """A text of the query as the JSON value it stands for."""
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return {"true": True, "false": False}.get(text, text)
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM and re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return int(text)
    return text


def _is_set(message: Message, field: FieldDescriptor) -> bool:
    return any(found.number == field.number for found, _ in message.ListFields())
