"""Public classes of one name: a reader who searches for a word should find one meaning."""

import ast
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.architecture.tree import CODE, ROOT, Source, sources

# What every part has under the name that a reader looks for: its settings, the way into its tables, one transaction.
BY_CONVENTION = frozenset({"Settings", "Store", "Unit"})
_AS_STATED = "master data's as it was stated, where anything may be missing; the network's as one reckons with it"
_IN_THE_LEDGER = "capacity's in full, as it is planned; slotting's with what claims are judged by"
# Names that two classes have for one idea, with the reason why they are two.
SAME_IDEA = {
    **dict.fromkeys("Agreement Departure Facility Lane Licence Line Product Site".split(), _AS_STATED),
    **dict.fromkeys(("Run", "Allotment"), _IN_THE_LEDGER),
    "State": "where the thing that a service owns stands: a run, a slot, a batch, a proposal, each with its words",
}


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
    return sorted(SAME_IDEA.keys() - doubles(root).keys())


def _classes_of(source: Source) -> list[str]:
    return [node.name for node in source.tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
