"""What the accounts do on their own account: their connections, and the work that goes on beside the door."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from adapters.host.client import client
from adapters.host.client.public import public_client
from adapters.host.delivering import Deliverer
from adapters.host.fetching import Fetcher, Keep, Source
from adapters.host.mappings import against
from adapters.host.values import Account
from adapters.manifest import Archive
from adapters.outbound import Away, Declined
from services.kernel.clock import Clock
from services.kernel.db import Database

# For what a mapping is compared with.
ASK_S_MAX = 90.0
ASK_FIRST_S = 1.0
ASK_PAUSE_S_MAX = 300.0

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]


def connections(
    accounts: Mapping[str, Account],
    clock: Clock,
    archive: Callable[[Account], Archive] | None = None,
    *,
    loopback: bool = False,
) -> dict[str, Any]:
    """A connection for each account that has one, or whose partner says where to send, as its adapter makes it;

    without archives, not for those whose adapter needs one.
    """
    found: dict[str, Any] = {}
    for account in accounts.values():
        adapter = account.adapter
        if adapter.connect_back is not None:
            found[account.id] = adapter.connect_back(account.settings, public_client(loopback=loopback))
        if adapter.connect_alone is not None:
            found[account.id] = adapter.connect_alone(account.settings)
        if account.connection is None:
            continue
        if adapter.connect is not None:
            found[account.id] = adapter.connect(account.settings, client(account.connection, clock))
        elif adapter.connect_archived is not None and archive is not None:
            http = client(account.connection, clock)
            found[account.id] = adapter.connect_archived(account.settings, http, archive(account))
    return found


def work(
    accounts: Mapping[str, Account],
    connected: Mapping[str, Any],
    database: Database,
    clock: Clock,
    keep: Keep,
    deliverer: Deliverer,
    published: Callable[[], None],
) -> list[Work]:
    """One thing each that goes on until it is cancelled: polls, streams, and the sending of deliveries."""
    fetcher = Fetcher(database, clock, keep, published)
    found: list[Work] = []
    for account_id, connection in connected.items():
        account = accounts[account_id]
        source = Source(account, connection)
        found += [
            partial(fetcher.poll, source, poll) for poll in account.adapter.polls if poll.wanted(account.settings)
        ]
        streams = [each for each in account.adapter.streams if each.wanted(account.settings)]
        found += [partial(fetcher.stream, source, stream) for stream in streams]
        found += [partial(deliverer.work, account)] if account.adapter.reactions else []
        found += [partial(_compared, account, connection)] if account.adapter.metadata else []
    return found


async def _compared(account: Account, connection: Any) -> None:
    await compare_mapping(account, connection)
    await asyncio.Event().wait()  # what runs in the background of a process does not end before it


async def compare_mapping(account: Account, connection: Any) -> None:
    """Says, once, where the account's mapping names what the other side does not have; asks until it is there."""
    ask, pause = account.adapter.metadata, ASK_FIRST_S
    while account.mapping is not None and ask is not None:
        try:
            async with asyncio.timeout(ASK_S_MAX):
                problems = against(account.mapping, await ask(connection))
        except Declined as no:
            problems = [f"{account.mapping.name}:1: the other side does not say what it has: {no}"]
        except (Away, TimeoutError):
            await asyncio.sleep(pause)
            pause = min(2 * pause, ASK_PAUSE_S_MAX)
            continue
        for problem in problems:
            log.error("the mapping of %s does not fit: %s", account, problem)
        return
