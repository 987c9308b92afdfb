"""The board: the verdict on each promised dose, and what is new when it is judged again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from services.tower.domain import clocks
from services.tower.domain.causes import LATE_AFTER, Cause, CauseKind, item_due_at, missing_items
from services.tower.domain.known import BatchPhase, DoseFacts, SlotStanding
from services.tower.domain.rescue import KnownMove, known_moves, rescue_until

# How long a dose stays on the board after its administration was to be.
SHOWN_AFTER = timedelta(days=1)
# Of the time between the dose coming to be at risk and the end of its rescue window, these shares are left when it is
# told that the window closes.
CLOSING_PERCENTS = (50, 20, 0)
# From so little on an incident is critical.
CRITICAL_PERCENT = 20


class DoseVerdict(IntEnum):
    """Whether a dose will reach its patient; the numbers are those of doselane.tower.v1.DoseVerdict."""

    NONE = 0
    SAFE = 1
    AT_RISK = 2
    LOST = 3


class TowerNews(StrEnum):
    """What is new of a dose, as the end of the event's type."""

    AT_RISK = "dose.at_risk"
    SAFE_AGAIN = "dose.safe_again"
    LOST = "dose.lost"
    WINDOW_CLOSING = "dose.rescue_window_closing"
    CHANGED = "board_entry.changed"


@dataclass(frozen=True, slots=True)
class Hazard:
    """A cause, as it threatens one dose: since when, and in which incident."""

    kind: CauseKind
    key: str
    explanation: str
    endangers: bool
    since_at: datetime
    until_at: datetime | None = None
    incident: str = ""


@dataclass(frozen=True, slots=True)
class BoardEntry:
    """A dose on the board. `told_percent` is the least share of its rescue window that was told; 100: none."""

    dose: str
    partner: str
    order_reference: str
    product: str
    run: str
    site: str
    lane: str
    slot_state: int
    created_at: datetime
    updated_at: datetime
    verdict: DoseVerdict
    verdict_at: datetime
    version: int = 0
    batch: str = ""
    shipment: str = ""
    run_state: int = 0
    batch_state: int = 0
    shipment_state: int = 0
    administration_mbq: float | None = None
    administration_at: datetime | None = None
    departure_at: datetime | None = None
    promised_delivery_at: datetime | None = None
    p50_at: datetime | None = None
    p90_at: datetime | None = None
    delivered_at: datetime | None = None
    use: tuple[datetime, float] | None = None
    use_p90: tuple[datetime, float] | None = None
    last_use_at: datetime | None = None
    hazards: tuple[Hazard, ...] = ()
    rescue_until_at: datetime | None = None
    window_began_at: datetime | None = None
    told_percent: int = 100
    ended_at: datetime | None = None
    due_at: datetime | None = None
    replaces: str = ""  # the lost dose whose place it takes
    replaced_by: str = ""  # the dose that takes its place

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"boardEntries/{self.dose}"

    @property
    def live(self) -> bool:
        """Whether it is on the board."""
        return self.ended_at is None

    def same_as(self, other: "BoardEntry | None") -> bool:
        """Whether nothing is to be told of the difference."""
        if other is None:
            return False
        unseen = {"updated_at": self.updated_at, "version": self.version, "due_at": self.due_at}
        return replace(other, **unseen) == self  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class BoardChange:
    """An entry after it was judged, and what is new: each with the share of the window left, where that is told."""

    entry: BoardEntry
    news: tuple[tuple[TowerNews, int], ...]


def judge(facts: DoseFacts, causes: Sequence[Cause], before: BoardEntry | None, now: datetime) -> BoardEntry:
    """What the board says of a dose at an instant, by what is known and what threatens it."""
    return judge_with_moves(facts, causes, before, now)[0]


