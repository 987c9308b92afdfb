"""Processes that start in a moment: a server that has imported every service, and forks for each that is wanted.

It runs nothing itself, neither a loop nor gRPC, so that there is nothing that a fork could tear.
"""

import asyncio
import gc
import importlib
import json
import os
import selectors
import signal
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

READY_S = 120.0
MODULE = "tests.support.forking"


class ForkedProcess:
    """A process that the server forked. `ended` is done once it has ended, however it did."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal, unless it has ended."""
        if not self.ended.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class ForkServer:
    """Entered, it has imported what it was told to; left, it has ended with all that it forked."""

    def __init__(self, *imported: str) -> None:
        self._imported = imported
        self._one_at_a_time = asyncio.Lock()
        self._processes: dict[int, ForkedProcess] = {}
        self._started: asyncio.Future[ForkedProcess]
        self._server: asyncio.subprocess.Process
        self._reading: asyncio.Task[None]

    async def __aenter__(self) -> "ForkServer":
        pipe = asyncio.subprocess.PIPE
        self._server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", MODULE, *self._imported, stdin=pipe, stdout=pipe
        )
        assert self._server.stdout is not None
        async with asyncio.timeout(READY_S):
            if not await self._server.stdout.readline():
                raise RuntimeError("what was to fork ended before it was ready")
        self._reading = asyncio.create_task(self._read(self._server.stdout))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server.stdin is not None
        self._server.stdin.close()
        await self._server.wait()
        await self._reading

    async def start(self, module: str, environment: Mapping[str, str], log: Path) -> ForkedProcess:
        """Runs the `main` of a module, one that was imported, in a process of its own that writes to `log`."""
        assert self._server.stdin is not None
        async with self._one_at_a_time:
            self._started = asyncio.get_running_loop().create_future()
            wanted = {"module": module, "environment": dict(environment), "log": str(log)}
            self._server.stdin.write(json.dumps(wanted).encode() + b"\n")
            return await self._started

    async def _read(self, told: asyncio.StreamReader) -> None:
        while line := await told.readline():
            what, pid = line.split()
            if what == b"started":
                self._processes[int(pid)] = ForkedProcess(int(pid))
                self._started.set_result(self._processes[int(pid)])
            else:
                self._processes.pop(int(pid)).ended.set_result(None)


def _serve(imported: list[str]) -> None:
    """Forks as it is told, and tells who has ended, until nobody is there to tell it anything."""
    for name in imported:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    woken, wakes = os.pipe()
    for end in (woken, wakes):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    waiting = selectors.DefaultSelector()
    waiting.register(sys.stdin.fileno(), selectors.EVENT_READ)
    waiting.register(woken, selectors.EVENT_READ)
    running: set[int] = set()
    orders = b""
    _tell("ready", os.getpid())
    while True:
        for key, _ in waiting.select():
            if key.fd == woken:
                os.read(woken, 4096)
                running -= _told_ends()
                continue
            read = os.read(key.fd, 1 << 16)
            if not read:
                return _end(running)
            *whole, orders = (orders + read).split(b"\n")
            for order in whole:
                running.add(_fork(json.loads(order)))


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _run(order)
    _tell("started", pid)
    return pid


def _run(order: dict[str, Any]) -> None:
    """What a forked process does; it never returns."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.update(order["environment"])
        importlib.import_module("services.kernel.process").main(sys.modules[order["module"]].main)
        code = 0
    except BaseException:  # noqa: BLE001  whatever it was, the log has it, and the fork must not go on as the server
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _told_ends() -> set[int]:
    ended = set[int]()
    with suppress(ChildProcessError):
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            ended.add(pid)
            _tell("ended", pid)
    return ended


def _tell(what: str, pid: int) -> None:
    with suppress(BrokenPipeError):
        os.write(1, f"{what} {pid}\n".encode())


def _end(running: set[int]) -> None:
    for pid in running:  # of which some may have ended just now
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    _serve(sys.argv[1:])
