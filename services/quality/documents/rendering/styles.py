"""Colours and styles of text, once."""

from reportlab.lib.colors import Color, HexColor, black
from reportlab.lib.styles import ParagraphStyle

from services.quality.documents.rendering.text import BOLD, REGULAR

GREY: Color = HexColor("#5b6570")
RULE: Color = HexColor("#b6bec7")
SHADE: Color = HexColor("#eef1f4")
ALERT: Color = HexColor("#a61b1b")
CALM: Color = HexColor("#1f5f3a")


def _style(font: str, size: float, colour: Color = black) -> ParagraphStyle:
    return ParagraphStyle(font, fontName=font, fontSize=size, leading=size * 1.3, textColor=colour, splitLongWords=1)


TEXT, STRONG, NAME = _style(REGULAR, 8), _style(BOLD, 8), _style(REGULAR, 7.5, GREY)
WARNING = _style(BOLD, 8, ALERT)
HEADING = _style(BOLD, 10)
LABEL_NAME, LABEL_STRONG = _style(BOLD, 9.5), _style(BOLD, 8)
LABEL_TEXT, LABEL_SMALL = _style(REGULAR, 6.8), _style(REGULAR, 6, GREY)
LABEL_TINY = _style(REGULAR, 5, GREY)
