"""A label of 100 by 75 mm: text on the left, the symbol on the right, what the symbol says below it."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from pystrich.datamatrix import FNC1, DataMatrixCodeword, DataMatrixData, DataMatrixEncoder
from pystrich.marks import SymbolMarks
from reportlab.lib.colors import black
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from services.kernel.errors import Invalid
from services.quality.documents.gs1 import SEPARATOR
from services.quality.documents.rendering.blocks import paragraph
from services.quality.documents.rendering.page import make_repeatable
from services.quality.documents.rendering.styles import (
    LABEL_NAME,
    LABEL_SMALL,
    LABEL_STRONG,
    LABEL_TEXT,
    LABEL_TINY,
    RULE,
)
from services.quality.documents.rendering.text import REGULAR, register_fonts

WIDTH, HEIGHT = 100 * mm, 75 * mm
EDGE = 3.5 * mm
MODULE = 0.6 * mm
QUIET_MODULES = 2
FOOT = 23 * mm
TEXT_WIDTH, NAME_WIDTH = 58 * mm, 16 * mm
COLUMN = EDGE + TEXT_WIDTH + 3 * mm  # where the symbol and what stands below it begin


@dataclass(frozen=True, slots=True)
class LabelText:
    """What people read on a label."""

    name: str
    lines: tuple[tuple[str, str], ...]
    lot: str
    serial: str
    expiry: str
    elements: tuple[str, ...]
    reference: str


def render_label(text: LabelText, element_string: str, issued_at: datetime, twin_sha256: str) -> bytes:
    """The label's bytes; a text that finds no room is refused, as a label must not be cut short."""
    register_fonts()
    out = BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1, initialFontName=REGULAR)
    make_repeatable(canvas, issued_at, twin_sha256)
    canvas.setTitle(f"Label {text.serial}")
    canvas.setStrokeColor(black)
    canvas.rect(1 * mm, 1 * mm, WIDTH - 2 * mm, HEIGHT - 2 * mm)
    side = _draw_symbol(canvas, element_string)
    _draw_columns(canvas, text, side)
    _draw_foot(canvas, text, twin_sha256)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def symbol(element_string: str) -> SymbolMarks:
    """The symbol's dark runs in modules: FNC1 in first place makes it GS1 DataMatrix, and stands for each separator."""
    first, *others = element_string.split(SEPARATOR)
    data: list[str | DataMatrixCodeword] = [FNC1, first]
    for one in others:
        data += [FNC1, one]
    encoder = DataMatrixEncoder(DataMatrixData(*data, encoding="ascii"), quiet_zone=QUIET_MODULES)
    return encoder.get_rect_marks()


def _draw_symbol(canvas: Canvas, element_string: str) -> float:
    """Draws the symbol at the top of its column; how long its side is, quiet zone and all."""
    marks, _, height = symbol(element_string)
    left, top = COLUMN - QUIET_MODULES * MODULE, HEIGHT - EDGE
    canvas.setFillColor(black)
    for x, y, run, rows in marks:
        canvas.rect(left + x * MODULE, top - (y + rows) * MODULE, run * MODULE, rows * MODULE, stroke=0, fill=1)
    return float(height * MODULE)


def _draw_columns(canvas: Canvas, text: LabelText, side: float) -> None:
    y = _draw(canvas, paragraph(text.name, LABEL_NAME, TEXT_WIDTH), EDGE, HEIGHT - EDGE, TEXT_WIDTH)
    y -= 1 * mm
    for name, value in text.lines:
        beside = TEXT_WIDTH - NAME_WIDTH
        lower = _draw(canvas, paragraph(name, LABEL_SMALL, NAME_WIDTH), EDGE, y, NAME_WIDTH)
        y = min(lower, _draw(canvas, paragraph(value, LABEL_TEXT, beside), EDGE + NAME_WIDTH, y, beside))
    y = HEIGHT - EDGE - side - 1 * mm
    width = WIDTH - EDGE - COLUMN
    for value in ("☢ RADIOACTIVE", f"LOT {text.lot}", f"SN {text.serial}"):
        y = _draw(canvas, paragraph(value, LABEL_STRONG, width), COLUMN, y, width)


def _draw_foot(canvas: Canvas, text: LabelText, twin_sha256: str) -> None:
    canvas.setStrokeColor(RULE)
    canvas.line(EDGE, FOOT, WIDTH - EDGE, FOOT)
    width = WIDTH - 2 * EDGE
    y = FOOT - 0.7 * mm
    foot = (
        (f"EXP {text.expiry}", LABEL_STRONG),
        # No line ends between an identifier and its value.
        ("  ".join(each.replace(" ", "\N{NO-BREAK SPACE}") for each in text.elements), LABEL_TEXT),
        (text.reference, LABEL_SMALL),
        (f"Twin SHA-256 {twin_sha256}", LABEL_TINY),
    )
    for value, style in foot:
        y = _draw(canvas, paragraph(value, style, width), EDGE, y, width, floor=1.5 * mm)


def _draw(canvas: Canvas, block: Paragraph, left: float, top: float, width: float, floor: float = FOOT) -> float:
    """Draws a block below `top`; where it ends."""
    _, height = block.wrap(width, HEIGHT)
    if top - height < floor:
        raise Invalid("The label has no room for all that it must say.", field="label", text=block.getPlainText())
    block.drawOn(canvas, left, top - height)
    return float(top - height)
