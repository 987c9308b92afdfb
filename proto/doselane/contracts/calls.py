"""A gRPC call of a consumer against the protos: which call, what is sent, and what is read of the answer."""

import difflib
import json
from collections.abc import Iterator
from typing import Any

import protovalidate
from doselane.contracts.binary import PLUGIN, check_message, media_parameter
from doselane.contracts.findings import ContractFinding, error, unknown, warning
from doselane.contracts.judging import Subject, judge, words_of_end
from doselane.contracts.matching import MatchingRules, Place, places, pointer_of, steps_of
from doselane.contracts.pact import PactInteraction, PactPart
from doselane.contracts.protos import Protos, end_of, reference
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

METHOD, STATUS, OK = "grpc-method", "grpc-status", "OK"
STATUSES = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)  # fmt: skip
# What a refusal carries as details (google/rpc/error_details.proto).
_DETAILS = {each.full_name: each for each in error_details_pb2.DESCRIPTOR.message_types_by_name.values()}


def check_call(
    interaction: PactInteraction, protos: Protos, descriptors: bytes | None = None
) -> Iterator[ContractFinding]:
    """What of a call does not hold. `descriptors`: the consumer's own protos, where a plugin has noted them."""
    if not interaction.answers or all(_pins_nothing(each, interaction) for each in interaction.answers):
        words = "no answer of the call has contents or a status, so anything that comes back would do"
        yield error("PINS_NOTHING", words, "answer")
        return
    strange = [name for name in interaction.plugin if name != PLUGIN]
    if strange:
        words = f"the call is described by the plugin {', '.join(strange)}, whose contents are not read here"
        yield unknown("PLUGIN_UNKNOWN", words)
        return
    path, findings = _path(interaction, protos)
    yield from findings
    if not path:
        return
    method = protos.method(path)
    statuses = [each.header(STATUS) or OK for each in interaction.answers]
    checks: list[ContractFinding] = []
    if said := end_of(method):
        checks.append(warning("WILL_GO", words_of_end(said)))
    if len(statuses) > 1 and not method.server_streaming:
        checks.append(
            error("TOO_MANY_ANSWERS", f"the call answers once, and the contract has {len(statuses)}", "answer")
        )
    checks += _request(interaction, method, protos, descriptors, refused=statuses[0] != OK)
    for answer, status in zip(interaction.answers, statuses, strict=True):
        checks += _answer(answer, status, method, protos, descriptors)
    yield from (each.at(place=f"/{method.containing_service.full_name}/{method.name}") for each in checks)


def _pins_nothing(answer: PactPart, interaction: PactInteraction) -> bool:
    # By the plugin an answer without contents is an empty message, and its kind is noted.
    noted = PLUGIN in interaction.plugin and bool(answer.header("contentType"))
    return answer.content is None and answer.header(STATUS) is None and not noted


def _path(interaction: PactInteraction, protos: Protos) -> tuple[str, list[ContractFinding]]:
    noted = str(interaction.plugin.get(PLUGIN, {}).get("service", "")).lstrip(".")
    said = interaction.request.header(METHOD) or noted
    if not said:
        words = f"which call it is, is not said: the request's metadata must have `{METHOD}`, /package.Service/Method"
        return "", [error("CALL_NOT_NAMED", words, "request")]
    path = "/" + said.strip("/")
    if path in protos.calls:
        return path, []
    fitting = [each for each in protos.calls if each.rpartition(".")[2] == path.strip("/")]
    if len(fitting) == 1:
        return fitting[0], []
    near = difflib.get_close_matches(path, protos.calls, 1)
    words = f"there is no call {path}" + (f"; is {near[0]} meant?" if near else "")
    return "", [error("CALL_UNKNOWN", words, "request")]


