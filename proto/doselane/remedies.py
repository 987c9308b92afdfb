"""What to do about each reason: one table, for the documentation and for whoever gets an error."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def what_to_do() -> Mapping[str, str | Mapping[str, str]]:
    """The table, by reason; of a reason that no class explains it says what it means, too."""
    found: Mapping[str, Any] = yaml.safe_load((files("doselane") / "what_to_do.yaml").read_text("utf-8"))
    return found


def remedy(reason: str) -> str:
    """What to do about a reason, in a sentence; empty for one that the table lacks, such as a newer gateway's."""
    said = what_to_do().get(reason, "")
    return said if isinstance(said, str) else said["do"]
