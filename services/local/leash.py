"""Keeps a server on a leash: it stops when its owner says so, and also when its owner dies without a word.

A server that outlives a killed gateway holds its data, its port and its memory. So a small process stands between:
it is the server's parent, and reads a pipe from the owner. The end of that pipe, which the kernel brings about even
on kill -9, means "stop the server".
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

GRACE_SECONDS = 30


@dataclass(frozen=True)
class Leash:
    """The owner's end: tells the server's pid, sends it signals, waits for its end."""

    holder: subprocess.Popen[bytes]
    pid: int

    @property
    def alive(self) -> bool:
        """Whether the server is still running."""
        return self.holder.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the server; nothing happens if it has already ended."""
        assert self.holder.stdin is not None
        try:
            self.holder.stdin.write(b"%d\n" % number)
            self.holder.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass  # The server ended before the signal reached it, which is what a signal to it can bring about.

    def stop(self, number: signal.Signals, within_seconds: float = GRACE_SECONDS) -> None:
        """Asks with `number`, waits, and kills what has not ended in time."""
        self.send(number)
        try:
            self.holder.wait(within_seconds)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
        self.close()

    def close(self) -> None:
        """Waits for the end and lets go of the pipes."""
        assert self.holder.stdin is not None and self.holder.stdout is not None
        self.holder.wait()
        self.holder.stdout.close()
        try:
            self.holder.stdin.close()
        except BrokenPipeError:
            pass  # A signal that was sent while the server ended is still in the buffer; nobody is left to read it.


def start(
    command: Sequence[str],
    *,
    log: BinaryIO,
    directory: Path,
    environment: Mapping[str, str],
    on_death: signal.Signals,
    user: tuple[int, int] | None = None,
) -> Leash:
    """Starts `command` in a session of its own, so that a Ctrl-C in the terminal does not reach it before its owner.

    `on_death` is what the server gets when the owner is gone; `user` is the (uid, gid) it runs as, when not ours.
    """
    who = "-" if user is None else f"{user[0]}:{user[1]}"
    holder = subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(int(on_death)), who, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        cwd=directory,
        env=dict(environment),
        start_new_session=True,
    )
    assert holder.stdout is not None
    first = holder.stdout.readline()
    if not first:
        holder.wait()
        raise OSError(f"{command[0]} could not be started")
    return Leash(holder, int(first))


def hold(on_death: int, who: str, command: Sequence[str]) -> int:
    """The middle process: starts the server, passes signals on, stops it when the owner's pipe ends."""
    ids: dict[str, object] = {}
    if who != "-":
        uid, gid = (int(part) for part in who.split(":"))
        ids = {"user": uid, "group": gid, "extra_groups": []}
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, **ids)  # type: ignore[call-overload]
    print(server.pid, flush=True)

    def obey() -> None:
        for line in sys.stdin.buffer:
            server.send_signal(int(line))
        server.send_signal(on_death)
        try:
            server.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()

    threading.Thread(target=obey, daemon=True).start()
    return int(server.wait())


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Only the owner, or its death, ends the server. Not SIG_IGN: the server would inherit that, and Java keeps it.
        signal.signal(number, lambda *_: None)
    # os._exit, because the thread may still sit in a read that the interpreter would wait for.
    os._exit(hold(int(sys.argv[1]), sys.argv[2], sys.argv[3:]) & 0xFF)
