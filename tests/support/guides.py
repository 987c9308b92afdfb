"""The snippets of the documentation's guides, by the language in which they are written."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from services.edge.docs.build import GUIDES

_FENCE = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Snippet:
    """One block of code of a guide."""

    guide: str
    language: str
    text: str


def guides() -> list[Path]:
    """The guides in their order."""
    return sorted(GUIDES.glob("*.md"))


def snippets(guide: Path) -> list[Snippet]:
    """All blocks of a guide, without the indentation that a tab gives them."""
    found = _FENCE.findall(guide.read_text("utf-8"))
    return [Snippet(guide.stem, language, textwrap.dedent(text)) for _, language, text in found]


def of_language(guide: Path, language: str) -> list[str]:
    """The texts of the blocks in one language."""
    return [each.text for each in snippets(guide) if each.language == language]


PAGE = {page.stem.partition("-")[2]: page for page in guides()}
