"""Contracts from the command line.

python -m tests.contracts verify FILE...    does a gateway, started here, keep these contracts? (all when none is named)
python -m tests.contracts states            what a contract may take as given
python -m tests.contracts write             write the contracts of our first consumers, and ours with vendors
python -m tests.contracts asyncapi          write the AsyncAPI document from the protos
python -m tests.contracts deprecations      write the page of what will go away, from the protos
python -m tests.contracts release           make today's REST and protos the ones that later changes must not break
"""

import argparse
import asyncio
import inspect
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from services.kernel import log as json_log
from services.local import postgres
from services.local.gateway import Gateway, Plan
from tests.contracts import asyncapi, deprecations, released, vendors
from tests.contracts.consumers import CONTRACTS
from tests.contracts.files import PACTS, file_of, pact_files, text_of
from tests.contracts.provider.calls import LIFETIME_S
from tests.contracts.provider.feed import Feed, following
from tests.contracts.provider.states import CATALOGUE
from tests.contracts.provider.verification import verify
from tests.contracts.provider.wire import descriptors_of_today


def main(argv: Sequence[str] | None = None) -> int:
    """Does what the command line says; the exit code."""
    parser = argparse.ArgumentParser(
        "tests.contracts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("verify", "states", "write", "asyncapi", "deprecations", "release"))
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    asked = parser.parse_args(argv)
    if asked.files and asked.command != "verify":
        parser.error(f"{asked.command} takes no files")
    if missing := [str(file) for file in asked.files if not file.is_file()]:
        parser.error(f"there is no file {', '.join(missing)}")
    if asked.command == "verify":
        json_log.setup("ERROR")
        return asyncio.run(_verify(asked.files or pact_files()))
    commands = {
        "states": _states,
        "write": _write,
        "asyncapi": _asyncapi,
        "deprecations": _deprecations,
        "release": _release,
    }
    return commands[asked.command]()


async def _verify(files: Sequence[Path]) -> int:
    say("Starting a gateway on an embedded database …")
    failed = []
    async with _gateway() as (gateway, feed):
        for file in files:
            verdict = await asyncio.to_thread(verify, file.absolute(), gateway, feed)
            # The core prints what it finds by itself.
            for fault in verdict.faults:
                say(f"On the provider's side: {fault}")
            if not verdict.holds:
                failed.append(file)
    for file in failed:
        say(f"Broken: {file}")
    say(f"{len(files) - len(failed)} of {len(files)} contracts are kept.")
    return 1 if failed else 0


@asynccontextmanager
async def _gateway() -> AsyncIterator[tuple[Gateway, Feed]]:
    """A gateway of its own, with what it publishes; nothing of it remains."""
    folder = Path(tempfile.mkdtemp(prefix="doselane-contracts-"))
    try:
        server = postgres.start(folder / "postgres")
        try:
            async with (
                Gateway(Plan(server.create_database("contracts"), folder, token_lifetime_s=LIFETIME_S)) as gateway,
                following(gateway) as feed,
            ):
                yield gateway, feed
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _states() -> int:
    for name, state in CATALOGUE.items():
        _, *parameters = map(str, inspect.signature(state).parameters.values())  # the first are the calls it makes
        say(f"{name}  ({', '.join(parameters)})\n    {inspect.getdoc(state)}")
    return 0


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


def say(words: str) -> None:
    """Tells whoever is at the command line."""
    print(words, flush=True)


if __name__ == "__main__":
    sys.exit(main())
