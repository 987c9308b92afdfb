"""Records as SOAP has them: an element a field, in the namespace of objects, and the names of empty ones. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

NAMESPACE = "urn:sobject.partner.soap.sforce.com"


def written_record(sobject: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """A record to be sent. An empty value is never an empty element, which Salesforce passes over: it is listed.

    Raises ValueError for a value that has no form here.
    """
    emptied = [name for name, value in record.items() if value is None or value == ""]
    elements = [_element(name, value) for name, value in record.items() if name not in emptied]
    return {"type": sobject, "fieldsToNull": emptied, "_value_1": elements}


def read_record(found: Any, fields: Sequence[str]) -> dict[str, str | None]:
    """The fields of a record that came, by the names that were asked for; None where one is empty."""
    told = {etree.QName(each).localname.lower(): each.text for each in found._value_1 or () if etree.iselement(each)}
    told["id"] = found.Id
    return {name: told.get(name.lower()) or None for name in fields}


def _element(name: str, value: Any) -> etree._Element:
    element = etree.Element(f"{{{NAMESPACE}}}{name}")
    element.text = _text(name, value)
    return element


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise ValueError(f"{name}: a {type(value).__name__} has no form in SOAP")
