"""The names of the objects in an event, in the spellings in which somebody else may write them.

One object can be named by an EPC URI (`urn:epc:id:sscc:0614141.1234567890`) or by a GS1 Digital Link
(`https://id.gs1.org/00/106141412345678908`). From the first to the second is a calculation. Back again one must know
how long the company's prefix is; for an SSCC, the identifier of a shipment, all seven possible lengths are given.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from adapters.courier_epcis.model.event import BizTransaction, Event, Quantity, StandardEvent
from adapters.facts import NAME_CHARACTERS_MAX

DIGITAL_LINK = "https://id.gs1.org"
# Business transactions that name a shipment; orders and invoices name something else.
SHIPMENT_TRANSACTIONS = frozenset({"bol", "desadv"})

_EPC = re.compile(r"urn:epc:(?:id|class):([a-z]+):([^:]+)")
_SSCC_LINK = re.compile(r"https?://[^/?#]+(?:/[^?#]*)?/00/([0-9]{18})(?:[/?#].*)?")
_PREFIX_DIGITS = range(6, 13)


def references(event: Event) -> list[str]:
    """What the event calls its objects and their shipment, each once, in order, then the other spellings."""
    named = [name for name in dict.fromkeys(_named(event)) if len(name) <= NAME_CHARACTERS_MAX]
    return list(dict.fromkeys([*named, *(other for name in named for other in spellings(name))]))


def spellings(name: str) -> list[str]:
    """Other ways to write the same identifier."""
    if epc := _EPC.fullmatch(name):
        scheme, parts = epc[1], epc[2].split(".")
        make = _LINK_OF_EPC.get(scheme)
        link = make(parts) if make and all(part.isascii() for part in parts) else ""
        return [link] if link else []
    if (found := _SSCC_LINK.fullmatch(name)) and check_digit(found[1][:-1]) == found[1][-1]:
        return [f"{DIGITAL_LINK}/00/{found[1]}", *_sscc_epcs(found[1])]
    return []


def check_digit(digits: str) -> str:
    """The check digit that GS1 puts behind these digits."""
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _named(event: Event) -> Iterator[str]:
    for field in event.OBJECTS:
        value = getattr(event, field)
        for name in value if isinstance(value, list) else [value] if value else []:
            yield name.epcClass if isinstance(name, Quantity) else name
    if isinstance(event, StandardEvent):
        transactions: list[BizTransaction] = event.bizTransactionList or []
        yield from (each.bizTransaction for each in transactions if each.type in SHIPMENT_TRANSACTIONS)


def _sscc_epcs(sscc: str) -> list[str]:
    extension, middle = sscc[0], sscc[1:-1]
    return [f"urn:epc:id:sscc:{middle[:length]}.{extension}{middle[length:]}" for length in _PREFIX_DIGITS]


def _digits(parts: list[str], length: int) -> str:
    """The key without its check digit: indicator or extension in front, then prefix and number; '' if it is no key."""
    if len(parts) < 2 or not all(part.isdigit() for part in parts[:2]) or not parts[1]:
        return ""
    digits = parts[1][0] + parts[0] + parts[1][1:]
    return digits if len(digits) == length else ""


def _sscc(parts: list[str]) -> str:
    digits = _digits(parts, 17) if len(parts) == 2 else ""
    return digits and f"{DIGITAL_LINK}/00/{digits}{check_digit(digits)}"


def _trade_item(qualifier: str) -> Callable[[list[str]], str]:
    def link(parts: list[str]) -> str:
        digits = _digits(parts, 13) if len(parts) == 3 else ""
        return digits and f"{DIGITAL_LINK}/01/{digits}{check_digit(digits)}/{qualifier}/{parts[2]}"

    return link


def _plain(key: str) -> Callable[[list[str]], str]:
    return lambda parts: f"{DIGITAL_LINK}/{key}/{parts[0]}{parts[1]}" if len(parts) == 2 else ""


def _gsin(parts: list[str]) -> str:
    digits = "".join(parts) if len(parts) == 2 else ""
    return f"{DIGITAL_LINK}/402/{digits}{check_digit(digits)}" if len(digits) == 16 and digits.isdigit() else ""


_LINK_OF_EPC: Mapping[str, Callable[[list[str]], str]] = {
    "sscc": _sscc,
    "sgtin": _trade_item("21"),
    "lgtin": _trade_item("10"),
    "giai": _plain("8004"),
    "ginc": _plain("401"),
    "gsin": _gsin,
}
