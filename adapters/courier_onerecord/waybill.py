"""The air waybill of an event: its number, and where it ends. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.courier_onerecord.graph import LinkedNode
from adapters.courier_onerecord.words import cargo

_NUMBER = re.compile(r"([0-9]{3})[- ]?([0-9]{8})")
# At the end of an object's address, as the standard's guidelines have it: …/waybill-020-12345675
_AT_THE_END = re.compile(r"(?:.*[^0-9])?([0-9]{3})-([0-9]{8})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Waybill:
    """What is known of a waybill."""

    number: str = ""  # such as 020-12345675; empty if it is not said
    ends_at: LinkedNode | None = None  # its arrival location


def waybill_number(text: str) -> str:
    """The number of an air waybill as all write it, `020-12345675`; empty if the text is none.

    The last digit is the seven before it modulo 7, which tells a waybill from another number of eleven digits.
    """
    return _checked(_NUMBER.fullmatch(text.strip()))


def waybill_number_in(address: str) -> str:
    """The number with which an object's address ends."""
    return _checked(_AT_THE_END.fullmatch(address))


def spellings(number: str) -> tuple[str, ...]:
    """The ways in which people write a waybill's number, so that a shipment is found by any."""
    return number, number.replace("-", ""), number.replace("-", " ")


def waybill_of(node: LinkedNode) -> Waybill | None:
    """The waybill that an object is, or has: of a piece that of its shipment."""
    for each in _with_waybill(node):
        prefix, serial = each.text(cargo("waybillPrefix")), each.text(cargo("waybillNumber"))
        number = waybill_number(f"{prefix}-{serial}" if prefix else serial)
        end = each.first(cargo("arrivalLocation"))
        if number or end:
            return Waybill(number, end.node if end else None)
    return None


def _with_waybill(node: LinkedNode) -> Iterator[LinkedNode]:
    """The object, its shipment, and the shipment's waybill. Of several the first, and never in circles."""
    yield node
    shipment = _inner(node, "ofShipment") or node
    if shipment is not node:
        yield shipment
    if waybill := _inner(shipment, "waybill"):
        yield waybill


def _inner(node: LinkedNode, name: str) -> LinkedNode | None:
    said = node.first(cargo(name))
    return said.node if said else None


def _checked(found: re.Match[str] | None) -> str:
    if not found or int(found[2][:7]) % 7 != int(found[2][7]):
        return ""
    return f"{found[1]}-{found[2]}"
