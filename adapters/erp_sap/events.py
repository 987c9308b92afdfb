"""Business events of S/4HANA: key-only CloudEvents that say which document has changed. Pure.

The type decides what a document is, never the topic, which each broker spells in its own way:
`sap.s4.beh.<object>.v<n>.<Object>.<Operation>.v<n>`, of which the last version is the event's own.
"""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from adapters.erp_sap.settings import INSPECTION_LOTS, OUTBOUND_DELIVERIES, PRODUCTION_ORDERS, SALES_ORDERS
from adapters.json_body import pointer, read_json
from adapters.manifest import Incoming, Refused

_TYPE = re.compile(r"sap\.s4\.beh\.([a-z0-9]+)\.v[0-9]+\.[A-Za-z0-9]+\.([A-Za-z0-9]+)\.v[0-9]+")
# By the object in the type: the document, and the names under which its key is seen.
_OBJECTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "processorder": (PRODUCTION_ORDERS, ("ManufacturingOrder",)),
    "inspectionlot": (INSPECTION_LOTS, ("InspectionLot",)),
    "outbounddelivery": (OUTBOUND_DELIVERIES, ("OutboundDelivery", "DeliveryDocument")),
    "salesorder": (SALES_ORDERS, ("SalesOrder",)),
}
_ESCAPED = re.compile(r"\\(.)")
_REQUIRED = ("specversion", "id", "source", "type")
_STRUCTURED = "application/cloudevents"


@dataclass(frozen=True, slots=True)
class BusinessEvent:
    """That something has changed. Two systems may use one id, so source and id together name an event."""

    id: str
    source: str
    type: str
    document: str  # empty: it is of an object that we do not read
    number: str  # the key of the document, with or without the zeros before it


def events_in(incoming: Incoming) -> list[BusinessEvent]:
    """The events of a push, in structured, batched or binary mode. Raises Refused."""
    named = incoming.headers.items()
    attributes = {name.removeprefix("ce-"): header_text(name, said) for name, said in named if name.startswith("ce-")}
    return events_of(incoming.headers.get("content-type", ""), attributes, incoming.body)


def header_text(name: str, said: str) -> str:
    """The value of an attribute in a header of HTTP: out of its quotes, then once percent-decoded (binding, 3.1.3.2).

    Raises Refused where what it encodes is not UTF-8.
    """
    said = said.strip()
    if len(said) > 1 and said[0] == said[-1] == '"':
        said = _ESCAPED.sub(r"\1", said[1:-1])
    try:
        return unquote(said, errors="strict")
    except UnicodeDecodeError:
        raise Refused("BODY_NOT_EVENT", f"The header {name[:100]} encodes what is not UTF-8.") from None


def events_of(content_type: str, attributes: Mapping[str, str], body: bytes) -> list[BusinessEvent]:
    """The events of a body, to which the attributes belong if it has none itself (binary mode). Raises Refused."""
    kind = content_type.partition(";")[0].strip().lower()
    if not kind.startswith(_STRUCTURED) and "specversion" in attributes:
        return [_event({**attributes, "data": read_json(body) if body.strip() else None}, "")]
    value = read_json(body)
    if isinstance(value, list):
        return [_event(each, pointer(index)) for index, each in enumerate(value)]
    return [_event(value, "")]


def _event(value: Any, place: str) -> BusinessEvent:
    if not isinstance(value, dict):
        raise Refused("BODY_NOT_EVENT", "A CloudEvent is a JSON object.", place)
    for name in _REQUIRED:
        if not (isinstance(value.get(name), str) and value[name]):
            raise Refused("BODY_NOT_EVENT", f"A CloudEvent has the text {name}.", f"{place}/{name}")
    if value["specversion"] != "1.0":
        raise Refused("BODY_NOT_EVENT", "Only CloudEvents 1.0 are read.", f"{place}/specversion")
    found = _TYPE.fullmatch(value["type"])
    if found is None:
        words = f"{value['type'][:100]!r} is no type of S/4HANA (sap.s4.beh.…)."
        raise Refused("EVENT_TYPE_UNKNOWN", words, f"{place}/type")
    document, names = _OBJECTS.get(found[1], ("", ()))
    number = _key(_data(value, place), names, place) if document else ""
    return BusinessEvent(value["id"].lower(), value["source"], value["type"], document, number)


def _data(value: Mapping[str, Any], place: str) -> Any:
    data = value.get("data")
    if data is None and isinstance(value.get("data_base64"), str):
        try:
            data = b64decode(value["data_base64"], validate=True).decode()
        except ValueError:
            raise Refused("BODY_NOT_EVENT", "data_base64 is no text in base64.", f"{place}/data_base64") from None
    if isinstance(data, str):  # some flows send the document as a text
        try:
            data = json.loads(data)
        except ValueError:
            raise Refused("BODY_NOT_EVENT", "data is no JSON.", f"{place}/data") from None
    return data


def _key(data: Any, names: tuple[str, ...], place: str) -> str:
    given = data if isinstance(data, dict) else {}
    for name in names:
        number = given.get(name)
        if isinstance(number, str) and number.isascii() and number.isalnum() and len(number) <= 20:
            return number
    raise Refused("BODY_NOT_EVENT", f"data has no key {names[0]}.", f"{place}/data/{names[0]}")
