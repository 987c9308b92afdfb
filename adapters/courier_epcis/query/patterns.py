"""Which objects a MATCH parameter means: one by its name in any spelling, or many by an EPC pattern."""

import re
from dataclasses import dataclass

from services.kernel.references import canonical

_PATTERN = re.compile(r"urn:epc:idpat:([a-z]+):(.+)", re.IGNORECASE)
_EPC = re.compile(r"urn:epc:(?:id|class|idpat):([a-z]+):(.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A name, or `urn:epc:idpat:…` with `*` in the place of its last components (EPCIS 2.0, 8.2.7.1.1)."""

    text: str

    def fits(self, name: str) -> bool:
        """Whether it means the object of this name."""
        if _key(name) == _key(self.text):
            return True
        pattern = _PATTERN.fullmatch(self.text)
        if pattern is None:
            return False
        scheme, components = pattern[1].lower(), pattern[2].split(".")
        if epc := _EPC.fullmatch(name):
            return epc[1].lower() == scheme and _fit(components, epc[2].split("."))
        return canonical(name).startswith(prefix) if (prefix := _link(scheme, components)) else False


def _key(name: str) -> str:
    """One spelling. `urn:epc:idpat:sgtin:….*` is also a name of the class that a Digital Link calls by its GTIN."""
    pattern = _PATTERN.fullmatch(name)
    components = pattern[2].split(".") if pattern and pattern[1].lower() == "sgtin" else []
    if len(components) == 3 and components[2] == "*" and components[1] != "*":
        link = canonical(f"urn:epc:id:sgtin:{'.'.join(components[:2])}.7")
        return link.rpartition("/21/")[0] or name
    return canonical(name)


def _fit(wanted: list[str], given: list[str]) -> bool:
    if len(given) > len(wanted):  # A serial may hold dots of its own, and so may the last component.
        given = [*given[: len(wanted) - 1], ".".join(given[len(wanted) - 1 :])]
    return len(wanted) == len(given) and all(one in ("*", other) for one, other in zip(wanted, given, strict=True))


def _link(scheme: str, components: list[str]) -> str:
    """How the Digital Links begin of what a pattern means that leaves only the serial open; nothing for any other.

    From a Digital Link one cannot tell how long the company's prefix is, so wider patterns meet EPC URIs alone.
    """
    if components[-1] != "*" or "*" in components[:-1]:
        return ""
    link = canonical(f"urn:epc:id:{scheme}:{'.'.join([*components[:-1], '7'])}")
    if scheme == "sgln":
        return link.partition("/254/")[0]  # The extension 0 says that there is none, and is in no link.
    return link[:-1] if link.startswith("https://") and link.endswith("7") else ""
