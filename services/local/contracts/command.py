"""What `doselane contracts verify` and `states` do: a whole gateway for the contracts, and nothing of it remains."""

import asyncio
import inspect
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from doselane.contracts.pact import read_pact

from services.kernel import log as json_log
from services.local import postgres
from services.local.contracts.calls import LIFETIME_S
from services.local.contracts.feed import EventFeed, following
from services.local.contracts.gateway import PlayedGateway
from services.local.contracts.states import CATALOGUE, parameters_of
from services.local.contracts.verification import ContractVerdict, verify
from services.local.gateway import Gateway, Plan
from services.local.postgres import Postgres

KEPT, BROKEN, NOT_PLAYED = 0, 1, 3
# What came of each contract; None: it needs a plugin, so it was not played.
Played = Mapping[Path, ContractVerdict | None]


def verify_files(files: Sequence[Path], *, as_json: bool = False) -> int:
    """Plays contracts against a gateway of their own; 0: all are kept, 1: one is broken, 3: one cannot be played.

    What is found is told on standard output; with `as_json` there is one JSON object there, and the rest is told on
    standard error.
    """
    json_log.setup("ERROR")
    with _words_aside() if as_json else _as_it_is():
        found = asyncio.run(_played_alone(files))
    if as_json:
        sys.stdout.write(
            json.dumps({"contracts": [_told(file, each) for file, each in found.items()]}, indent=2) + "\n"
        )
        sys.stdout.flush()
    return exit_code(found)


def exit_code(found: Played) -> int:
    """With what the command ends; what is broken counts more than what could not be played."""
    if any(each is not None and not each.holds for each in found.values()):
        return BROKEN
    return NOT_PLAYED if None in found.values() else KEPT


def states() -> list[dict[str, Any]]:
    """The provider states, in the order of the catalogue: name, parameters, what each brings about."""
    found = []
    for name, state in CATALOGUE.items():
        parameters = [str(each) for each in parameters_of(name).values()]
        found.append({"name": name, "parameters": parameters, "description": inspect.getdoc(state) or ""})
    return found


async def played(files: Sequence[Path], gateway: PlayedGateway, feed: EventFeed) -> Played:
    """Plays contracts one after the other against a gateway that runs in this loop, and says what is found."""
    found: dict[Path, ContractVerdict | None] = {}
    for file in files:
        if plugins := _plugins(file):
            say(f"Not played: {file} needs {', '.join(plugins)}; `doselane contracts check` compares it.")
            found[file] = None
            continue
        # The core prints what it finds by itself.
        verdict = await asyncio.to_thread(verify, file.absolute(), gateway, feed)
        for fault in verdict.faults:
            say(f"On the provider's side: {fault}")
        found[file] = verdict
    for file, each in found.items():
        if each is not None and not each.holds:
            say(f"Broken: {file}")
    kept = sum(each is not None and each.holds for each in found.values())
    say(f"{kept} of {len(files)} contracts are kept.")
    return found


async def _played_alone(files: Sequence[Path]) -> Played:
    say("Starting a gateway on an embedded database …")
    folder = Path(tempfile.mkdtemp(prefix="doselane-contracts-"))
    try:
        server = postgres.start(folder / "postgres")
        try:
            async with gateway_on(server, folder) as (gateway, feed):
                return await played(files, gateway, feed)
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def gateway_on(server: Postgres, folder: Path) -> AsyncIterator[tuple[Gateway, EventFeed]]:
    """A gateway for contracts, on a database of its own, with what it publishes."""
    plan = Plan(server.create_database("contracts"), folder, token_lifetime_s=LIFETIME_S)
    async with Gateway(plan) as gateway, following(gateway) as feed:
        yield gateway, feed


def say(words: str) -> None:
    """Tells whoever is at the command line."""
    print(words, flush=True)


def _plugins(file: Path) -> list[str]:
    """The plugins that a contract needs: binaries that are not ours to fetch."""
    pact = read_pact(file)
    return sorted({*pact.plugins, *(name for each in pact.interactions for name in each.plugin)})


def _told(file: Path, verdict: ContractVerdict | None) -> dict[str, Any]:
    if verdict is None:
        return {"file": str(file), "verdict": "NOT_PLAYED", "plugins": _plugins(file)}
    return {
        "file": str(file),
        "verdict": "KEPT" if verdict.holds else "BROKEN",
        "interactions": dict(verdict.held),
        "faults": list(verdict.faults),
        "report": verdict.report,
    }


@contextmanager
def _words_aside() -> Iterator[None]:
    """Lets all that is printed, by the core too, go to standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield
