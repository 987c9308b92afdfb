"""How accounts fare: what each can do, when it was last used from either side, and what fails."""

from collections.abc import Sequence
from datetime import datetime

from adapters.host import cursors
from adapters.host.cursors import SourceStatus
from adapters.host.values import Account
from adapters.ports import AccountStatus
from services.kernel.db import Connection

PUSH = "/push"

# The newest message of each webhook; one look into an index each, however many messages there are.
_PUSHED = """
SELECT s.account, max(m.received_at) AS at
FROM unnest($1::text[], $2::text[]) AS s(account, source), LATERAL (
    SELECT received_at FROM message WHERE account = s.account AND source = s.source
    ORDER BY message_id DESC LIMIT 1) m
GROUP BY 1
"""


async def overview(conn: Connection, accounts: Sequence[Account]) -> list[AccountStatus]:
    """The accounts with how they have fared."""
    webhooks = [(account.id, webhook.name) for account in accounts for webhook in account.adapter.webhooks]
    rows = await conn.fetch(_PUSHED, [each[0] for each in webhooks], [each[1] for each in webhooks])
    pushed = {row["account"]: row["at"] for row in rows}
    sources = await cursors.of_accounts(conn, [account.id for account in accounts])
    return [status(account, pushed.get(account.id), sources) for account in accounts]


def status(account: Account, pushed_at: datetime | None, sources: Sequence[SourceStatus]) -> AccountStatus:
    """What is told of an account, given how all sources have fared. Pure."""
    adapter, reached = account.adapter, account.connection is not None and account.adapter.needs_connection
    operations = {each.operation for each in adapter.reactions} | {each.operation for each in adapter.polls}
    names = {each.name for each in adapter.polls} | {each.name for each in adapter.streams} if reached else set()
    mine = [each for each in sources if each.account == account.id and each.name in names]
    failing = sorted((each for each in mine if each.silent or each.failures), key=lambda each: not each.silent)
    return AccountStatus(
        id=account.id,
        partner=account.partner,
        port=account.port.name,
        adapter=adapter.name,
        operations=tuple(sorted(filter(None, operations))) if reached else (),
        webhooks=tuple(PUSH + each.path.replace("{account}", account.id) for each in adapter.webhooks),
        pushed_at=pushed_at,
        fetched_at=max((each.fetched_at for each in mine if each.fetched_at), default=None),
        state=_state(mine),
        words="; ".join(f"{each.name}: {each.fault}" for each in failing),
        mapping_version=account.mapping_version,
    )


def _state(mine: Sequence[SourceStatus]) -> str:
    if any(each.silent for each in mine):
        return "SILENT"
    if any(each.failures for each in mine):
        return "FAILING"
    return "WORKING" if any(each.fetched_at for each in mine) else ""
