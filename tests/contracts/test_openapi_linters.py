"""Both OpenAPI documents, and the AsyncAPI one, have no error under the linters that readers of ours use."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from services.edge import api, openapi
from tests.contracts import asyncapi
from tests.support.tools import OPENAPI_LINTERS, openapi_linters


@pytest.fixture
def documents(tmp_path: Path) -> list[str]:
    """The two documents as files."""
    document = openapi.document(api.load(), "1.0.0", "/oauth/token", "https://doselane.example")
    for name, dialect in (("openapi.json", openapi.as_3_1), ("openapi-3.0.json", openapi.as_3_0)):
        (tmp_path / name).write_text(json.dumps(dialect(document)))
    return [str(each) for each in sorted(tmp_path.glob("*.json"))]


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        pytest.param(
            "spectral",
            ["lint", "--fail-severity", "error", "--ruleset", str(OPENAPI_LINTERS / "spectral.yaml")],
            marks=pytest.mark.long,  # half a minute; what it finds is mostly what the other one finds
        ),
        ("redocly", ["lint", str(asyncapi.FILE)]),
    ],
)
def test_a_linter_finds_no_error(documents: list[str], program: str, arguments: Sequence[str], tmp_path: Path):
    quiet = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    command = [str(openapi_linters() / program), *arguments, *documents]
    answer = subprocess.run(command, env=quiet, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("program", "rest"),
    [
        ("spectral", {"openapi": "3.1.0", "paths": {}}),
        ("redocly", {"openapi": "3.1.0", "paths": {}}),
        ("redocly", {"asyncapi": "3.0.0", "channels": {}}),
    ],
    ids=["spectral", "redocly", "redocly of events"],
)
def test_a_linter_finds_a_seeded_error(tmp_path: Path, program: str, rest: dict[str, Any]):
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({**rest, "info": {"title": "No version"}}))
    more = ["--ruleset", str(OPENAPI_LINTERS / "spectral.yaml")] if program == "spectral" else []
    command = [str(openapi_linters() / program), "lint", *more, str(broken)]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0