def judge_with_moves(
    facts: DoseFacts, causes: Sequence[Cause], before: BoardEntry | None, now: datetime
) -> tuple[BoardEntry, Sequence[KnownMove]]:
    """The same, and the moves that are known while it is at risk."""
    verdict = _verdict(facts, causes, now)
    entry = _told(facts, before, now)
    hazards = _hazards(causes, before, now)
    moves = known_moves(facts, causes, now) if verdict is DoseVerdict.AT_RISK else ()
    until_at = rescue_until(moves)
    entry = replace(
        entry,
        verdict=verdict,
        verdict_at=before.verdict_at if before and before.verdict is verdict else now,
        hazards=hazards,
        ended_at=_ended_at(facts, before, now),
    )
    entry = _with_window(entry, before, until_at, now)
    return replace(entry, due_at=_due_at(facts, entry, causes, now)), moves if entry.live else ()


def _verdict(facts: DoseFacts, causes: Sequence[Cause], now: datetime) -> DoseVerdict:
    if facts.slot.state not in (SlotStanding.CONFIRMED, SlotStanding.FULFILLED, SlotStanding.LOST):
        return DoseVerdict.NONE
    if any(cause.lost for cause in causes):
        return DoseVerdict.LOST
    hopeless_at = clocks.hopeless_at(facts)
    if any(cause.gone for cause in causes) and hopeless_at is not None and now >= hopeless_at:
        return DoseVerdict.LOST
    return DoseVerdict.AT_RISK if any(cause.endangers for cause in causes) else DoseVerdict.SAFE


def _told(facts: DoseFacts, before: BoardEntry | None, now: datetime) -> BoardEntry:
    """The entry with all that is only told, not judged."""
    slot, run, batch, shipment = facts.slot, facts.run, facts.batch, facts.shipment
    arrives_at = shipment.delivered_at if shipment and shipment.delivered_at else shipment and shipment.p50_at
    late_at = shipment.delivered_at if shipment and shipment.delivered_at else shipment and shipment.p90_at
    return BoardEntry(
        dose=slot.dose,
        partner=slot.partner,
        order_reference=slot.order_reference,
        product=slot.product,
        run=slot.run,
        site=slot.site,
        lane=slot.lane,
        slot_state=slot.state,
        created_at=before.created_at if before else now,
        updated_at=now,
        verdict=DoseVerdict.NONE,
        verdict_at=now,
        version=before.version if before else 0,
        batch=batch.name if batch else "",
        shipment=shipment.name if shipment else "",
        run_state=run.state if run else 0,
        batch_state=batch.state if batch else 0,
        shipment_state=shipment.state if shipment else 0,
        administration_mbq=slot.administration_mbq,
        administration_at=slot.administration_at,
        departure_at=slot.departure_at,
        promised_delivery_at=slot.delivery_at,
        p50_at=shipment.p50_at if shipment else None,
        p90_at=shipment.p90_at if shipment else None,
        delivered_at=shipment.delivered_at if shipment else None,
        use=clocks.use_of(facts, arrives_at),
        use_p90=clocks.use_of(facts, late_at),
        last_use_at=clocks.last_use_at(facts),
        replaces=slot.replaces,
        replaced_by=facts.replaced_by,
    )


def _hazards(causes: Sequence[Cause], before: BoardEntry | None, now: datetime) -> tuple[Hazard, ...]:
    """Each cause with the instant at which it came; a cause that was there keeps its own."""
    known = {each.key: each for each in before.hazards} if before else {}
    return tuple(
        Hazard(
            kind=cause.kind,
            key=cause.key,
            explanation=cause.explanation,
            endangers=cause.endangers,
            since_at=known[cause.key].since_at if cause.key in known else now,
            until_at=cause.until_at,
            incident=known[cause.key].incident if cause.key in known else "",
        )
        for cause in causes
    )


def _ended_at(facts: DoseFacts, before: BoardEntry | None, now: datetime) -> datetime | None:
    if before is not None and before.ended_at is not None:
        return before.ended_at
    if facts.slot.state in (SlotStanding.RELEASED, SlotStanding.EXPIRED):
        return now
    at = facts.slot.administration_at
    return now if at is not None and now >= at + SHOWN_AFTER else None


