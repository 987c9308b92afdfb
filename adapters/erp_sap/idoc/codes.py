"""What the codes in IDocs mean: qualifiers, partner functions, actions. An account may say otherwise. Pure.

A code is written as segment, slash, value: `E1EDT13/006`. What has no meaning is kept with the message, and told of.
"""

from collections.abc import Iterator, Mapping

from adapters.erp_sap.idoc.frame import IdocSegment
from adapters.erp_sap.idoc.meanings import USUAL
from adapters.mapping import AccountMapping

# The field of a segment that says what the segment is.
_FIELDS: Mapping[str, str] = {
    "E1EDK01": "ACTION",
    "E1EDK02": "QUALF",
    "E1EDK03": "IDDAT",
    "E1EDKA1": "PARVW",
    "E1ADRM1": "PARTNER_Q",
    "E1EDPA1": "PARVW",
    "E1EDP19": "QUALF",
    "E1EDP01": "ACTION",
    "E1EDL41": "QUALI",
    "E1EDT13": "QUALF",
    "E1EDL18": "QUALF",
}


class IdocCodes:
    """The meanings of codes for one account. A usual code has none whose meaning the account gives to another one."""

    def __init__(self, mapping: AccountMapping) -> None:
        own = mapping.tables.get("idoc_code", {})
        taken = {(code.partition("/")[0], meaning) for code, meaning in own.items()}
        usual = {code: word for code, word in USUAL.items() if (code.partition("/")[0], word) not in taken}
        self._meanings = {**usual, **own}

    def meaning(self, segment: IdocSegment) -> str | None:
        """What the segment is; None if nobody has said."""
        return self._meanings.get(_code(segment))

    def those(self, within: IdocSegment, name: str, meaning: str) -> list[IdocSegment]:
        """The segments of a name and a meaning right below another."""
        return [each for each in within.each(name) if self.meaning(each) == meaning]

    def unknown(self, idoc: IdocSegment) -> Iterator[str]:
        """The codes of an IDoc that mean nothing here, as often as they stand there."""
        for each in idoc.all():
            if each.name in _FIELDS and each.fields.text(_FIELDS[each.name]) and self.meaning(each) is None:
                yield _code(each)


def _code(segment: IdocSegment) -> str:
    return f"{segment.name}/{segment.fields.text(_FIELDS[segment.name])}"
