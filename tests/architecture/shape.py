"""Sizes, docstrings and annotations of the hand-written code."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import CODE, ROOT, Source, files, sources

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
FILE_LINES_P95_MAX = 300

Function = ast.FunctionDef | ast.AsyncFunctionDef
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def long_functions(root: Path = ROOT) -> list[str]:
    """One line for each function that does not fit a screen."""
    return [
        f"{source.name}:{node.lineno} {node.name} has {length} lines"
        for source in sources(root, *CODE, "tests", "proto")
        for node in ast.walk(source.tree)
        if isinstance(node, Function)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]


def file_lengths(root: Path = ROOT) -> dict[str, int]:
    """Lines of each hand-written Python and SQL file; the near-empty `__init__` would only flatter the figures."""
    written = [source.path for source in sources(root, *CODE, "tests", "proto")]
    sql = [path for path in files(root, *CODE) if path.suffix == ".sql"]
    lengths = {path.relative_to(root).as_posix(): len(path.read_text("utf-8").splitlines()) for path in written + sql}
    return {name: length for name, length in lengths.items() if length > 3}


def undocumented(root: Path = ROOT) -> list[str]:
    """One line for each public module, class or function without a docstring."""
    return [line for source in sources(root, *CODE) for line in _undocumented_in(source)]


def unannotated(root: Path = ROOT) -> list[str]:
    """One line for each parameter or result whose type is not said."""
    return [
        f"{source.name}:{node.lineno} {node.name} does not say the type of {what}"
        for source in sources(root, *CODE)
        for node in ast.walk(source.tree)
        if isinstance(node, Function)
        for what in _untyped(node)
    ]


def _undocumented_in(source: Source) -> Iterator[str]:
    if ast.get_docstring(source.tree) is None:
        yield f"{source.name}:1 has no docstring"
    for node in _public(source.tree):
        if ast.get_docstring(node) is None:
            yield f"{source.name}:{node.lineno} {node.name} has no docstring"


def _public(parent: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    """Definitions that others can name: not private, not inside a function, not a repeat of one that has its text."""
    for node in parent.body:
        if isinstance(node, DEFINITIONS) and not node.name.startswith("_") and not _says_it_elsewhere(node):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def _says_it_elsewhere(node: Function | ast.ClassDef) -> bool:
    names = [ast.unparse(decorator).split(".")[-1] for decorator in node.decorator_list]
    return any(name in ("overload", "override", "setter") for name in names)


def _untyped(node: Function) -> Iterator[str]:
    spec = node.args
    named = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *filter(None, (spec.vararg, spec.kwarg))]
    for position, argument in enumerate(named):
        if argument.annotation is None and not (position == 0 and argument.arg in ("self", "cls")):
            yield argument.arg
    if node.returns is None:
        yield "its result"
