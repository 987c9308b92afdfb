"""Contracts from the command line.

python -m tests.contracts verify FILE...    as `doselane contracts verify`; all of ours when none is named
python -m tests.contracts write             write the contracts of our first consumers, and ours with vendors
python -m tests.contracts asyncapi          write the AsyncAPI document from the protos
python -m tests.contracts deprecations      write the page of what will go away, from the protos
python -m tests.contracts release           make today's REST and protos the ones that later changes must not break
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from services.local.contracts import command
from services.local.contracts.command import say
from services.local.contracts.descriptors import descriptors_of_today
from tests.contracts import asyncapi, deprecations, released, vendors
from tests.contracts.consumers import CONTRACTS
from tests.contracts.files import PACTS, file_of, pact_files, text_of


def main(argv: Sequence[str] | None = None) -> int:
    """Does what the command line says; the exit code."""
    parser = argparse.ArgumentParser(
        "tests.contracts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("verify", "write", "asyncapi", "deprecations", "release"))
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    asked = parser.parse_args(argv)
    if asked.files and asked.command != "verify":
        parser.error(f"{asked.command} takes no files")
    if missing := [str(file) for file in asked.files if not file.is_file()]:
        parser.error(f"there is no file {', '.join(missing)}")
    if asked.command == "verify":
        return command.verify_files(asked.files or pact_files())
    commands = {
        "write": _write,
        "asyncapi": _asyncapi,
        "deprecations": _deprecations,
        "release": _release,
    }
    return commands[asked.command]()


def _write() -> int:
    for contracts, folder in ((CONTRACTS, PACTS), (vendors.CONTRACTS, vendors.VENDORS)):
        for consumer, contract in contracts.items():
            file = file_of(consumer, folder)
            file.write_text(text_of(contract()))
            say(f"wrote {file}")
    return 0


def _asyncapi() -> int:
    asyncapi.FILE.write_text(asyncapi.text())
    say(f"wrote {asyncapi.FILE}")
    return 0


def _deprecations() -> int:
    deprecations.FILE.write_text(deprecations.text(descriptors_of_today()))
    say(f"wrote {deprecations.FILE}")
    return 0


def _release() -> int:
    released.release()
    say(f"wrote {released.OPENAPI} and {released.DESCRIPTORS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
