"""Requests generated from the OpenAPI document, valid and not, as a sponsor and as staff: no fault of ours comes to
light, and every answer is as described. A few requests a call, always the same; the long form makes many, and others
each time."""

import asyncio
import json
import re
import sys
from pathlib import Path

import httpx
import pytest

from services.local.world import MANUFACTURER, NORTHLAKE
from tests.support.calls import SCOPES, STREAMS
from tests.support.gateway import Desk

PROGRAM = Path(sys.executable).with_name("schemathesis")
ROLES = {"sponsor": (NORTHLAKE, SCOPES), "operator": (MANUFACTURER, (*SCOPES, "operator"))}
# 503 and 504 are documented answers. A stream has no end to wait for; other tests check its events.
CONFIG = """
[checks]
not_a_server_error.expected-statuses = ["2xx", "4xx", 503, 504]
"""
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance"
)


@pytest.fixture
def desk(shared_desk: Desk) -> Desk:
    """One gateway for all: each role begins by a claim of its own."""
    return shared_desk


@pytest.mark.slow
async def test_no_generated_request_finds_a_fault(desk: Desk, tmp_path: Path):
    """Staff may make most calls; what sponsors are answered to each is looked at in the contracts' tests."""
    await _find_nothing(
        desk, tmp_path, "operator", "--max-examples", "1", "--phases", "fuzzing", "--generation-deterministic"
    )


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
async def test_no_fault_is_found_in_minutes(desk: Desk, tmp_path: Path, role: str):
    await _find_nothing(desk, tmp_path, role, "--max-examples", "20", "--phases", "examples,coverage,fuzzing")


async def _find_nothing(desk: Desk, folder: Path, role: str, *how: str) -> None:
    await desk.claim(await desk.open_run(), desk.sponsor())
    partner, scopes = ROLES[role]
    (folder / "schemathesis.toml").write_text(CONFIG)
    async with httpx.AsyncClient(base_url=desk.gateway.rest_url, timeout=60) as client:
        document = (await client.get("/openapi.json")).json()
    # Whatever is not described is a violation: the catch-all is for readers.
    for path in document["paths"].values():
        for operation in path.values():
            del operation["responses"]["default"]
    (folder / "openapi.json").write_text(json.dumps(document))
    streams = [option for method in STREAMS for option in ("--exclude-operation-id", _operation_id(method))]
    command = [
        *(str(PROGRAM), "--config-file", "schemathesis.toml", "run", "openapi.json", "--url", desk.gateway.rest_url),
        *("--header", f"Authorization: Bearer {desk.gateway.token(partner, *scopes)}", "--checks", CHECKS),
        *("--workers", "1", "--request-timeout", "60", "--no-color", "--continue-on-failure", *streams, *how),
    ]
    running = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = (await running.communicate())[0].decode()
    assert running.returncode == 0, said[-20_000:]
    # So often it looked: at each call at least once.
    tried, calls = re.search(r"([\d,]+) generated", said), sum(len(path) for path in document["paths"].values())
    assert tried and int(tried[1].replace(",", "")) >= calls - len(STREAMS), said


def _operation_id(method: str) -> str:
    name = method.partition("/")[2]
    return name[0].lower() + name[1:]
