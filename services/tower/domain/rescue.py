"""How long a dose can still be saved: the last instant at which a move that is known could help."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from services.network import Lane, Receiving, Site, leads, passages, releases, sessions_between
from services.tower.domain import clocks
from services.tower.domain.causes import Cause
from services.tower.domain.known import DoseFacts, KnownRun, RunStanding


class KnownMove(NamedTuple):
    """A move that could be made until an instant, as far as is known: to another run, whatever the lane, or to another
    departure of its own run; one that leaves whenever it is ready has none."""

    run: str
    until_at: datetime
    lane: str = ""
    departure_at: datetime | None = None


def known_moves(facts: DoseFacts, causes: Sequence[Cause], now: datetime) -> Sequence[KnownMove]:
    """The moves that are known and could still be made in time for the dose to be there.

    Moves are to a later departure or another lane of its own run, while there is a dose and no courier has it, and to
    another run of its product. Whether there is room in them is slotting's to say, so it is a bound: after them no move
    that is known helps. None if none is known, or if too little is known to tell.
    """
    if facts.site is None or facts.product is None or facts.slot.administration_at is None:
        return ()
    if any(cause.lost for cause in causes):
        return ()
    until_at = facts.slot.administration_at + facts.delay_max
    found: list[KnownMove] = []
    if not facts.delivered and not facts.in_hand and not any(cause.gone for cause in causes):
        found += _other_departures(facts, facts.site, until_at, now)
    found += _other_runs(facts, facts.site, until_at, now)
    return found


def rescue_until(moves: Sequence[KnownMove]) -> datetime | None:
    """The last instant at which one of these moves could still be made; None without any."""
    return max((each.until_at for each in moves), default=None)


def _other_departures(facts: DoseFacts, site: Site, until_at: datetime, now: datetime) -> Iterator[KnownMove]:
    """Each later departure that its own run can still make, until its hand-over closes."""
    run, promised = facts.run, (facts.slot.lane, facts.slot.departure_at)
    made_at = run and (run.made_at or run.ends_at)
    if run is None or made_at is None:
        return
    last_at = min(filter(None, (clocks.last_use_at(facts), until_at)))
    ready_at = _released_at(facts, run.facility, max(made_at, now) if run.made_at is None else made_at, last_at)
    if ready_at is None:
        return
    for lane in _lanes(facts, run):
        from_at = max(ready_at + lane.dispatch, now)
        if not lane.departures:  # it leaves whenever it is ready
            yield from (KnownMove(run.name, at, lane.name) for at in [last_at - lane.transit] if at > from_at)
            continue
        facility, receiving = facts.facilities.get(run.facility), _receiving(site, now, last_at)
        for passage in passages(lane, facility, receiving, from_at, last_at):
            other = (lane.name, passage.departure_at) != promised
            if other and passage.received and passage.closes_at > now:
                yield KnownMove(run.name, passage.closes_at, lane.name, passage.departure_at)


def _other_runs(facts: DoseFacts, site: Site, until_at: datetime, now: datetime) -> Iterator[KnownMove]:
    """Each other run whose doses could be there in time, until its claims are cut off."""
    for run in facts.other_runs:
        if run.name == facts.slot.run or run.state != RunStanding.OPEN or run.ends_at is None or run.cutoff_at is None:
            continue
        last_at = min(filter(None, (run.use_by_at, until_at)))
        if run.cutoff_at <= now or run.ends_at > last_at:
            continue
        ready_at = _released_at(facts, run.facility, run.ends_at, last_at)
        ways = _lanes(facts, run)
        if ready_at is not None and any(_reaches(facts, run, lane, site, ready_at, last_at) for lane in ways):
            yield KnownMove(run.name, run.cutoff_at)


def _reaches(facts: DoseFacts, run: KnownRun, lane: Lane, site: Site, ready_at: datetime, last_at: datetime) -> bool:
    receiving, facility = _receiving(site, ready_at, last_at), facts.facilities.get(run.facility)
    return any(each.received for each in passages(lane, facility, receiving, ready_at + lane.dispatch, last_at))


def _released_at(facts: DoseFacts, facility: str, made_at: datetime, last_at: datetime) -> datetime | None:
    """When quality control lets go a dose that is made at an instant; None if not in time."""
    if made_at > last_at:
        return None
    sessions = sessions_between(facts.facilities.get(facility), made_at, last_at)
    first = next(releases(sessions, facts.product, made_at, last_at), None)
    return first.at if first else None


def _lanes(facts: DoseFacts, run: KnownRun) -> list[Lane]:
    return [lane for lane in facts.lanes if leads(lane, run.facility, facts.slot.site)]


def _receiving(site: Site, from_at: datetime, until_at: datetime) -> Receiving:
    return Receiving(site, min(from_at, until_at), until_at)
