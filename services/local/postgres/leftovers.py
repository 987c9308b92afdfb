"""What a server that lost its owner left behind: a process, its children, a pid file, a socket."""

import shutil
import signal
import time
from pathlib import Path

import psutil

from services.local import leash
from services.local.postgres.binaries import PostgresUnavailable


def stop_what_was_left(data_dir: Path) -> None:
    """Stops the server of an owner that was killed, and forgets a pid file whose process is gone.

    We hold the lock, so no living owner can be using that server.
    """
    lines = postmaster_lines(data_dir)
    process = _postmaster(int(lines[0]), data_dir) if lines and lines[0].isdigit() else None
    if process is not None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(leash.GRACE_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
    wait_for_children_to_leave(data_dir)
    (data_dir / "postmaster.pid").unlink(missing_ok=True)
    if len(lines) > 4 and Path(lines[4]).name.startswith("doselane-"):
        shutil.rmtree(lines[4], ignore_errors=True)


def wait_for_children_to_leave(data_dir: Path) -> None:
    """Children of a killed server notice within moments; two servers' children on one data would ruin it."""
    deadline = time.monotonic() + leash.GRACE_SECONDS
    while time.monotonic() < deadline:
        if not any(_works_in(process, data_dir) for process in psutil.process_iter(["name"])):
            return
        time.sleep(0.02)
    raise PostgresUnavailable(f"Processes of an earlier server still use {data_dir}.")


def postmaster_lines(data_dir: Path) -> list[str]:
    """What postmaster.pid holds; nothing when there is none."""
    try:
        return (data_dir / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _postmaster(pid: int, data_dir: Path) -> psutil.Process | None:
    """The process with this id if it is a server on this data; ids are reused, so the number alone proves nothing."""
    try:
        process = psutil.Process(pid)
        return process if str(data_dir) in process.cmdline() else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def _works_in(process: psutil.Process, data_dir: Path) -> bool:
    try:
        return process.info["name"] == "postgres" and process.cwd() == str(data_dir)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False  # Gone meanwhile, or of another user and so not on our data.
