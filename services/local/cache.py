"""What is fetched or built once for this user and used by every checkout and every run."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from services.local.lock import lock


def cache_dir() -> Path:
    """`DOSELANE_CACHE`, or the user's cache folder."""
    named = os.environ.get("DOSELANE_CACHE")
    if named:
        return Path(named).absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "doselane"


def once(name: str, make: Callable[[Path], None]) -> Path:
    """The cached folder `name`, made by `make(empty_folder)` if it is not there yet.

    Two processes that ask at once wait for each other, and one that dies half-way leaves nothing that looks finished.
    """
    place = cache_dir() / name
    if not place.exists():
        with lock(place.with_name(name + ".lock"), wait=True):
            if not place.exists():
                fresh = Path(tempfile.mkdtemp(prefix=name + ".", dir=place.parent))
                try:
                    make(fresh)
                    fresh.chmod(0o755)
                    fresh.replace(place)
                finally:
                    shutil.rmtree(fresh, ignore_errors=True)
    return place
