"""What came of a simulation, in figures."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from services.local.simulation.checking import Faultless
from services.local.simulation.promises import DoseOutcome, MadePromise
from services.local.simulation.rescuing import Policy

RESCUED = "RESCUED"


@dataclass(frozen=True, slots=True)
class SimulationReport:
    """Figures of one play. `service_level`: treated as long as its patient could wait, as a share of what was
    promised; absent if nothing was. `wasted_mbq`: what was made and treated nobody, as of the end of synthesis."""

    seed: int
    days: int
    policy: str
    ordered: int
    promised: int
    treated: int
    rescued: int
    lost: int
    service_level: float | None
    wasted_mbq: float
    overbooked: int
    claims_lost: int
    events_lost: int
    phantom: int
    events: int
    story_hash: str
    outcomes: Mapping[str, int] = field(default_factory=dict)
    daily: Sequence[Mapping[str, int]] = ()  # outcomes of what was made for each day

    @classmethod
    def of(
        cls,
        seed: int,
        days: int,
        policy: Policy,
        promises: Sequence[MadePromise],
        refused: Mapping[str, str],
        made_mbq: float,
        faultless: Faultless,
        story_hash: str,
        events: int,
    ) -> "SimulationReport":
        """The figures of what became of each promise."""
        outcomes = Counter(str(promise.outcome) for promise in promises)
        treated = [promise for promise in promises if promise.outcome is DoseOutcome.TREATED]
        used_mbq = sum(promise.slot.reference_activity_kbq for promise in treated) / 1000
        return cls(
            seed=seed,
            days=days,
            policy=str(policy),
            ordered=len(promises) + len(refused),
            promised=len(promises),
            treated=len(treated),
            rescued=sum(promise.rescued for promise in promises),
            lost=len(promises) - len(treated),
            service_level=round(len(treated) / len(promises), 4) if promises else None,
            wasted_mbq=round(max(0.0, made_mbq - used_mbq), 1),
            story_hash=story_hash,
            events=events,
            outcomes=dict(sorted(outcomes.items())),
            daily=_daily(promises, days),
            **asdict(faultless),
        )

    @property
    def good(self) -> bool:
        """Whether nothing happened that never may."""
        return not any((self.overbooked, self.claims_lost, self.events_lost, self.phantom))

    def words(self) -> str:
        """In a few lines, for people."""
        level = "nothing was promised" if self.service_level is None else f"{self.service_level:.1%} in time"
        became = ", ".join(f"{number} {outcome.replace('_', ' ').lower()}" for outcome, number in self.outcomes.items())
        return (
            f"{self.policy}: {self.promised} of {self.ordered} orders were promised a dose: {became or 'none'}"
            f" ({level}); {self.rescued} were rescued, {self.wasted_mbq:,.0f} MBq treated nobody.\n"
            f"Runs overbooked {self.overbooked}, claims lost {self.claims_lost}, events lost {self.events_lost},"
            f" slots of nobody {self.phantom}; {self.events} events, story {self.story_hash}."
        )

    def told(self) -> dict[str, Any]:
        """As one JSON object."""
        return asdict(self)


def _daily(promises: Sequence[MadePromise], days: int) -> Sequence[Mapping[str, int]]:
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for promise in promises:
        counted[promise.order.day][RESCUED if promise.rescued else str(promise.outcome)] += 1
    return [dict(sorted(counted[day].items())) for day in range(days)]
