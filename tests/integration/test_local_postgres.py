"""The embedded PostgreSQL keeps its promises: durable, found again, never left behind."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from services.local import postgres
from services.local.postgres import PostgresUnavailable
from tests.architecture.tree import ROOT

OWNER = """
import sys, pathlib
from services.local import postgres
server = postgres.start(pathlib.Path(sys.argv[1]))
server.execute("CREATE TABLE kept AS SELECT 7 AS n")
print(server.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Where a server will make its data."""
    with tempfile.TemporaryDirectory(prefix="doselane test ") as folder:
        yield Path(folder) / "postgres"


@pytest.fixture(scope="module")
def first_data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="doselane test ") as folder:
        postgres.start(Path(folder) / "postgres").stop()
        yield Path(folder) / "postgres"


@pytest.fixture
def used_dir(first_data: Path, data_dir: Path) -> Path:
    """Where a server has made its data before: to copy that is much quicker than to make it."""
    subprocess.run(["cp", "-a", str(first_data), str(data_dir)], check=True)  # with its owner
    return data_dir


async def test_a_second_start_finds_the_data_of_the_first(data_dir: Path) -> None:
    for start in (1, 2):
        with postgres.start(data_dir) as server:
            connection = await asyncpg.connect(server.create_database("of doses"))
            await connection.execute("CREATE TABLE IF NOT EXISTS starts (n int)")
            await connection.execute("INSERT INTO starts VALUES ($1)", start)
            assert await connection.fetchval("SELECT count(*) FROM starts") == start
            await connection.close()
        assert not psutil.pid_exists(server.pid)


def test_what_is_acknowledged_is_on_disk(used_dir: Path) -> None:
    with postgres.start(used_dir) as server:
        shown = [server.execute(f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]
    assert shown == ["on", "on", "on"]


def test_a_crash_loses_nothing_that_was_acknowledged(used_dir: Path) -> None:
    server = postgres.start(used_dir)
    server.execute("CREATE TABLE kept AS SELECT 7 AS n")
    server.kill()
    with postgres.start(used_dir) as server:
        assert server.execute("SELECT n FROM kept") == "7"


def test_the_server_ends_when_its_owner_is_killed(used_dir: Path) -> None:
    owner = start_owner(used_dir)
    server = psutil.Process(owner.server_pid)
    owner.process.kill()
    owner.process.wait()
    server.wait(timeout=30)
    with postgres.start(used_dir) as again:
        assert again.execute("SELECT n FROM kept") == "7"


def test_a_server_that_was_left_behind_is_replaced(used_dir: Path) -> None:
    owner = start_owner(used_dir)
    leash = psutil.Process(owner.server_pid).parent()
    assert leash is not None
    leash.kill()
    owner.process.kill()
    owner.process.wait()
    assert psutil.pid_exists(owner.server_pid)
    with postgres.start(used_dir) as again:
        assert again.pid != owner.server_pid
        assert again.execute("SELECT n FROM kept") == "7"
    assert not psutil.pid_exists(owner.server_pid)


def test_two_owners_of_one_directory_are_refused(used_dir: Path) -> None:
    with postgres.start(used_dir), pytest.raises(PostgresUnavailable, match="Another process"):
        postgres.start(used_dir)


def test_a_wrong_setting_is_reported_in_the_words_of_the_server(used_dir: Path) -> None:
    with pytest.raises(PostgresUnavailable, match="work_memory"):
        postgres.start(used_dir, settings={"work_memory": "1MB"})


def test_a_path_too_long_for_a_socket_works_too(data_dir: Path) -> None:
    with postgres.start(data_dir.parent / ("long" * 30) / "postgres") as server:
        assert server.execute("SELECT 1") == "1"
    assert not server.socket_dir.exists()


def test_the_surroundings_of_the_server_can_be_added_to(used_dir: Path) -> None:
    with postgres.start(used_dir, environment={"DOSELANE_PROBE": "seen"}) as server:
        assert psutil.Process(server.pid).environ()["DOSELANE_PROBE"] == "seen"


class Owner:
    """A process that owns a server, and can be killed."""

    def __init__(self, process: "subprocess.Popen[str]", server_pid: int) -> None:
        self.process = process
        self.server_pid = server_pid


def start_owner(data_dir: Path) -> Owner:
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    return Owner(process, int(process.stdout.readline()))
