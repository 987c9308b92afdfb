"""Public classes of one name: a reader who searches for a word should find one meaning."""

import ast
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.architecture.tree import CODE, ROOT, Source, sources

# Each process has its own, under the name that all of them look for.
BY_CONVENTION = frozenset({"Settings"})
# One idea that several parts have, each with the facts that it needs: a run of capacity is the run of slotting's books,
# a lane of master data is the lane of the network, and each service has its store, its units of work, its states.
SAME_IDEA = frozenset(
    """Agreement Allotment Ask By Cut Departure Facility Filter Happened Lane Ledger Licence Line Product Run
    Site Slot SlottingLedger State Store Threatened Unit Watcher""".split()
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
    return [f"{name}: {', '.join(files)}" for name, files in doubles(root).items() if name not in SAME_IDEA]


def done_with(root: Path = ROOT) -> list[str]:
    """The names that one class has now, and can leave the list."""
    return sorted(SAME_IDEA - doubles(root).keys())


def _classes_of(source: Source) -> list[str]:
    return [node.name for node in source.tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
