"""Reads the source tree the way the checks see it."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("services", "adapters")
LEFT_OUT = {"__pycache__", "build", "dist", "node_modules"}
GENERATED = ("_pb2.py", "_pb2_grpc.py", "_pb2.pyi")


@dataclass(frozen=True)
class Import:
    """One imported name, as `package.module` or `package.module.name`, and where it stands."""

    name: str
    line: int


@dataclass(frozen=True)
class Source:
    """One Python file."""

    root: Path
    path: Path

    @property
    def name(self) -> str:
        """Path below the root, with forward slashes."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def module(self) -> str:
        """Dotted name; a package is named without its `__init__`."""
        parts = list(self.path.relative_to(self.root).with_suffix("").parts)
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def text(self) -> str:
        """What the file holds."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The file's syntax tree."""
        return ast.parse(self.text, self.name)

    def imports(self) -> Iterator[Import]:
        """Everything imported anywhere in the file, also inside functions; `from a import b` counts as `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                yield from (Import(f"{base}.{alias.name}" if base else alias.name, node.lineno) for alias in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.module.split(".") if self.path.name == "__init__.py" else self.module.split(".")[:-1]
        return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


def files(root: Path = ROOT, *below: str) -> Iterator[Path]:
    """Every file of the project, or of the named top-level folders, that a person wrote or a tool committed."""
    starts = [root / name for name in below] if below else [root]
    for start in starts:
        yield from sorted(_below(start))


def _below(start: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(start):
        folders[:] = [each for each in folders if not _is_left_out(each)]
        yield from (path for name in names if name != ".git" and (path := Path(folder, name)).is_file())


def sources(root: Path = ROOT, *below: str) -> list[Source]:
    """Every hand-written Python file of the named top-level folders."""
    found = (path for path in files(root, *below) if path.suffix == ".py" and not path.name.endswith(GENERATED))
    return [_of_project(path) if root == ROOT else Source(root, path) for path in found]


@cache
def _of_project(path: Path) -> Source:
    """A file of the project, parsed once for all checks."""
    return Source(ROOT, path)


def _is_left_out(folder: str) -> bool:
    """Tools keep what is theirs in folders with a dot; .ci is ours."""
    return folder in LEFT_OUT or (folder.startswith(".") and folder != ".ci")
