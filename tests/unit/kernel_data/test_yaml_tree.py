"""YAML as a tree: what it says, on which line, and what is refused with the line on which it stands."""

from typing import Any

import pytest

from services.kernel.errors import Invalid
from services.kernel.yaml_tree import DEPTH_MAX, Node, tree_of


def plain(node: Node) -> Any:
    """The tree without its lines."""
    if node.entries is not None:
        return {name: plain(each) for name, each in node.entries.items()}
    if node.items is not None:
        return [plain(each) for each in node.items]
    return None if node.is_null else node.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: [x, {c: y}]\n", {"a": "1", "b": ["x", {"c": "y"}]}),
        ("a: true\nb: 0o17\nc: 2026-11-26", {"a": "true", "b": "0o17", "c": "2026-11-26"}),
        *((f"a: {null}", {"a": None}) for null in ("", "~", "null", "Null", "NULL")),
        *((f"a: {text}", {"a": text}) for text in ("nULL", "none", "0")),
        ('a: ""', {"a": ""}),
        ("a: 'null'", {"a": "null"}),
        ("a: []\nb: {}", {"a": [], "b": {}}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
    ],
)
def test_texts_stay_texts_and_only_what_says_nothing_is_null(text: str, said: Any) -> None:
    assert plain(tree_of(text)) == said


def test_each_part_knows_its_line() -> None:
    tree = tree_of("a:\n  b: 1\n\n  c:\n    - x\n    - y\n")
    assert tree.entries is not None
    inner = tree.entries["a"].entries or {}
    assert (tree.line, inner["b"].line, [each.line for each in inner["c"].items or []]) == (1, 2, [5, 6])


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("a: 1\nb: 2\na: 3", "'a' is there twice", 3),
        ("a: &x 1", "anchors and aliases", 1),
        ("a: 1\nb: *x", "anchors and aliases", 2),
        ("a: !!int 1", "tags are not supported", 1),
        ("a: 1\n---\nb: 2", "one document only", 3),
        ("[a]: 1", "a key must be a plain text", 1),
        ("", "it is empty", 1),
        ("a: \x07", "no YAML may hold", 1),
        ("[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1), f"deeper than {DEPTH_MAX} levels", 1),
    ],
)
def test_what_is_no_such_yaml_is_refused_with_its_line(text: str, words: str, line: int) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        tree_of(text)
    assert (refused.value.facts["field"], refused.value.facts["line"]) == ("yaml", str(line))


def test_as_deep_as_may_be_is_read() -> None:
    assert tree_of("[" * DEPTH_MAX + "]" * DEPTH_MAX).items
