"""Only what builds a process may look at its environment; everything else is given its settings."""

import ast
from pathlib import Path

from tests.architecture.tree import CODE, ROOT, Source, sources

MAY_READ = ("main", "__main__", "settings")


def violations(root: Path = ROOT) -> list[str]:
    """One line for each look at `os.environ` or `os.getenv` outside of main, settings and services/local."""
    return [
        f"{source.name}:{line} reads the environment"
        for source in sources(root, *CODE)
        if not source.module.startswith("services.local") and source.module.split(".")[-1] not in MAY_READ
        for line in _reads(source)
    ]


def _reads(source: Source) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
