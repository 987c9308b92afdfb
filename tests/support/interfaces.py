"""Definitions and samples by the owners of outside systems. They lie beside our checkout; a user's has none."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "interfaces"


def interface(name: str) -> Path:
    """A file or folder of the definitions; skips the test where there is none."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"there is no {path}: the definitions are not part of a checkout")
    return path


def json_interface(name: str) -> Any:
    """A definition that is JSON."""
    return json.loads(interface(name).read_bytes())


def samples(folder: str, pattern: str) -> list[Any]:
    """Parameters for a test of each sample; one that skips where there are none."""
    found = sorted((FOLDER / folder).glob(pattern))
    if not found:
        reason = f"there is no {FOLDER / folder}: the samples are not part of a checkout"
        return [pytest.param(FOLDER, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(path, id=path.name) for path in found]
