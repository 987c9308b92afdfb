"""Text as a page can show it: nothing vanishes, nothing reorders its neighbours, nothing is a blank box."""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import as_file, files
from xml.sax.saxutils import escape

from bidi.algorithm import get_display
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
# Characters that steer the direction of others: in a name they can only deceive, so they are shown.
_SHOWN_BY_CODE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@cache
def register_fonts() -> frozenset[int]:
    """Makes both fonts known, once a process; the characters that both can show."""
    known = [_registered(name) for name in (REGULAR, BOLD)]
    return frozenset.intersection(*known)


def _registered(name: str) -> frozenset[int]:
    with as_file(files(f"{__package__.rpartition('.')[0]}") / "fonts" / f"{name}.ttf") as path:
        font = TTFont(name, str(path))
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)


def shown(text: str) -> str:
    """The text with each character that no page can show as its code; a new line stays one."""
    characters = register_fonts()
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).split("\n")
    return "\n".join("".join(_shown_character(one, characters) for one in line) for line in lines)


def _shown_character(character: str, characters: frozenset[int]) -> str:
    if character == "\t":
        return " "
    if ord(character) not in characters or unicodedata.category(character) in _SHOWN_BY_CODE:
        return f"[U+{ord(character):04X}]"
    return character


def markup(text: str, font: str, size: float, width: float) -> str:
    """The text for a paragraph of this width; lines with letters from right to left are broken and ordered here."""
    lines = shown(text).split("\n")
    return "<br/>".join(escape(part) for line in lines for part in _ordered(line, font, size, width))


def _ordered(line: str, font: str, size: float, width: float) -> Iterable[str]:
    if in_order(line) == line:
        return (line,)
    return (in_order(part) for part in simpleSplit(line, font, size, width))


def in_order(line: str) -> str:
    """One line in the order in which its characters stand on a page, from left to right."""
    if not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in line):
        return line
    return str(get_display(line, base_dir="L"))


def instant_text(instant: datetime | None) -> str:
    """An instant in UTC, to the second at least; `not known` where it is none."""
    if instant is None:
        return "not known"
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
