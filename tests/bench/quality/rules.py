"""Case `rules`: results evaluated a second on one core, beside the same comparisons in plain Python.

Both sides judge the same batches of the sandbox's lutetium specification and must come to the same for every test of
every batch before anything is measured; they are measured by turns, in processor time.
"""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from services.quality.domain.specification import Facts, Outcome, Result, Standing, WordsFound, evaluate, value_in
from services.quality.specifications.sandbox import sandbox
from tests.bench.result import Measured, line, percentile, show

SPECIFICATION = sandbox()["products/lu-ligand"]
SAMPLED = datetime(2026, 3, 2, 10, tzinfo=UTC)
FACTS = Facts(sampled_at=SAMPLED, volume_ml=Decimal("12.5"))
BATCHES, SEED = 200, 7
GOAL = "10,000 results a second, ratio 0.3"
Batch = list[Result]
Verdicts = dict[str, str]


def run(seconds: float) -> None:
    """Compare both sides, measure them by turns, show the line."""
    batches = _batches()
    for batch in batches:
        assert _ours(batch) == _plain(batch), batch
    sides: dict[Callable[[Batch], object], list[float]] = {_evaluated: [], _plain: []}
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        for side, taken in sides.items():
            taken += _timed(side, batches)
    ours, plain = (_measured(taken, batches) for taken in sides.values())
    ours = replace(ours, outcomes=_outcomes(batches))
    note = f"{BATCHES} batches of about {sum(map(len, batches)) // BATCHES} results; p50 and p99 are of a batch"
    show(line("quality", "rules", ours, plain, "the same comparisons in plain Python", "results/s", GOAL, note))


def _timed(side: Callable[[Batch], object], batches: list[Batch]) -> list[float]:
    taken = []
    for batch in batches:
        began = time.thread_time()
        side(batch)
        taken.append(time.thread_time() - began)
    return taken


