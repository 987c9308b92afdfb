"""The rows of proposals for lanes. Whoever writes is the one writer of master data."""

from collections.abc import Sequence
from datetime import datetime

from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.stored import Stored
from services.masterdata.domain.refusals import TransitProposalUnknown
from services.masterdata.domain.transit_proposal import TransitProposal
from services.masterdata.events.proposals import proposal_event

_PROPOSAL = Stored(TransitProposal)
_PUT = """
INSERT INTO transit_proposal (name, lane, state, measured_at, value) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET state = excluded.state, value = excluded.value"""
_PAGE = """
SELECT value FROM transit_proposal
WHERE ($1 = '' OR lane = $1) AND (cardinality($2::smallint[]) = 0 OR state = ANY ($2))
    AND ($3::timestamptz IS NULL OR (measured_at, name) < ($3, $4))
ORDER BY measured_at DESC, name DESC LIMIT $5"""


async def load(conn: Connection, name: str) -> TransitProposal:
    """A proposal."""
    text = await conn.fetchval("SELECT value FROM transit_proposal WHERE name = $1", name)
    if text is None:
        raise TransitProposalUnknown("There is no such proposal.", proposal=name)
    return _PROPOSAL.read(text)


async def page(
    conn: Connection, lane: str, states: Sequence[int], after: tuple[datetime, str] | None, limit: int
) -> list[TransitProposal]:
    """The next proposals that fit, newest first."""
    rows = await conn.fetch(_PAGE, lane, list(states), *(after or (None, "")), limit)
    return [_PROPOSAL.read(row["value"]) for row in rows]


async def save(conn: Connection, proposal: TransitProposal, traceparent: str) -> None:
    """Stores a proposal after a change, with the event that publishes it."""
    measured = proposal.measured
    row = (proposal.name, measured.lane, int(proposal.state), measured.measured_at, _PROPOSAL.text(proposal))
    await conn.execute(_PUT, *row)
    await outbox.append(conn, [proposal_event(proposal, traceparent)])
