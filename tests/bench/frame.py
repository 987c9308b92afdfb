"""What benches have alike: what is asked of them, and a PostgreSQL for as long as they run."""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from services.local import postgres
from services.local.postgres import Postgres


def asked_of(bench: str, cases: Sequence[str], argv: list[str]) -> tuple[list[str], float]:
    """The cases to run, in their own order, all if none is named, and for how many seconds each is measured."""
    parser = argparse.ArgumentParser(f"tests.bench {bench}")
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--seconds", type=float, default=5.0)
    asked = parser.parse_args(argv)
    return [case for case in cases if not asked.case or case in asked.case], asked.seconds


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="doselane-bench-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@contextmanager
def database_server() -> Iterator[Postgres]:
    """A PostgreSQL with a folder of its own."""
    with folder() as made, postgres.start(made / "postgres") as running:
        yield running