def _with_window(entry: BoardEntry, before: BoardEntry | None, until_at: datetime | None, now: datetime) -> BoardEntry:
    """The entry with its rescue window, and how much of it was told. One that opens anew or grows begins now."""
    if entry.verdict is not DoseVerdict.AT_RISK or not entry.live:
        return entry
    held = before if before and before.verdict is DoseVerdict.AT_RISK else None
    if until_at is None:
        # What is over was told; if it never was open, nothing closes.
        over = held is not None and held.window_began_at is not None
        began = held.window_began_at if held is not None else None
        return replace(entry, window_began_at=began, told_percent=0 if over else 100)
    if held is None or held.window_began_at is None or held.rescue_until_at is None or until_at > held.rescue_until_at:
        began_at, told = now, 100
    else:
        began_at, told = held.window_began_at, held.told_percent
    whole, left = until_at - began_at, until_at - now
    crossed = [percent for percent in CLOSING_PERCENTS if percent and left * 100 <= whole * percent]
    return replace(entry, rescue_until_at=until_at, window_began_at=began_at, told_percent=min([told, *crossed]))


def _due_at(facts: DoseFacts, entry: BoardEntry, causes: Sequence[Cause], now: datetime) -> datetime | None:
    """The next instant at which time alone may change what the board says; None if none does."""
    if not entry.live:
        return None
    return min((at for at in _instants(facts, entry, causes) if at is not None and at > now), default=None)


def _instants(facts: DoseFacts, entry: BoardEntry, causes: Sequence[Cause]) -> Iterator[datetime | None]:
    slot, run = facts.slot, facts.run
    if slot.administration_at is not None:
        yield slot.administration_at + SHOWN_AFTER
    yield entry.last_use_at
    if any(cause.gone for cause in causes):
        yield clocks.hopeless_at(facts)
    if run is not None and run.ends_at is not None and run.made_at is None:
        yield run.ends_at + LATE_AFTER
        if slot.departure_at and facts.product and facts.lane:
            # From the microsecond after it on, what is made leaves too late.
            yield slot.departure_at - facts.product.qc_lasting - facts.lane.dispatch + timedelta(microseconds=1)
    if facts.batch is not None and facts.batch.state in (BatchPhase.IN_QC, BatchPhase.READY_TO_SHIP):
        yield from (item_due_at(facts, each) for each in missing_items(facts))
    yield entry.rescue_until_at
    if entry.rescue_until_at is not None and entry.window_began_at is not None:
        whole = entry.rescue_until_at - entry.window_began_at
        yield from (entry.rescue_until_at - whole * percent / 100 for percent in CLOSING_PERCENTS)


def news_of(entry: BoardEntry, before: BoardEntry | None) -> tuple[tuple[TowerNews, int], ...]:
    """What is told of an entry that was judged again, in order; nothing if it is as it was."""
    if entry.same_as(before):
        return ()
    was = before.verdict if before else DoseVerdict.SAFE
    told: list[tuple[TowerNews, int]] = []
    if entry.verdict is not was and entry.verdict in _NEWS_OF:
        told.append((_NEWS_OF[entry.verdict], 0))
    closes = before is not None and before.verdict is DoseVerdict.AT_RISK and entry.verdict is DoseVerdict.AT_RISK
    if closes and before and entry.told_percent < before.told_percent:
        told.append((TowerNews.WINDOW_CLOSING, entry.told_percent))
    return tuple(told) or ((TowerNews.CHANGED, 0),)


_NEWS_OF: Mapping[DoseVerdict, TowerNews] = {
    DoseVerdict.AT_RISK: TowerNews.AT_RISK,
    DoseVerdict.LOST: TowerNews.LOST,
    DoseVerdict.SAFE: TowerNews.SAFE_AGAIN,
}