def _request(
    interaction: PactInteraction,
    method: MethodDescriptor,
    protos: Protos,
    descriptors: bytes | None,
    *,
    refused: bool,
) -> list[ContractFinding]:
    request, findings = interaction.request, []
    if request.header("authorization") is None and not refused:
        words = "no metadata `authorization` is sent; without a token the call is answered UNAUTHENTICATED"
        findings.append(warning("TOKEN_MISSING", words, "request"))
    content = request.content
    message: Message = protos.request(method)()
    if content is not None and isinstance(content.value, bytes):
        try:
            # The matching rules of a request are for the consumer's mock.
            findings += check_message(content.value, protos.request(method), protos, MatchingRules(), "request",
                                      descriptors=descriptors, named=media_parameter(request, "message"))  # fmt: skip
            message = protos.request(method).FromString(content.value)
        except DecodeError:
            return [*findings, error("CONTENTS_NOT_READ", "the contents are no protobuf of the request", "request")]
    elif content is not None and isinstance(content.value, dict):
        subject = Subject(content.value, reference(method.input_type), protos.book(method.input_type),
                          generators=request.generators.get("body", {}), sent=True, part="request",
                          snake_case_is_read=True)  # fmt: skip
        findings += judge(subject)
        try:
            message = ParseDict(content.value, protos.request(method)())
        except ParseError:
            return findings  # Said already, with its place.
    elif content is not None:
        return [*findings, unknown("CONTENT_NOT_JUDGED", f"contents of the kind {content.media_type!r} are not read "
                                   "here", "request")]  # fmt: skip
    return findings if refused else [*findings, *_shape(message, request)]


def _shape(message: Message, request: PactPart) -> Iterator[ContractFinding]:
    """What the protos say of a request's shape, as the server judges it."""
    value = request.content.value if request.content and isinstance(request.content.value, dict) else {}
    generated = [place for path in request.generators.get("body", {}) for place, _ in places(value, steps_of(path))]
    try:
        violations = protovalidate.collect_violations(message)
    except protovalidate.EvaluationError as fault:
        yield error("VALUE_REFUSED", f"the request cannot be judged by the rules of its proto: {fault}", "request")
        return
    for violation in violations:
        place = _place(violation.proto.field.elements if violation.proto.field else ())
        if place == ("requestId",) or any(place[: len(each)] == each for each in generated):
            continue  # The id may come as metadata; what a generator puts in is not known before.
        yield error("VALUE_REFUSED", str(violation.proto.message), "request", pointer_of(place))


def _place(elements: Any) -> Place:
    found: list[str | int] = []
    for element in elements:
        first, *rest = element.field_name.split("_")
        found.append(first + "".join(each.capitalize() for each in rest))
        if element.subscript is not None:
            found.append(element.subscript.value)
    return tuple(found)


def _answer(
    answer: PactPart, status: str, method: MethodDescriptor, protos: Protos, descriptors: bytes | None
) -> list[ContractFinding]:
    if status not in STATUSES:
        words = f"there is no status {status!r} in gRPC; there are {', '.join(STATUSES)}"
        return [error("STATUS_UNKNOWN", words, "answer")]
    if answer.content is None:
        return []
    expected: type[Message] = protos.response(method) if status == OK else status_pb2.Status
    descriptor: Descriptor = expected.DESCRIPTOR
    value = answer.content.value
    if isinstance(value, bytes):
        try:
            return list(check_message(value, expected, protos, answer.rules_of("body"), "answer",
                                      descriptors=descriptors, named=media_parameter(answer, "message")))  # fmt: skip
        except DecodeError:
            return [error("CONTENTS_NOT_READ", f"the contents are no protobuf of {descriptor.full_name}", "answer")]
    if not isinstance(value, dict):
        return [unknown("CONTENT_NOT_JUDGED", f"contents such as {json.dumps(value)[:40]} are not read here", "answer")]
    subject = Subject(value, reference(descriptor), protos.book(descriptor), answer.rules_of("body"))
    return [*judge(subject), *(_details(value, protos) if status != OK else ())]


def _details(status: dict[str, Any], protos: Protos) -> Iterator[ContractFinding]:
    details = status.get("details")
    for index, detail in enumerate(details if isinstance(details, list) else ()):
        kind = str(detail.get("@type", "")) if isinstance(detail, dict) else ""
        pointer = f"/details/{index}"
        descriptor = _DETAILS.get(kind.rpartition("/")[2])
        if descriptor is None:
            words = f"a detail of the kind {kind or 'not said'} is not known here, so it is not judged"
            yield unknown("DETAIL_UNKNOWN", words, "answer", pointer)
            continue
        fields = {name: value for name, value in detail.items() if name != "@type"}
        for each in judge(Subject(fields, reference(descriptor), protos.book(descriptor))):
            yield each.at(pointer=pointer + each.pointer)
