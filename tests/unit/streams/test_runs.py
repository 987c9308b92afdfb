"""Who hears of a run, and what it sees of it: held to capacity's own rules, over random histories of runs."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

from services.capacity import events as capacity
from services.capacity.domain import (
    BatchMeasurement,
    Changed,
    CutOfRun,
    LedgerCut,
    Provenance,
    Run,
    RunHappened,
    cancel,
    converge,
    cut,
    open_run,
)
from services.capacity.domain.producing import Ending, Failure, complete, fail, start
from services.kernel.event import Event
from services.network import Capacity
from services.network.reading import RUN_EVENTS
from services.streams.domain import EventCopy
from services.streams.events import ToldProduct, ToldRun, run_copies, told_run
from tests.support.capacity import (
    HARBOR,
    MERIDIAN,
    NOON,
    NORTHLAKE,
    PRODUCT,
    SPONSORS,
    SYNTHESIS,
    an_allotment,
    by,
    gbq,
    planned,
)

EVERYBODY = {PRODUCT: ToldProduct(PRODUCT, 1, list(SPONSORS))}


def history(random: Random) -> Iterator[tuple[Run | None, Changed]]:
    """What happens to a run in an order that the rules allow, with the run before each change."""
    partners = random.sample(SPONSORS, random.randrange(3))
    split = [
        an_allotment(each, gbq(random.choice([20, 50]), 5), NOON + timedelta(hours=random.choice([2, 10])))
        for each in partners
    ]
    run, at = planned(*split), NOON
    yield None, Changed(RunHappened.CREATED, run)
    steps = ["open", "cut", "cut", "start", "ledger", "end", "ledger"]
    for step in steps[: random.randint(1, len(steps))]:
        at = SYNTHESIS if step == "end" else at + timedelta(hours=random.choice([1, 3]))
        changed = _step(random, run, step, by(at))
        if changed is not None:
            yield run, changed
            run = changed.run


def _step(random: Random, run: Run, step: str, who: Provenance) -> Changed | None:
    if step == "open":
        return open_run(run, who)
    if step == "start":
        return start(run, who.at, who) if random.random() < 0.8 else cancel(run, (), who)
    if run.stored_state in ("CANCELLED",):
        return None
    if step == "end":
        if random.random() < 0.2:
            return fail(run, Failure(who.at, "a vial broke"), (), who)
        measured = BatchMeasurement(random.choice([10, 70, 120]) * 1_000_000, who.at, 5_000, None)
        return complete(run, Ending(who.at, measured), (), who)
    smaller = {each.partner: each.size.least(gbq(random.choice([0, 15, 50]), 5)) for each in run.allotments}
    if step == "ledger":
        return converge(run, LedgerCut(run.pledged, smaller, cancelled=False), who)
    left = Capacity(sum(each.kbq for each in smaller.values()), sum(each.vials for each in smaller.values()))
    pool = run.pool.least(gbq(random.choice([0, 5, 100]), random.choice([0, 10])))
    return cut(run, CutOfRun(Capacity(left.kbq + pool.kbq, left.vials + pool.vials), smaller), (), who)


def told(before: Run | None, changed: Changed, event: Event) -> dict[str, object]:
    """What each sponsor is to hear of a change, as capacity's own watch would tell it."""
    heard: dict[str, object] = {}
    for partner in SPONSORS:
        now = capacity.message_for(changed.run, partner, event.time)
        was = capacity.message_for(before, partner, event.time) if before else None
        if now is not None and now != was:
            heard[partner] = now
    return heard


def copies(event: Event, known: ToldRun | None) -> tuple[ToldRun, list[EventCopy]]:
    now = told_run(event, known)
    assert now is not None
    if event.type.endswith("created.v1"):
        return now, []
    return now, list(run_copies(event, now, known, EVERYBODY))


def test_each_sponsor_hears_what_it_may_see_of_a_run_and_of_nothing_else() -> None:
    random, counted = Random(12), Counter[tuple[str, int]]()
    for _ in range(150):
        known: ToldRun | None = None
        for before, changed in history(random):
            event = capacity.event_of(changed, "")
            known, made = copies(event, known)
            kind = RUN_EVENTS[event.type]
            heard = {copy.partner: kind.FromString(copy.data) for copy in made}
            expected = told(before, changed, event)
            assert {partner: said.run for partner, said in heard.items()} == expected, (changed.what, before, changed)
            assert not any(said.version for said in heard.values())
            counted[changed.what, len(heard)] += 1
    assert {what for what, _ in counted} == {each.value for each in RunHappened}
    assert min(counted[RunHappened.CUT, hearers] for hearers in (0, 1, 2, 3)) > 3, counted


def test_nobody_hears_of_a_run_whose_product_it_may_not_know() -> None:
    opened = open_run(planned(an_allotment(NORTHLAKE)), by())
    event = capacity.event_of(opened, "")
    now = told_run(event, None)
    assert now is not None
    for partners, hearers in (([NORTHLAKE], {NORTHLAKE}), ([], set())):
        product = {PRODUCT: ToldProduct(PRODUCT, 1, partners)}
        assert {copy.partner for copy in run_copies(event, now, None, product)} == hearers
    assert list(run_copies(event, now, None, {})) == []


def test_a_cut_of_which_nobody_knows_what_it_changes_is_not_told() -> None:
    opened = open_run(planned(an_allotment(NORTHLAKE), an_allotment(HARBOR)), by()).run
    known = told_run(capacity.event_of(Changed(RunHappened.OPENED, opened), ""), None)
    later = replace(opened, version=opened.version + 1)
    event = capacity.event_of(cut(later, CutOfRun(gbq(85, 9)), (), by()), "")
    now = told_run(event, known)
    assert now is not None
    assert list(run_copies(event, now, known, EVERYBODY)) == []
    assert MERIDIAN in EVERYBODY[PRODUCT].partners
