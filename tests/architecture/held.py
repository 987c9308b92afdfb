"""No connection is held while another service is asked: that may take seconds, and a pool has ten."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import ROOT, Source, sources

# What opens a connection, or a transaction on one, for as long as its block lasts.
OPENERS = frozenset({"acquire", "changing", "reader", "reading", "transaction", "unit"})
# What runs the function that it is given in a transaction.
PERFORMERS = frozenset({"perform"})
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def held_while_asking(root: Path = ROOT) -> list[str]:
    """One line for each call of another service within a block that holds a connection."""
    return [
        f"{source.name}:{call.lineno} asks another service while a connection is held"
        for source in sources(root, "services")
        for call in _asked_while_held(source)
    ]


def _asked_while_held(source: Source) -> Iterator[ast.Call]:
    functions = {node.name: node for node in ast.walk(source.tree) if isinstance(node, FUNCTIONS)}
    asking = _asking(functions)
    for block in _holding(source.tree, functions):
        yield from (call for call in _calls(block) if _asks(call, asking))


def _asking(functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef]) -> set[str]:
    """The functions of a module that ask another service, themselves or by one of the others."""
    found: set[str] = set()
    while True:
        more = {name for name, node in functions.items() if any(_asks(call, found) for call in _calls(node))}
        if more == found:
            return found
        found = more


def _asks(call: ast.Call, asking: set[str]) -> bool:
    """Whoever asks another service says on whose behalf."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    on_behalf = any(_last_name(each) == "behalf" for each in given)
    return (on_behalf and isinstance(call.func, ast.Attribute)) or _last_name(call.func) in asking


def _holding(tree: ast.AST, functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef]) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncWith) and any(_opens(item.context_expr) for item in node.items):
            yield from node.body
        if isinstance(node, ast.Call) and _last_name(node.func) in PERFORMERS:
            yield from (functions[name] for each in node.args if (name := _last_name(each)) in functions)


def _opens(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OPENERS


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
