"""What must not be in a committed file: addresses of package registries, and paths of one machine."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import ROOT, files

# Put together from halves, so that this file does not hold what it looks for.
REGISTRIES = [
    "pypi" + r"\.org", "pythonhosted" + r"\.org", r"repo1?\.maven" + r"\.", "registry" + r"\.npmjs",
    "proxy" + r"\.golang", "index" + r"\.crates", "deb" + r"\.debian",
]  # fmt: skip
MACHINES = "|".join(("work", "root", "home", "opt/wheels", "Users"))
# The slash stands first, since what begins with one certain byte is searched for quickly.
FORBIDDEN = [re.compile(each.encode()) for each in ("|".join(REGISTRIES), f"/(?<![\\w.]/)(?:{MACHINES})/")]
LARGE_BYTES = 5_000_000


def forbidden(root: Path = ROOT) -> list[str]:
    """One line for each forbidden address or path."""
    return [
        f"{path.relative_to(root)}:{number} holds {found[0].decode()!r}"
        for path in files(root)
        if path.stat().st_size < LARGE_BYTES
        for number, found in _found_in(path.read_bytes())
    ]


def _found_in(content: bytes) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Each of them, with the number of its line."""
    for each in FORBIDDEN:
        yield from ((content.count(b"\n", 0, found.start()) + 1, found) for found in each.finditer(content))
