"""Only what builds a process may look at its environment; everything else is given its settings."""

import ast
from pathlib import Path

from tests.architecture.imports import within
from tests.architecture.tree import CODE, ROOT, Source, sources

MAY_READ = ("main", "__main__", "settings")
# What starts a process for every main: its log level, its settings, where its traces go.
STARTS_PROCESSES = (
    "services.local",
    "services.kernel.process",
    "services.kernel.standalone",
    "services.kernel.telemetry",
)
# It sets up gRPC, which is told by a variable when it is first imported.
SETS_UP = "services"


def violations(root: Path = ROOT) -> list[str]:
    """One line for each look at `os.environ` or `os.getenv` outside of main, settings and services/local."""
    return [
        f"{source.name}:{line} reads the environment"
        for source in sources(root, *CODE)
        if source.module != SETS_UP
        and not within(source.module, *STARTS_PROCESSES)
        and source.module.split(".")[-1] not in MAY_READ
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
