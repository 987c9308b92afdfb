"""Go or no-go: what a treatment centre can count on for a dose, how sure that is, and when more is said. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from services.tower.domain.board import BoardEntry, DoseVerdict
from services.tower.domain.known import BatchPhase

# The next statement comes after half of the time that is left, but not sooner than this: nobody re-plans by the minute.
PAUSE_MIN = timedelta(minutes=15)
_CERTIFIED = frozenset({BatchPhase.CERTIFIED_FOR_USE, BatchPhase.CERTIFIED_FINAL})


class GoNoGoDecision(IntEnum):
    """Whether a patient can be prepared; the numbers are those of doselane.tower.v1.GoNoGoStatement.Decision."""

    GO = 1
    WAIT = 2
    NO_GO = 3
    UNKNOWN = 4


class GoNoGoConfidence(IntEnum):
    """How sure that is; the numbers are those of doselane.tower.v1.GoNoGoStatement.Confidence."""

    NONE = 0
    HIGH = 1
    MEDIUM = 2
    LOW = 3


class GoNoGoGround(IntEnum):
    """What it rests on; the numbers are those of doselane.tower.v1.GoNoGoStatement.Ground."""

    DELIVERED = 1
    PREDICTED_P90 = 2
    BATCH_NOT_CERTIFIED = 3
    PREDICTED_P50 = 4
    PROMISED = 5
    AT_RISK = 6
    NO_MOVE_KNOWN = 7
    LOST = 8
    NOTHING_KNOWN = 9


# What is said on each ground.
_SAID = {
    GoNoGoGround.DELIVERED: (GoNoGoDecision.GO, GoNoGoConfidence.HIGH),
    GoNoGoGround.PREDICTED_P90: (GoNoGoDecision.GO, GoNoGoConfidence.HIGH),
    GoNoGoGround.BATCH_NOT_CERTIFIED: (GoNoGoDecision.GO, GoNoGoConfidence.MEDIUM),
    GoNoGoGround.PREDICTED_P50: (GoNoGoDecision.GO, GoNoGoConfidence.LOW),
    GoNoGoGround.PROMISED: (GoNoGoDecision.GO, GoNoGoConfidence.LOW),
    GoNoGoGround.AT_RISK: (GoNoGoDecision.WAIT, GoNoGoConfidence.LOW),
    GoNoGoGround.NO_MOVE_KNOWN: (GoNoGoDecision.NO_GO, GoNoGoConfidence.MEDIUM),
    GoNoGoGround.LOST: (GoNoGoDecision.NO_GO, GoNoGoConfidence.HIGH),
    GoNoGoGround.NOTHING_KNOWN: (GoNoGoDecision.UNKNOWN, GoNoGoConfidence.NONE),
}


@dataclass(frozen=True, slots=True)
class GoNoGo:
    """What a centre can count on for a dose."""

    dose: str
    partner: str
    site: str
    product: str
    order_reference: str
    created_at: datetime  # when the dose came to the board
    administration_at: datetime | None
    ground: GoNoGoGround
    stated_at: datetime
    next_at: datetime | None
    live: bool
    version: int = 0

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"goNoGoStatements/{self.dose}"

    @property
    def decision(self) -> GoNoGoDecision:
        """Whether the patient can be prepared."""
        return _SAID[self.ground][0]

    @property
    def confidence(self) -> GoNoGoConfidence:
        """How sure that is."""
        return _SAID[self.ground][1]

    @property
    def etag(self) -> str:
        """Changes with each change."""
        return f"{self.version}"

    def same_as(self, other: "GoNoGo | None") -> bool:
        """Whether a centre is told nothing new: what differs is only when more is said."""
        if other is None:
            return False
        unseen = {"stated_at": self.stated_at, "next_at": self.next_at, "version": self.version}
        return replace(other, **unseen) == self  # type: ignore[arg-type]


def state(entry: BoardEntry, before: GoNoGo | None, now: datetime) -> GoNoGo:
    """What is stated of a dose at an instant, by its entry on the board; a version more where it is something new."""
    ground = _ground(entry)
    made = GoNoGo(
        dose=entry.dose,
        partner=entry.partner,
        site=entry.site,
        product=entry.product,
        order_reference=entry.order_reference,
        created_at=entry.created_at,
        administration_at=entry.administration_at,
        ground=ground,
        stated_at=now,
        next_at=_next_at(entry, ground, before, now),
        live=entry.live,
        version=before.version if before else 0,
    )
    if made.same_as(before) and before is not None:
        return replace(made, stated_at=before.stated_at)
    return replace(made, version=made.version + 1)


def _ground(entry: BoardEntry) -> GoNoGoGround:
    at = entry.administration_at
    if not entry.live or entry.verdict is DoseVerdict.NONE or at is None:
        return GoNoGoGround.NOTHING_KNOWN
    if entry.verdict is DoseVerdict.LOST:
        return GoNoGoGround.LOST
    if entry.verdict is DoseVerdict.AT_RISK:
        # What is still coming may be in time, or be given later; without it a move has to be made.
        coming = entry.use is not None and (entry.last_use_at is None or entry.use[0] <= entry.last_use_at)
        return GoNoGoGround.AT_RISK if coming or entry.rescue_until_at is not None else GoNoGoGround.NO_MOVE_KNOWN
    certified = entry.batch_state in _CERTIFIED
    if entry.delivered_at is not None:
        return GoNoGoGround.DELIVERED if certified else GoNoGoGround.BATCH_NOT_CERTIFIED
    if entry.p90_at is not None and entry.p90_at <= at:
        return GoNoGoGround.PREDICTED_P90 if certified else GoNoGoGround.BATCH_NOT_CERTIFIED
    if entry.p50_at is not None:
        return GoNoGoGround.PREDICTED_P50 if entry.p50_at <= at else GoNoGoGround.AT_RISK
    return GoNoGoGround.PROMISED


def _next_at(entry: BoardEntry, ground: GoNoGoGround, before: GoNoGo | None, now: datetime) -> datetime | None:
    """When more is said at the latest: at the next instant that may change it, and after half of the time that is left.

    What was announced is kept. Nothing is announced of what is final, and none after the administration was to be.
    """
    at = entry.administration_at
    if ground in (GoNoGoGround.DELIVERED, GoNoGoGround.LOST, GoNoGoGround.NOTHING_KNOWN) or at is None or now >= at:
        return None
    announced = before.next_at if before is not None else None
    awaited = [entry.departure_at, entry.p50_at, entry.p90_at, entry.rescue_until_at, announced]
    half = now + max((at - now) / 2, PAUSE_MIN)
    return min(each for each in (*awaited, half, at) if each is not None and each > now)
