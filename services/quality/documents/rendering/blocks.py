"""What a page is put together from: headings, pairs of a name and a value, tables, notes."""

from collections.abc import Sequence

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, KeepTogether, LongTable, Paragraph, Spacer, TableStyle

from services.quality.documents.rendering.page import CONTENT_HEIGHT, CONTENT_WIDTH
from services.quality.documents.rendering.styles import HEADING, NAME, RULE, SHADE, STRONG, TEXT, WARNING
from services.quality.documents.rendering.text import REGULAR, markup

PADDING = 3.0
NOTHING = "none"
# A row is broken only where no page could hold it with its headings, as the library repeats them before such a row.
ROW_HEIGHT_MAX = CONTENT_HEIGHT - 80


def paragraph(text: str, style: ParagraphStyle = TEXT, width: float = CONTENT_WIDTH) -> Paragraph:
    """A text that wraps at `width`, wherever it must."""
    return Paragraph(markup(text, style.fontName, style.fontSize, width), style)


def heading(text: str) -> list[Flowable]:
    """A heading with its distance to what stands before it."""
    return [Spacer(1, 9), paragraph(text, HEADING), Spacer(1, 3)]


def section(title: str, *blocks: Flowable) -> list[Flowable]:
    """A heading and what belongs to it; the heading never stands alone at the foot of a page."""
    first, *others = blocks
    if isinstance(first, LongTable):
        # A long table cannot be kept whole; its first rows hold on to the heading by a condition of space.
        return [_SpaceFor(80), *heading(title), *blocks]
    return [KeepTogether([*heading(title), first]), *others]


class _SpaceFor(Spacer):  # type: ignore[misc]  # the library has no types
    """Goes on to the next page where less than this is left, and takes no room otherwise."""

    def __init__(self, points: float) -> None:
        super().__init__(1, 0)
        self._points = points

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """As high as what is left, where that is too little."""
        return width, height if height < self._points else 0


def pairs(rows: Sequence[tuple[str, str]]) -> Flowable:
    """Names and values, two pairs a line; a value that is long has a line of its own."""
    widths = (32.0, 55.0, 32.0, 55.0)
    scale = CONTENT_WIDTH / sum(widths)
    columns = [width * scale for width in widths]
    lines: list[list[object]] = []
    spans: list[tuple[object, ...]] = []
    half: list[object] = []
    for name, value in rows:
        if len(value) > 60 or "\n" in value:
            lines += [[*half, "", ""]] if half else []
            half = []
            spans.append(("SPAN", (1, len(lines)), (3, len(lines))))
            lines.append(
                [paragraph(name, NAME, columns[0]), paragraph(value, TEXT, CONTENT_WIDTH - columns[0] - 6), "", ""]
            )
            continue
        half += [paragraph(name, NAME, columns[0] - 6), paragraph(value, TEXT, columns[1] - 6)]
        if len(half) == 4:
            lines.append(half)
            half = []
    lines += [[*half, "", ""]] if half else []
    return LongTable(lines, colWidths=columns, splitInRow=1, style=TableStyle([*_PAIR_LOOK, *spans]))


def table(headings: Sequence[str], shares: Sequence[float], rows: Sequence[Sequence[str]]) -> Flowable:
    """Rows under headings that each page repeats; a row may be longer than a page. Without rows it says so."""
    if not rows:
        return paragraph(NOTHING)
    columns = [CONTENT_WIDTH * share / sum(shares) for share in shares]
    head = [paragraph(text, STRONG, width - 6) for text, width in zip(headings, columns, strict=True)]
    body = [
        [paragraph(text, _style_of(text), width - 6) for text, width in zip(row, columns, strict=True)] for row in rows
    ]
    split = int(any(_height(row, columns) > ROW_HEIGHT_MAX for row in body))
    return LongTable([head, *body], colWidths=columns, repeatRows=1, splitInRow=split, style=TableStyle(_TABLE_LOOK))


def _height(row: Sequence[Paragraph], columns: Sequence[float]) -> float:
    return max(float(block.wrap(width - 6, 0)[1]) for block, width in zip(row, columns, strict=True))


def _style_of(text: str) -> ParagraphStyle:
    return WARNING if text in ("FAIL", "INDETERMINATE", "PENDING") else TEXT


_CELL = [
    ("FONTNAME", (0, 0), (-1, -1), REGULAR),  # or empty cells would bring a font that is not embedded
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), PADDING),
    ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
    ("TOPPADDING", (0, 0), (-1, -1), 2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
]
_PAIR_LOOK = [*_CELL, ("LINEBELOW", (0, 0), (-1, -1), 0.3, RULE)]
_TABLE_LOOK = [*_CELL, ("BACKGROUND", (0, 0), (-1, 0), SHADE), ("GRID", (0, 0), (-1, -1), 0.3, RULE)]
