"""Public classes of one name: a reader who searches for a word should find one meaning."""

import ast
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.architecture.tree import CODE, ROOT, Source, sources

# Each process has its own, under the name that all of them look for.
BY_CONVENTION = frozenset({"Settings"})
# Found on 2026-11-25, when this was first asked. Names leave this list as their classes are renamed or become one;
# none is added.
LEFT_TO_RENAME = frozenset(
    {
        "Account",
        "Agreement",
        "Allotment",
        "Ask",
        "Binding",
        "Body",
        "Broken",
        "Bucket",
        "Busy",
        "Claim",
        "Client",
        "Conflict",
        "Cut",
        "Delivery",
        "Demand",
        "Departure",
        "Draft",
        "Entry",
        "Event",
        "Facility",
        "Filter",
        "Found",
        "Happened",
        "Kind",
        "Lane",
        "Ledger",
        "Licence",
        "Line",
        "Move",
        "Order",
        "Page",
        "Part",
        "Place",
        "Plan",
        "Problem",
        "Product",
        "Progress",
        "Refused",
        "Release",
        "Route",
        "Routes",
        "Run",
        "RunState",
        "Signature",
        "Site",
        "Slot",
        "SlottingLedger",
        "Source",
        "Standing",
        "State",
        "Store",
        "Terms",
        "Threatened",
        "Unit",
        "Wanted",
        "Watcher",
        "Wish",
        "World",
    }
)


def doubles(root: Path = ROOT) -> Mapping[str, list[str]]:
    """The names that more than one public class has, and the files of those classes."""
    found: dict[str, list[str]] = defaultdict(list)
    for source in sources(root, *CODE):
        for name in _classes_of(source):
            found[name].append(source.name)
    return {name: files for name, files in found.items() if len(files) > 1 and name not in BY_CONVENTION}


def new_doubles(root: Path = ROOT) -> list[str]:
    """One line for each name that came to mean a second thing."""
    return [f"{name}: {', '.join(files)}" for name, files in doubles(root).items() if name not in LEFT_TO_RENAME]


def done_with(root: Path = ROOT) -> list[str]:
    """The names that mean one thing now, and can leave the list."""
    return sorted(LEFT_TO_RENAME - doubles(root).keys())


def _classes_of(source: Source) -> list[str]:
    return [node.name for node in source.tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
