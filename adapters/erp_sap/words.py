"""What a word of SAP means here: units, and the words of an account's tables. Pure."""

import re

from adapters.erp_sap.documents import RecordFields
from adapters.mapping import AccountMapping

# Units of activity, in kBq: SAP's own, in upper case, and their ISO codes (UN/ECE recommendation 20).
KBQ_OF_UNIT = {
    "KBQ": 1, "MBQ": 10**3, "GBQ": 10**6, "TBQ": 10**9, "MCI": 37 * 10**3, "CI": 37 * 10**6,
    "2Q": 1, "4N": 10**3, "MCU": 37 * 10**3, "CUR": 37 * 10**6,
}  # fmt: skip
# Units of pieces, internal and commercial, and their ISO codes.
PIECES = frozenset({"EA", "PC", "ST", "PCE", "C62", "H87"})
# Written so, they are a thousandth or a million times what SAP's code in upper case is: m is milli, M mega.
_MISLEADING = re.compile(r"m[bB][qQ]|M(?!CI)[cC][iI]")


def our_word(fields: RecordFields, name: str, mapping: AccountMapping, table: str) -> str:
    """Our word for a word of theirs; refused where no line of the table says."""
    given = fields.needed(name)
    word = mapping.ours(table, given)
    if word is None:  # with zeros before it or without
        word = mapping.ours(table, given.lstrip("0"))
    if word is None:
        words = f"is {given[:40]!r}; write a line for it into tables.{table}"
        raise fields.wrong(name, words, "WORD_UNKNOWN")
    return word


def unit_of(fields: RecordFields, name: str) -> str:
    """A unit as SAP's code in upper case; refused where small letters make it another one."""
    given = fields.needed(name)
    if _MISLEADING.fullmatch(given):
        words = f"is {given!r}, which may be milli or mega; SAP's codes are KBQ, MBQ, GBQ, TBQ, MCI and CI"
        raise fields.wrong(name, words, "UNIT_UNKNOWN")
    return given.upper()
