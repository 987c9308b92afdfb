"""An event that a consumer reads, against AsyncAPI and the protos: which event, its headers, its contents."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from doselane.contracts.binary import check_message, media_parameter
from doselane.contracts.findings import ContractFinding, error, unknown, warning
from doselane.contracts.judging import Subject, judge
from doselane.contracts.matching import pointer_of
from doselane.contracts.pact import PactInteraction, PactPart
from doselane.contracts.protos import Protos
from doselane.contracts.schemas import Schema, SchemaBook
from google.protobuf.message import DecodeError

TYPE = "ce_type"
# Where Pact libraries note what the contents are; our topics carry binary protobuf, of which JSON is the readable form.
_ABOUT_CONTENTS = frozenset({"contenttype", "content-type"})
_BINARY = frozenset({"application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf", ""})


class EventDocument:
    """An AsyncAPI document (3.0), as a comparison reads it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        components = document.get("components", {})
        self.messages: Mapping[str, Mapping[str, Any]] = components.get("messages", {})
        self.book = SchemaBook(components.get("schemas", {}))
        self._document = document

    def topic(self, event_type: str) -> str:
        """The address of the channel that an event is published on; empty: of none."""
        for channel in self._document.get("channels", {}).values():
            if event_type in channel.get("messages", {}):
                return str(channel.get("address", ""))
        return ""

    def headers(self, event_type: str) -> Mapping[str, Schema]:
        """The schemas of an event's headers, by name."""
        said = self.messages[event_type].get("headers", {})
        found: dict[str, Schema] = {}
        for part in said.get("allOf", [said]):
            for name, schema in self.book.resolved(part).get("properties", {}).items():
                found[name] = {**found.get(name, {}), **schema}
        return found


def check_event(
    interaction: PactInteraction, document: EventDocument, protos: Protos, descriptors: bytes | None = None
) -> Iterator[ContractFinding]:
    """What of an event does not hold. `descriptors`: the consumer's own protos, where a plugin has noted them."""
    (message,) = interaction.answers
    if message.content is None or message.content.value == {}:
        yield error("PINS_NOTHING", "the message has no contents, so anything that is published would do", "message")
        return
    if isinstance(message.content.value, dict) and "specversion" in message.content.value:
        words = "contents and headers of a CloudEvent in one (structured mode) are not on our topics; `ce_` headers are"
        yield unknown("STRUCTURED_MODE", words, "message")
        return
    event_type, findings = _type(interaction, message, document, protos)
    yield from findings
    if event_type:
        place = f"{event_type} on {document.topic(event_type)}"
        checks = (*_headers(message, event_type, document),
                  *_contents(interaction, message, event_type, document, protos, descriptors))  # fmt: skip
        yield from (each.at(place=place) for each in checks)


def _type(
    interaction: PactInteraction, message: PactPart, document: EventDocument, protos: Protos
) -> tuple[str, list[ContractFinding]]:
    said = message.header(TYPE) or message.header("ce-type")
    if said is None:
        by_message = _by_message(interaction, message, protos)
        if len(by_message) == 1:
            return by_message[0], []
        words = f"which event it is, is not said: the metadata must have `{TYPE}`, as the header on the topic"
        return "", [error("EVENT_NOT_NAMED", words, "message")]
    if said in document.messages:
        return said, []
    near = difflib.get_close_matches(said, document.messages, 1)
    words = f"there is no event {said}" + (f"; is {near[0]} meant?" if near else "")
    return "", [error("EVENT_UNKNOWN", words, "message")]


def _by_message(interaction: PactInteraction, message: PactPart, protos: Protos) -> list[str]:
    """The events whose message has the name that a plugin for protobuf noted."""
    named = str(interaction.plugin.get("protobuf", {}).get("message", "")) or media_parameter(message, "message")
    name = named.strip(".")
    return [event for event, full in protos.events.items() if name and (full == name or full.endswith(f".{name}"))]


def _headers(message: PactPart, event_type: str, document: EventDocument) -> Iterator[ContractFinding]:
    said = document.headers(event_type)
    for name, values in message.headers.items():
        if name.lower() in _ABOUT_CONTENTS:
            continue
        if name not in said:
            near = difflib.get_close_matches(name, said, 1)
            words = f"that the event has the header `{name}` is promised nowhere"
            yield error("HEADER_UNKNOWN", words + (f"; is `{near[0]}` meant?" if near else ""), "message")
            continue
        rules = message.rules_of("metadata")
        if rules.at((name,)):
            continue
        for fault in document.book.errors(values[0], said[name], sent=False):
            yield error("VALUE_NEVER_SENT", f"header `{name}`: {fault.message}", "message")


def _contents(
    interaction: PactInteraction,
    message: PactPart,
    event_type: str,
    document: EventDocument,
    protos: Protos,
    descriptors: bytes | None,
) -> Iterator[ContractFinding]:
    assert message.content is not None
    content = message.content
    if content.is_json and isinstance(content.value, dict | list):
        payload = document.messages[event_type].get("payload", {})
        yield from judge(Subject(content.value, payload, document.book, message.rules_of("body"), part="message"))
    elif isinstance(content.value, bytes) and content.media_type in _BINARY:
        try:
            yield from check_message(
                content.value, protos.event(event_type), protos, message.rules_of("body"), "message",
                descriptors=descriptors, named=media_parameter(message, "message"),
            )  # fmt: skip
        except DecodeError:
            yield error("CONTENTS_NOT_READ", "the contents are no protobuf of this event's message", "message")
    else:
        named = ", ".join(interaction.plugin) or "none"
        words = f"contents of the kind {content.media_type or 'not said'} are not read here (plugins: {named})"
        yield unknown("CONTENT_NOT_JUDGED", words, "message", pointer_of(()))


def check_plugins(plugins: Mapping[str, Mapping[str, Any]]) -> Iterator[ContractFinding]:
    """Plugins that a contract needs and that are not known here."""
    for name, said in plugins.items():
        if name not in ("protobuf", "pact-protobuf-plugin"):
            words = f"the contract uses the plugin {name} {said.get('version', '')}".rstrip()
            yield warning("PLUGIN_UNKNOWN", f"{words}, whose contents are not read here")