def _measured(taken: list[float], batches: list[Batch]) -> Measured:
    results = sum(len(batch) for batch in batches) * (len(taken) // len(batches))
    ordered = [1000 * each for each in sorted(taken)]
    return Measured(results / sum(taken), percentile(ordered, 0.5), percentile(ordered, 0.99), {})


def _outcomes(batches: list[Batch]) -> dict[str, int]:
    found = [outcome for batch in batches for outcome in _ours(batch).values()]
    return {str(outcome): found.count(outcome) for outcome in Outcome}


def _evaluated(batch: Batch) -> object:
    return evaluate(SPECIFICATION, batch, FACTS)


def _ours(batch: Batch) -> Verdicts:
    found = evaluate(SPECIFICATION, batch, FACTS)
    return {each.test: str(each.outcome) for each in found.verdicts}


def _batches() -> list[Batch]:
    rng = random.Random(SEED)
    return [_batch(rng) for _ in range(BATCHES)]


def _batch(rng: random.Random) -> Batch:
    """Results as they come: some out of limits, some censored, some unverified, some replaced by a retest."""
    values = {
        "appearance": rng.choice(["clear"] * 9 + ["turbid"]),
        "identity": "complies",
        "radiochemical_purity": f"{rng.uniform(94, 99):.2f}",
        "unbound_lutetium": rng.choice(["ND", "0.4", "1.7", "2.6"]),
        "ph": f"{rng.uniform(3.4, 8.6):.1f}",
        "lu177m": rng.choice(["<0.001", "0.034", "0.081"]),
        "activity_concentration": f"{rng.uniform(930, 1070):.1f}",
        "endotoxin": rng.choice(["<0.05", "<20", "3.2", "15.0"]),
        "filter_integrity": f"{rng.uniform(2.6, 4):.2f}",
        "sterility": "no growth",
    }
    results = [_result(test, text, f"{test}/1", rng) for test, text in values.items()]
    if rng.random() < 0.3:
        old = rng.choice(results)
        results.append(replace(_result(old.test, values[old.test], f"{old.test}/2", rng), replaces=old.source))
    rng.shuffle(results)
    return results


def _result(test: str, text: str, source: str, rng: random.Random) -> Result:
    rule = SPECIFICATION.by_test[test]
    value = value_in(text, numeric=True) if rule.numeric else WordsFound(text)
    verified, instant = rng.random() > 0.02, SAMPLED + timedelta(minutes=rng.randrange(-1, 200))
    return Result(source, test, value, instant, verified, 1, rule.unit, rule.method)


_ASKED = {rule.test: (rule.unit, rule.method) for rule in SPECIFICATION.rules}
_LIMITS = {
    "radiochemical_purity": ("95", None),
    "unbound_lutetium": (None, "2"),
    "ph": ("4", "8"),
    "lu177m": (None, "0.07"),
    "activity_concentration": ("950", "1050"),
    "filter_integrity": ("2.75", None),
}
_AS_NUMBERS = {test: tuple(None if text is None else Decimal(text) for text in pair) for test, pair in _LIMITS.items()}
_DIGITS = {test: Decimal(low or high or "1") for test, (low, high) in _LIMITS.items()}
_RANGES = {rule.test: (rule.measurable.lowest, rule.measurable.highest) for rule in SPECIFICATION.rules}
_WARNING = Decimal("96.0")
_DETECTION = Decimal("0.1")
_BAD = {"turbid", "coloured", "particles visible", "growth", "not sterile", "does not comply"}


def _plain(batch: Batch) -> Verdicts:
    """What someone would write by hand for this one product: the same comparisons, without saying why."""
    replaced = {result.replaces for result in batch if result.replaces}
    found = dict.fromkeys(
        ["appearance", "identity", "endotoxin", "sterility", "radiochemical_purity_trend", *_LIMITS], "MISSING"
    )
    seen: set[str] = set()
    for result in batch:
        if result.source in seen or result.source in replaced or not result.verified or result.instant < SAMPLED:
            continue
        seen.add(result.source)
        if result.standing != Standing.VALID or result.test not in _ASKED:
            continue
        unit, method = _ASKED[result.test]
        if result.unit != unit or result.method != method:
            found[result.test] = "INVALID"
            continue
        value = result.value
        if isinstance(value, WordsFound):
            found[result.test] = "FAIL" if value.text in _BAD else "PASS"
        elif result.test == "endotoxin":
            found[result.test] = _plain_endotoxin(value)
        elif hasattr(value, "value"):
            found[result.test] = _plain_number(result.test, value.value)
        else:
            found[result.test] = _plain_bound(result.test, value.bound)
        if result.test == "radiochemical_purity":
            found["radiochemical_purity_trend"] = _plain_trend(value.value, [])
    return found


def _plain_number(test: str, number: Decimal) -> str:
    low, high = _AS_NUMBERS[test]
    lowest, highest = _RANGES[test]
    if (lowest is not None and number < lowest) or (highest is not None and number > highest):
        return "INDETERMINATE"
    shown = number.quantize(_DIGITS[test], ROUND_HALF_UP)
    if low is not None and (shown < low or (test == "filter_integrity" and shown == low)):
        return "FAIL"
    return "FAIL" if high is not None and shown > high else "PASS"


def _plain_trend(number: Decimal, earlier: list[Decimal]) -> str:
    beyond = sum(each.quantize(_WARNING, ROUND_HALF_UP) < _WARNING for each in (*earlier[-4:], number))
    return "FAIL" if beyond >= 3 else "PASS"


def _plain_bound(test: str, bound: object) -> str:
    high = _AS_NUMBERS[test][1]
    known = bound if isinstance(bound, Decimal) else _DETECTION
    return "PASS" if high is not None and known <= high else "INDETERMINATE"


def _plain_endotoxin(value: object) -> str:
    allowed = Decimal(175) / Decimal("12.5")
    if hasattr(value, "value"):
        return "PASS" if value.value <= allowed else "FAIL"
    return "PASS" if value.bound <= allowed else "INDETERMINATE"  # type: ignore[attr-defined]
