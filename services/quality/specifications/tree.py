"""YAML as nodes that know their lines; anchors, tags, deep nesting and repeated keys are refused."""

import yaml

from services.kernel.errors import Invalid

BYTES_MAX = 256 * 1024
DEPTH_MAX = 12


class NotYaml(Invalid):
    """The text is no YAML, or uses what no specification needs."""

    reason = "NOT_YAML"


class _Loader(yaml.SafeLoader):
    """Composes nodes and constructs nothing."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()
        line = event.start_mark.line + 1
        if getattr(event, "anchor", None) is not None:
            raise not_yaml("anchors and aliases are not taken", line)
        if getattr(event, "tag", None) is not None:
            raise not_yaml("tags are not taken", line)
        if self.depth >= DEPTH_MAX:
            raise not_yaml(f"it is nested deeper than {DEPTH_MAX} levels", line)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def tree_of(text: str) -> yaml.Node:
    """The text as nodes; NotYaml, naming the line, if it is not taken."""
    if len(text.encode("utf-8", "replace")) > BYTES_MAX:
        raise not_yaml(f"it is larger than {BYTES_MAX // 1024} KiB", 1)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark
        raise not_yaml(wrong.problem or "it cannot be read", mark.line + 1 if mark else 1) from wrong
    except yaml.YAMLError as wrong:
        raise not_yaml("it holds a character that no YAML may hold", 1) from wrong
    if node is None:
        raise not_yaml("it is empty", 1)
    return node


def line_of(node: yaml.Node) -> int:
    """The line on which it begins; the first is 1."""
    return node.start_mark.line + 1


def not_yaml(what: str, line: int) -> NotYaml:
    """The text cannot be read, from this line on."""
    return NotYaml(f"The specification cannot be read: {what} (line {line}).", line=line)
