"""One key for each thing that outside systems name, however they spell the name.

One shipment is `urn:epc:id:sscc:0614141.1234567890` to one program, `https://id.gs1.org/00/106141412345678908` to
another and `https://courier.example/parcels/00/106141412345678908?linkType=gs1:defaultLink` to a third. Whoever keeps
names to find things by keeps their keys, and asks with a key. From a GS1 Digital Link one cannot tell how long the
company's prefix is, so the key is not the EPC URI but the link, at GS1's own address.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote, unquote

DIGITAL_LINK = "https://id.gs1.org"

# UPS prints its numbers in groups, and people copy them so.
_UPS = re.compile(r"1Z[0-9A-Z]{16}|1R(?:[0-9A-Z]{14}|[0-9A-Z]{26})")
_EPC = re.compile(r"(?i:urn:epc:(?:id|class)):([a-z]+):([^:]+)")
_LINK = re.compile(r"(?i:https?)://[^/?#]+/([^?#]*)(?:[?#].*)?", re.DOTALL)
_ELEMENT = re.compile(r"\(00\)\s*([0-9]{18})")
_SCHEME_AND_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*|(?i:urn:uuid:.*)|(?i:urn):[A-Za-z0-9-]+:")
_SERIAL = r"[!-~]{0,90}"
# GS1 keys by their application identifier: their form, and how many digits in front end with a check digit.
_KEYS: Mapping[str, tuple[re.Pattern[str], int]] = {
    "00": (re.compile(r"[0-9]{17,18}"), 18),
    "01": (re.compile(r"[0-9]{8}|[0-9]{12,14}"), 14),
    "253": (re.compile(r"[0-9]{13}" + _SERIAL), 13),
    "255": (re.compile(r"[0-9]{13,25}"), 13),
    "401": (re.compile(r"[!-~]{1,90}"), 0),
    "402": (re.compile(r"[0-9]{17}"), 17),
    "414": (re.compile(r"[0-9]{13}"), 13),
    "417": (re.compile(r"[0-9]{13}"), 13),
    "8003": (re.compile(r"[0-9]{14}" + _SERIAL), 14),
    "8004": (re.compile(r"[!-~]{1,90}"), 0),
    "8006": (re.compile(r"[0-9]{18}"), 14),
    "8010": (re.compile(r"[!-~]{1,90}"), 0),
    "8017": (re.compile(r"[0-9]{18}"), 18),
    "8018": (re.compile(r"[0-9]{18}"), 18),
}
# What follows a key and is part of the name, the finest first: with its serial the lot of a thing only describes it, so
# that the link on a label that has both names what `urn:epc:id:sgtin` names. So GS1 has it (CBV 2.0, 8.9), which leaves
# out the consumer product variant (22) as well.
_QUALIFIERS: Mapping[str, tuple[str, ...]] = {
    "01": ("21", "235", "10"), "8006": ("21", "10"), "8010": ("8011",), "414": ("254",),
}  # fmt: skip


def canonical(name: str) -> str:
    """The key of what this name names. A name of no known kind is its own key."""
    name = name.strip()
    compact = "".join(name.split()).upper()
    if _UPS.fullmatch(compact):
        return compact
    if epc := _EPC.fullmatch(name):
        return _of_epc(epc[1], epc[2]) or name
    if link := _LINK.fullmatch(name):
        return next(_of_link(link[1]), "") or _lower_start(name)
    if (element := _ELEMENT.fullmatch(name)) and (sscc := _key("00", element[1])):
        return sscc
    return _lower_start(name)


def check_digit(digits: str) -> str:
    """The check digit that GS1 puts behind these digits."""
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _lower_start(name: str) -> str:
    """The name with the part of a URI in lower case in which capitals make no difference."""
    start = _SCHEME_AND_HOST.match(name)
    return start[0].lower() + name[start.end() :] if start else name


def _of_link(path: str) -> Iterator[str]:
    steps = path.split("/")
    for at, step in enumerate(steps[:-1]):
        if step in _KEYS and (key := _key(step, unquote(steps[at + 1]))):
            yield key + _qualifier(step, steps[at + 2 :])


def _qualifier(key: str, steps: list[str]) -> str:
    given = dict(zip(steps[::2], steps[1::2], strict=False))
    name = next((each for each in _QUALIFIERS.get(key, ()) if given.get(each)), "")
    return f"/{name}/{_quoted(given[name])}" if name else ""


def _key(identifier: str, value: str) -> str:
    """The link of a key; nothing if it is none, such as one whose check digit is wrong."""
    form, checked = _KEYS[identifier]
    if not (value.isascii() and form.fullmatch(value)):
        return ""
    if identifier == "00" and len(value) == 17:
        value += check_digit(value)  # Written without it, as an EPC URI is.
    if identifier == "01":
        value = value.zfill(14)
    if checked and check_digit(value[: checked - 1]) != value[checked - 1]:
        return ""
    return f"{DIGITAL_LINK}/{identifier}/{_quoted(value)}"


def _quoted(text: str) -> str:
    return quote(unquote(text), safe="")


def _of_epc(scheme: str, value: str) -> str:
    parts = value.split(".")
    make = _EPCS.get(scheme)
    return make(parts) if make and all(part.isascii() for part in parts) else ""


def _with_check_digit(identifier: str, digits: str, length: int, rest: str = "") -> str:
    if len(digits) != length - 1 or not digits.isdigit():
        return ""
    return _key(identifier, digits + check_digit(digits) + unquote(rest))


def _sscc(parts: list[str]) -> str:
    """`prefix.serial`, of which the first digit is the extension digit and stands in front."""
    if len(parts) != 2 or not parts[1]:
        return ""
    return _with_check_digit("00", parts[1][0] + parts[0] + parts[1][1:], 18)


def _trade_item(qualifier: str) -> Callable[[list[str]], str]:
    def link(parts: list[str]) -> str:
        if len(parts) < 3 or not parts[1]:
            return ""
        key = _with_check_digit("01", parts[1][0] + parts[0] + parts[1][1:], 14)
        return key and f"{key}/{qualifier}/{_quoted('.'.join(parts[2:]))}"

    return link


def _location(parts: list[str]) -> str:
    """`prefix.reference.extension`; the extension 0 says that there is none."""
    if len(parts) != 3:
        return ""
    key = _with_check_digit("414", parts[0] + parts[1], 13)
    return key and key + (f"/254/{_quoted(parts[2])}" if parts[2] != "0" else "")


def _with_serial(identifier: str, in_front: str = "") -> Callable[[list[str]], str]:
    def link(parts: list[str]) -> str:
        if len(parts) < 3:
            return ""
        digits, length = in_front + parts[0] + parts[1], 13 + len(in_front)
        return _with_check_digit(identifier, digits, length, ".".join(parts[2:]))

    return link


def _piece(parts: list[str]) -> str:
    """`prefix.item.piece.total.serial`: a piece of a trade item that has several."""
    if len(parts) < 5 or not parts[1] or [len(each) for each in parts[2:4]] != [2, 2]:
        return ""
    digits = parts[1][0] + parts[0] + parts[1][1:]
    key = _with_check_digit("8006", digits, 14, parts[2] + parts[3])
    return key and f"{key}/21/{_quoted('.'.join(parts[4:]))}"


def _component(parts: list[str]) -> str:
    """`prefix.reference.serial` of a component or part."""
    key = _key("8010", unquote(parts[0] + parts[1])) if len(parts) == 3 else ""
    return key and f"{key}/8011/{_quoted(parts[2])}"


def _plain(identifier: str) -> Callable[[list[str]], str]:
    return lambda parts: _key(identifier, unquote(parts[0] + ".".join(parts[1:]))) if len(parts) > 1 else ""


def _digits(identifier: str, length: int) -> Callable[[list[str]], str]:
    return lambda parts: _with_check_digit(identifier, "".join(parts), length) if len(parts) == 2 else ""


_EPCS: Mapping[str, Callable[[list[str]], str]] = {
    "sscc": _sscc,
    "sgtin": _trade_item("21"),
    "lgtin": _trade_item("10"),
    "upui": _trade_item("235"),
    "itip": _piece,
    "cpi": _component,
    "sgcn": _with_serial("255"),
    "sgln": _location,
    "pgln": _digits("417", 13),
    "grai": _with_serial("8003", "0"),
    "gdti": _with_serial("253"),
    "giai": _plain("8004"),
    "ginc": _plain("401"),
    "gsin": _digits("402", 17),
    "gsrn": _digits("8018", 18),
    "gsrnp": _digits("8017", 18),
}
