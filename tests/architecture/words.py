"""What must not be in a committed file: addresses of package registries, and paths of one machine."""

import re
from pathlib import Path

from tests.architecture.tree import ROOT, files

# Put together from halves, so that this file does not hold what it looks for.
REGISTRIES = [
    "pypi" + r"\.org", "pythonhosted" + r"\.org", r"repo1?\.maven" + r"\.", "registry" + r"\.npmjs",
    "proxy" + r"\.golang", "index" + r"\.crates", "deb" + r"\.debian",
]  # fmt: skip
MACHINES = [f"(?<![\\w.])/{name}/" for name in ("work", "root", "home", "opt/wheels", "Users")]
FORBIDDEN = re.compile("|".join(REGISTRIES + MACHINES).encode())
LARGE_BYTES = 5_000_000


def forbidden(root: Path = ROOT) -> list[str]:
    """One line for each forbidden address or path."""
    return [
        f"{path.relative_to(root)}:{number} holds {found[0].decode()!r}"
        for path in files(root)
        if path.stat().st_size < LARGE_BYTES
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
        if (found := FORBIDDEN.search(line))
    ]
