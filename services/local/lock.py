"""A lock between processes that the kernel releases when its holder dies, however it dies."""

import fcntl
from pathlib import Path
from typing import IO


class AlreadyRunning(RuntimeError):
    """Another process holds the lock."""


def lock(path: Path, *, wait: bool = False) -> IO[str]:
    """Takes the lock and answers the open file that holds it; closing the file gives it back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError as held:
        file.close()
        raise AlreadyRunning(str(path)) from held
    return file
