"""An HTTP interaction against OpenAPI: its operation, what is sent, and what is read of the answer."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from doselane.contracts.findings import ContractFinding, error, unknown, warning
from doselane.contracts.judging import Subject, judge, words_of_end
from doselane.contracts.matching import MatchingRules
from doselane.contracts.pact import PactContent, PactInteraction, PactPart
from doselane.contracts.schemas import Schema, SchemaBook

METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS")
# Doors that speak in forms of others: no document of ours says what goes through them.
UNDESCRIBED = ("/push/", "/fhir/", "/oauth/", "/sap/", "/.well-known/")
# Headers that any answer of HTTP has, or may have.
_OF_HTTP = frozenset({"content-type", "content-length", "content-encoding", "date", "vary", "connection"})
_PARAMETER = re.compile(r"\{([^}]+)\}")
_STREAM = "text/event-stream"
_CLASSES: Mapping[str, str] = {
    "info": "1", "success": "2", "redirect": "3", "clientError": "4", "serverError": "5",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    method: str
    template: str
    pattern: re.Pattern[str]
    said: Mapping[str, Any]

    @property
    def name(self) -> str:
        """As people write it, such as `POST /v1/slots:claim`."""
        return f"{self.method} {self.template}"


class HttpDocument:
    """An OpenAPI document (3.0 or 3.1), as a comparison reads it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.book = SchemaBook(document.get("components", {}).get("schemas", {}))

    @cached_property
    def operations(self) -> Sequence[Operation]:
        """All of them; those of fixed paths first, since they win where a template fits as well."""
        found = [
            Operation(method, path, _pattern(path), operations[method.lower()])
            for path, operations in self._document.get("paths", {}).items()
            for method in METHODS
            if method.lower() in operations
        ]
        return sorted(found, key=lambda each: (each.template.count("{"), -len(each.template)))

    def resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a reference to a part of the document stands for."""
        found: Any = node
        while "$ref" in found:
            steps = str(found["$ref"]).removeprefix("#/").split("/")
            found = self._document
            for step in steps:
                found = found[step.replace("~1", "/").replace("~0", "~")]
        return found  # type: ignore[no-any-return]


def check_http(interaction: PactInteraction, document: HttpDocument) -> Iterator[ContractFinding]:
    """What of an HTTP interaction does not hold, with its operation as the place."""
    request, (answer,) = interaction.request, interaction.answers
    if answer.status is None and "status" not in answer.rules:
        yield error("PINS_NOTHING", "the answer has no status, so anything that comes back would do", "answer")
        return
    if not request.method or not request.path:
        yield error("REQUEST_INCOMPLETE", "the request does not say its method and path", "request")
        return
    operation, findings = _operation(request, document)
    yield from (each.at(place=f"{request.method} {request.path}") for each in findings)
    if operation is not None:
        checks = (
            *_ends(operation),
            *_of_path(request),
            *_parameters(request, operation, document, answer.status),
            *_sent(request, operation, document, answer.status),
            *_answered(answer, operation, document),
        )
        yield from (each.at(place=operation.name) for each in checks)


def _operation(request: PactPart, document: HttpDocument) -> tuple[Operation | None, list[ContractFinding]]:
    path = request.path.partition("?")[0]
    fitting = [each for each in document.operations if each.pattern.fullmatch(path)]
    found = next((each for each in fitting if each.method == request.method), None)
    if found is not None:
        return found, []
    if any(path.startswith(door) for door in UNDESCRIBED):
        words = f"what goes through {path} is described by no OpenAPI document of ours; `verify` plays it"
        return None, [unknown("NOT_DESCRIBED", words)]
    if fitting:
        methods = ", ".join(sorted(each.method for each in fitting))
        return None, [error("METHOD_UNKNOWN", f"there is no {request.method} {path}; there is {methods}", "request")]
    near = difflib.get_close_matches(path, [each.template for each in document.operations], 1)
    hint = f"; is {near[0]} meant?" if near else ""
    return None, [error("PATH_UNKNOWN", f"there is no path {path}{hint}", "request")]


def _ends(operation: Operation) -> Iterator[ContractFinding]:
    if operation.said.get("deprecated"):
        yield warning("WILL_GO", words_of_end(operation.said))


def _of_path(request: PactPart) -> Iterator[ContractFinding]:
    """What the mock takes as the path says nothing of us, but a contract that contradicts itself cannot be played."""
    for _, matchers in request.rules_of("path"):
        for matcher in matchers:
            if matcher.kind == "regex" and not _matches(str(matcher.said.get("regex", "")), request.path):
                words = f"the path {request.path} does not match the contract's own {matcher.said.get('regex')!r}"
                yield error("EXAMPLE_DOES_NOT_MATCH", words, "request")


def _parameters(
    request: PactPart, operation: Operation, document: HttpDocument, status: int | None
) -> Iterator[ContractFinding]:
    """Query, headers and the parts of the path. A request that is to be refused may be wrong."""
    said = [document.resolved(each) for each in operation.said.get("parameters", ())]
    by_name = {(each["in"], each["name"].lower() if each["in"] == "header" else each["name"]): each for each in said}
    if _is_refusal(status):
        return
    match = operation.pattern.fullmatch(request.path.partition("?")[0])
    path_values = dict(zip(_PARAMETER.findall(operation.template), match.groups() if match else (), strict=False))
    generated = "path" in request.generators
    for name, value in path_values.items():
        if not generated:
            yield from _value(value, by_name.get(("path", name), {}), document, f"path parameter `{name}`")
    for name, values in request.query.items():
        bare = name.removesuffix("[]")
        if ("query", bare) not in by_name and ("query", _camel(bare)) not in by_name:
            near = difflib.get_close_matches(bare, [each for where, each in by_name if where == "query"], 1)
            hint = f"; is `{near[0]}` meant?" if near else ""
            words = f"there is no query parameter `{name}`, and it is refused{hint}"
            yield error("PARAMETER_UNKNOWN", words, "request")
            continue
        parameter = by_name.get(("query", bare)) or by_name["query", _camel(bare)]
        if parameter.get("deprecated"):
            yield warning("WILL_GO", f"query parameter `{name}`: {words_of_end(parameter)}", "request")
        if not _generated(request, "query", name):
            for value in values:
                yield from _value(value, parameter, document, f"query parameter `{name}`")
    for (where, name), parameter in by_name.items():
        given = request.header(name) if where == "header" else None
        if where == "header" and given is not None and not _generated(request, "header", name):
            yield from _value(given, parameter, document, f"header `{name}`")
        missing = (where == "query" and name not in request.query) or (where == "header" and given is None)
        if parameter.get("required") and missing:
            yield error("PARAMETER_REQUIRED", f"the {where} parameter `{name}` must be sent", "request")
    if operation.said.get("security") and request.header("authorization") is None:
        words = "no header `Authorization` is sent; without a token the call is answered 401"
        yield warning("TOKEN_MISSING", words, "request")


def _value(
    text: str, parameter: Mapping[str, Any], document: HttpDocument, what: str, part: str = "request"
) -> Iterator[ContractFinding]:
    """A value in an address or a header, which is a text whatever it stands for."""
    schema = parameter.get("schema", {})
    resolved = document.book.resolved(schema)
    if resolved.get("type") == "array":
        schema = resolved.get("items", {})
        resolved = document.book.resolved(schema)
    value: Any = text
    if resolved.get("type") in ("integer", "number", "boolean"):
        try:
            value = json.loads(text)
        except ValueError:
            value = text
    for fault in document.book.errors(value, schema, sent=True):
        yield error("VALUE_REFUSED", f"{what}: {fault.message}", part)


def _sent(
    request: PactPart, operation: Operation, document: HttpDocument, status: int | None
) -> Iterator[ContractFinding]:
    body = document.resolved(operation.said.get("requestBody", {}))
    if _is_refusal(status):
        return  # What is to be refused may be as wrong as it likes.
    if request.content is None:
        if body.get("required") and not _has_optional_body(body, document):
            yield error("BODY_REQUIRED", "the call wants a body", "request")
        return
    if not body:
        yield error("BODY_NOT_EXPECTED", "the call takes no body", "request")
        return
    schema, findings = _schema_of(request.content, body.get("content", {}), "request")
    yield from findings
    if schema is not None:
        generators = request.generators.get("body", {})
        subject = _subject(request.content, schema, document, request.rules_of("body"))
        yield from judge(Subject(subject.value, schema, document.book, subject.rules, generators, sent=True,
                                 part="request", snake_case_is_read=True))  # fmt: skip


def _has_optional_body(body: Mapping[str, Any], document: HttpDocument) -> bool:
    """Whether nothing of the body is required, so that an empty one does."""
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    return not document.book.resolved(schema).get("required")


def _answered(answer: PactPart, operation: Operation, document: HttpDocument) -> Iterator[ContractFinding]:
    responses = operation.said.get("responses", {})
    statuses = _statuses(answer, responses)
    if not statuses:
        wanted = answer.status if answer.status is not None else "of the matcher"
        words = f"the call never answers {wanted}; it answers {', '.join(sorted(responses))}"
        yield error("STATUS_UNKNOWN", words, "answer")
        return
    response = document.resolved(responses[statuses[0]])
    yield from _headers(answer, response, document)
    if answer.content is None:
        return
    content = response.get("content", {})
    schema, findings = _schema_of(answer.content, content, "answer")
    yield from findings
    if schema is None:
        return
    if answer.content.media_type == _STREAM:
        yield unknown("STREAM_NOT_JUDGED", "what a stream tells, event by event, is not judged here", "answer")
    else:
        yield from judge(_subject(answer.content, schema, document, answer.rules_of("body")))


def _statuses(answer: PactPart, responses: Mapping[str, Any]) -> list[str]:
    """The statuses of ours that the contract may mean; the one of its example first."""
    wanted = [matcher.said.get("status") for _, matchers in answer.rules_of("status")
              for each in matchers for matcher in each.alternatives]  # fmt: skip
    if not wanted:
        return [str(answer.status)] if str(answer.status) in responses else ["default"] * ("default" in responses)
    found: list[str] = []
    for each in wanted:
        listed = [str(one) for one in each] if isinstance(each, list) else []
        first = _CLASSES.get(str(each), "")
        error_class = each == "error"
        found += [
            code
            for code in responses
            if code in listed or (first and code.startswith(first)) or (error_class and code[0] in "45")
            or (each == "nonError" and code[0] in "123")
        ]  # fmt: skip
    example = str(answer.status)
    return [example, *found] if example in found else found


def _headers(answer: PactPart, response: Mapping[str, Any], document: HttpDocument) -> Iterator[ContractFinding]:
    said = {name.lower(): document.resolved(each) for name, each in response.get("headers", {}).items()}
    for name, values in answer.headers.items():
        if name.lower() == "content-type":
            media_type = values[0].partition(";")[0].strip().lower()
            if media_type not in response.get("content", {}):
                words = f"the answer is {', '.join(response.get('content', {})) or 'empty'}, never {media_type}"
                yield error("MEDIA_TYPE_DIFFERS", words, "answer")
        elif name.lower() in said:
            if not answer.rules_of("header").at((name,)):
                for value in values:
                    yield from _value(value, said[name.lower()], document, f"header `{name}`", "answer")
        elif name.lower() not in _OF_HTTP:
            words = f"that an answer has the header `{name}` is promised nowhere; there are {', '.join(said)}"
            yield error("HEADER_UNKNOWN", words, "answer")


def _schema_of(content: PactContent, said: Mapping[str, Any], part: str) -> tuple[Schema | None, list[ContractFinding]]:
    media_type = content.media_type or ("application/json" if content.is_json else "")
    if not media_type and part == "answer" and said:
        media_type = next(iter(said))
    if media_type not in said:
        code = "MEDIA_TYPE_DIFFERS"
        there = ", ".join(said) or "nothing"
        return None, [error(code, f"the body is {media_type or 'of a kind that is not said'}; it is {there}", part)]
    return said[media_type].get("schema", {}), []


def _subject(content: PactContent, schema: Schema, document: HttpDocument, rules: MatchingRules) -> Subject:
    value = content.value
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return Subject(value, schema, document.book, rules)


def _is_refusal(status: int | None) -> bool:
    return status is not None and status in (400, 401, 403, 404, 405, 406, 408, 411, 413, 415, 422, 431)


def _generated(part: PactPart, category: str, name: str) -> bool:
    names = {path.removeprefix("$").strip(".").removeprefix("['").removesuffix("']").lower()
             for path in part.generators.get(category, {})}  # fmt: skip
    return name.lower() in names


def _matches(expression: str, text: str) -> bool:
    try:
        return re.search(expression, text) is not None
    except re.error:
        return True


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


def _pattern(path: str) -> re.Pattern[str]:
    pieces = _PARAMETER.split(path)
    return re.compile("".join("([^/:]+)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces)))
