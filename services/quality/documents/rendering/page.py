"""A document of A4 pages, each with its title, its banner, its number of all pages and the twin's hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from reportlab.lib.colors import black, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from services.quality.documents.rendering.styles import ALERT, CALM, GREY, RULE
from services.quality.documents.rendering.text import BOLD, REGULAR, in_order, instant_text, register_fonts, shown

MARGIN = 18 * mm
FOOT, TOP = 24 * mm, 31 * mm
CONTENT_WIDTH, CONTENT_HEIGHT = A4[0] - 2 * MARGIN, A4[1] - FOOT - TOP


@dataclass(frozen=True, slots=True)
class PageFrame:
    """What stands on each page of a document. A banner is said on every page, in the colour of what it means."""

    title: str
    subject: str
    document_id: str
    version: int
    issued_at: datetime
    twin_sha256: str
    banner: str | None = None
    banner_is_alert: bool = True


def render(frame: PageFrame, story: Sequence[Flowable]) -> bytes:
    """The bytes of the document: the same for the same frame and story, whenever and wherever they are asked for."""
    register_fonts()
    out = BytesIO()
    template = BaseDocTemplate(out, pagesize=A4, title=frame.title, author="", subject=frame.subject, lang="en")
    body = Frame(MARGIN, FOOT, CONTENT_WIDTH, CONTENT_HEIGHT, 0, 0, 0, 0)
    template.addPageTemplates(PageTemplate(frames=[body]))
    template.build(list(story), canvasmaker=lambda *given, **named: _FramedCanvas(frame, *given, **named))
    return out.getvalue()


def make_repeatable(canvas: Canvas, issued_at: datetime, twin_sha256: str) -> None:
    """Dates the file by its issue and identifies it by its twin, in place of the clock and of chance."""
    document: Any = canvas._doc
    instant = issued_at.astimezone(UTC)
    document._timeStamp.t = instant.timestamp()
    document._timeStamp.YMDhms = instant.timetuple()[:6]
    document._ID = f"\n[<{twin_sha256[:32]}><{twin_sha256[:32]}>]\n".encode()


class _FramedCanvas(Canvas):  # type: ignore[misc]  # the library has no types
    """Keeps each page back until all are there, since each says how many there are."""

    def __init__(self, frame: PageFrame, *given: Any, **named: Any) -> None:
        super().__init__(*given, **{**named, "invariant": 1, "initialFontName": REGULAR})
        make_repeatable(self, frame.issued_at, frame.twin_sha256)
        self._frame_of_each = frame
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:
        """Keeps the page."""
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Draws on every page what only now is known, and writes them all."""
        for number, page in enumerate(self._kept, 1):
            self.__dict__.update(page)
            _draw_head(self, self._frame_of_each)
            _draw_foot(self, self._frame_of_each, f"Page {number} of {len(self._kept)}")
            super().showPage()
        super().save()


def _draw_head(canvas: Canvas, frame: PageFrame) -> None:
    top = A4[1] - 16 * mm
    canvas.setFillColor(black)
    canvas.setFont(BOLD, 14)
    canvas.drawString(MARGIN, top, frame.title)
    canvas.setFont(REGULAR, 8)
    canvas.setFillColor(GREY)
    canvas.drawRightString(A4[0] - MARGIN, top + 2, f"version {frame.version}")
    canvas.setFillColor(black)
    canvas.drawString(MARGIN, top - 13, _one_line(frame.subject, CONTENT_WIDTH))
    canvas.setStrokeColor(RULE)
    canvas.line(MARGIN, top - 19, A4[0] - MARGIN, top - 19)
    if frame.banner:
        _draw_banner(canvas, frame, top - 38)


def _draw_banner(canvas: Canvas, frame: PageFrame, bottom: float) -> None:
    canvas.setFillColor(ALERT if frame.banner_is_alert else CALM)
    canvas.rect(MARGIN, bottom, CONTENT_WIDTH, 15, stroke=0, fill=1)
    canvas.setFillColor(white)
    canvas.setFont(BOLD, 8.5)
    canvas.drawCentredString(A4[0] / 2, bottom + 4.5, frame.banner)


def _draw_foot(canvas: Canvas, frame: PageFrame, pages: str) -> None:
    canvas.setStrokeColor(RULE)
    canvas.line(MARGIN, 18 * mm, A4[0] - MARGIN, 18 * mm)
    canvas.setFont(REGULAR, 7)
    canvas.setFillColor(GREY)
    canvas.drawString(MARGIN, 14.5 * mm, f"Issued {instant_text(frame.issued_at)}")
    canvas.drawRightString(A4[0] - MARGIN, 14.5 * mm, pages)
    # An id has a line of its own: that of a dose's paper holds the kind and the slot.
    canvas.drawString(MARGIN, 11.5 * mm, _one_line(frame.document_id, CONTENT_WIDTH))
    canvas.drawString(MARGIN, 8.5 * mm, f"SHA-256 of the machine-readable twin: {frame.twin_sha256}")


def _one_line(text: str, width: float) -> str:
    """The text, or its beginning with a sign that more follows: what is cut here stands in full below."""
    line = shown(text).replace("\n", " ")
    first = simpleSplit(line, REGULAR, 8, width - 10)[:1]
    return in_order(line if not first or len(first[0]) >= len(line) else f"{first[0]}…")
