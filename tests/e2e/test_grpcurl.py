"""The running gateway answers a stranger's tool: grpcurl knows nothing of us but the address and reflection."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest
from doselane.slotting.v1 import slotting_pb2 as slotting
from google.protobuf.json_format import MessageToDict

from services.kernel.ids import uuid7
from tests.support import tools
from tests.support.gateway import Desk


@pytest.fixture(scope="module")
def binary() -> Path:
    """The tool, built from its Go module; without Go the tests are skipped, saying so."""
    return tools.grpcurl()


@pytest.fixture
def desk(shared_desk: Desk) -> Desk:
    """One gateway for all: a tool of others changes little."""
    return shared_desk


async def grpcurl(binary: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tool beside the gateway."""
    command = [str(binary), "-plaintext", "-max-time", "10", *arguments]
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)


async def test_it_lists_and_describes_the_services(desk: Desk, binary: Path):
    listed = await grpcurl(binary, desk.gateway.grpc_target, "list")
    assert {"doselane.slotting.v1.SlottingService", "grpc.health.v1.Health"} <= set(listed.stdout.split())
    described = await grpcurl(binary, desk.gateway.grpc_target, "describe", "doselane.slotting.v1.ClaimSlotRequest")
    assert "SlotDemand demand" in described.stdout


async def test_it_is_told_that_all_is_well(desk: Desk, binary: Path):
    health = await grpcurl(binary, desk.gateway.grpc_target, "grpc.health.v1.Health/Check")
    assert json.loads(health.stdout) == {"status": "SERVING"}


async def test_it_claims_a_slot_and_is_told_why_when_it_cannot(desk: Desk, binary: Path):
    run = await desk.open_run(vials=1)
    claim = MessageToDict(slotting.ClaimSlotRequest(demand=desk.demand(run)))
    token = ["-H", f"authorization: Bearer {desk.sponsor()}"]
    answers = [
        await grpcurl(
            binary,
            *token,
            "-d",
            json.dumps({**claim, "requestId": str(uuid7())}),
            desk.gateway.grpc_target,
            "doselane.slotting.v1.SlottingService/ClaimSlot",
        )
        for _ in range(2)
    ]
    assert json.loads(answers[0].stdout)["state"] == "CONFIRMED"
    assert answers[1].returncode != 0
    for words in ("FailedPrecondition", "RUN_FULL", "pool_free_vials", "google.rpc.ErrorInfo"):
        assert words in answers[1].stderr


async def test_it_is_turned_away_without_a_token(desk: Desk, binary: Path):
    answer = await grpcurl(binary, desk.gateway.grpc_target, "doselane.slotting.v1.SlottingService/ListSlots")
    assert "Unauthenticated" in answer.stderr and "TOKEN_MISSING" in answer.stderr
