"""Markdown as the pages of reference write it."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing at all where there are no rows."""
    lines = [_row(cells) for cells in rows]
    return "\n".join([_row(head), _row(["---"] * len(head)), *lines, ""]) if lines else ""


def code(text: str, language: str) -> str:
    """A block of code."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def anchor(name: str) -> str:
    """The place of a name in a page: full names have dots, which addresses of places had better not."""
    return name.replace(".", "-").lower()


def plain(text: str) -> str:
    """A comment of a proto as running text: what would be read as HTML is not."""
    return text.replace("<", "&lt;").replace("{", "&#123;")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', '&#124;') for cell in cells)} |"
