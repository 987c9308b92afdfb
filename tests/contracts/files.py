"""The contract files: where they lie, what is in them, and writing those of our first consumers."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pact import Pact

FOLDER = Path(__file__).parents[2] / "contracts"
PACTS = FOLDER / "pacts"
RELEASED = FOLDER / "released"


def pact_files(folder: Path = PACTS) -> list[Path]:
    """Every contract there is. A new file is verified because it lies there; no list names it."""
    return sorted(folder.glob("*.json"))


def interactions(file: Path) -> Iterator[dict[str, Any]]:
    """The interactions of a contract, as written."""
    yield from json.loads(file.read_text())["interactions"]


def interaction(file: Path, description: str) -> dict[str, Any]:
    """The interaction with this description."""
    return next(each for each in interactions(file) if each["description"] == description)


def text_of(pact: Pact) -> str:
    """The contract as its file says it, but for the versions of the library, which promise nothing."""
    with tempfile.TemporaryDirectory() as folder:
        pact.write_file(folder, overwrite=True)
        (file,) = pact_files(Path(folder))
        content = json.loads(file.read_text())
    content["metadata"].pop("pactRust", None)
    content["interactions"].sort(key=lambda each: each["description"])
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def file_of(consumer: str, folder: Path = PACTS) -> Path:
    """Where a consumer's contract lies."""
    return folder / f"{consumer}.json"
