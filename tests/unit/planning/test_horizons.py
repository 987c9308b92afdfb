"""What a new version of a forecast may still change."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.network import Agreement
from services.planning.domain import refusals
from services.planning.domain.forecast import (
    Forecast,
    Provenance,
    Series,
    next_version,
    problems_in,
    replaced_from_first,
)
from services.planning.domain.horizons import (
    ALWAYS,
    Breach,
    ForecastTerms,
    Horizon,
    breaches,
    firm_range,
    firm_since,
    horizon_of,
    terms_in_force,
)
from services.planning.domain.refusals import refuse_weeks
from services.planning.domain.weeks import WEEK, starts_at
from tests.support.forecasts import NORTHLAKE, NOW, PSMA, THIS_WEEK, week

SERIES = Series(NORTHLAKE, PSMA, "us-midwest")
TERMS = ForecastTerms(frozen_weeks=2, firm_weeks=3, firm_change_fraction=0.1)
AHEAD = st.integers(0, 12)
DOSES = st.dictionaries(AHEAD, st.integers(0, 200), max_size=12)
ALL_TERMS = st.builds(
    ForecastTerms,
    frozen_weeks=st.integers(0, 6),
    firm_weeks=st.integers(0, 6),
    firm_change_fraction=st.sampled_from([0.0, 0.05, 0.1, 1 / 3, 0.5, 1.0]),
)


def by_week(doses: Mapping[int, int]) -> dict[date, int]:
    return {week(ahead): many for ahead, many in doses.items()}


def judged(
    asked: Mapping[int, int],
    before: Mapping[int, int] | None,
    terms: ForecastTerms = TERMS,
    references: Mapping[int, int] | None = None,
) -> list[Breach]:
    had = None if before is None else by_week(before)
    return breaches(by_week(asked), had, by_week(references or {}), terms, NOW)


def test_weeks_are_past_then_frozen_then_firm_then_free() -> None:
    found = [horizon_of(week(ahead), TERMS, NOW) for ahead in range(-1, 7)]
    past, frozen, firm, free = Horizon
    assert found == [past, past, frozen, firm, firm, firm, free, free]


def test_the_horizon_moves_on_at_midnight_of_monday_in_utc() -> None:
    monday = starts_at(week(1))
    assert horizon_of(week(2), TERMS, monday - timedelta(microseconds=1)) is Horizon.FIRM
    assert horizon_of(week(2), TERMS, monday) is Horizon.FROZEN


def test_without_an_agreement_all_coming_weeks_are_free() -> None:
    assert judged({1: 500, 2: 0}, {1: 10, 2: 20}, ForecastTerms()) == []
    assert horizon_of(week(1), ForecastTerms(), NOW) is Horizon.FREE


def test_a_frozen_week_may_not_change() -> None:
    assert judged({1: 41}, {1: 40}) == [Breach(week(1), Horizon.FROZEN, 41, 40, 40)]


def test_a_frozen_week_that_is_left_out_would_change() -> None:
    assert judged({6: 1}, {1: 40}) == [Breach(week(1), Horizon.FROZEN, 0, 40, 40)]


def test_a_week_that_has_begun_keeps_what_it_had_unless_it_is_named_differently() -> None:
    assert judged({6: 1}, {0: 40}) == []
    assert judged({0: 40}, {0: 40}) == []
    assert judged({0: 41}, {0: 40}) == [Breach(week(0), Horizon.PAST, 41, 40, 40)]
    assert judged({-3: 1}, {0: 40}) == [Breach(week(-3), Horizon.PAST, 1, 0, 0)]


def test_the_first_version_is_free_from_the_current_week_on() -> None:
    assert judged({0: 5, 1: 40, 2: 30}, None) == []
    assert judged({-1: 5}, None) == [Breach(week(-1), Horizon.PAST, 5, 0, 0)]


def test_a_firm_week_is_judged_by_what_stood_in_it_when_it_became_firm() -> None:
    assert judged({2: 110}, {2: 105}, references={2: 100}) == []
    assert judged({2: 111}, {2: 105}, references={2: 100}) == [Breach(week(2), Horizon.FIRM, 111, 90, 110)]


def test_a_firm_week_may_stay_as_it_is_even_outside_its_range() -> None:
    assert judged({2: 150}, {2: 150}, references={2: 100}) == []


@pytest.mark.parametrize(
    ("reference", "fraction", "expected"),
    [(10, 0.1, (9, 11)), (11, 0.1, (9, 13)), (1, 0.1, (0, 2)), (0, 0.5, (0, 0)), (3, 1.0, (0, 6)), (7, 0.0, (7, 7))],
)
def test_a_share_is_rounded_in_the_sponsors_favour(reference: int, fraction: float, expected: tuple[int, int]) -> None:
    assert firm_range(reference, ForecastTerms(firm_change_fraction=fraction)) == expected


def test_a_week_became_firm_when_it_entered_the_horizon_or_when_the_agreement_began() -> None:
    assert firm_since(week(4), TERMS) == starts_at(week(0))
    later = ForecastTerms(2, 3, 0.1, since_at=NOW)
    assert firm_since(week(4), later) == NOW
    assert firm_since(week(0), ForecastTerms(frozen_weeks=2**31 - 1)) > ALWAYS


def test_the_agreement_that_began_last_counts_while_it_is_in_force() -> None:
    def agreed(name: str, from_day: int, until_day: int, frozen: int, product: str = PSMA) -> Agreement:
        from_at, until_at = NOW + timedelta(days=from_day), NOW + timedelta(days=until_day)
        return Agreement(name, NORTHLAKE, product, None, None, timedelta(0), from_at, until_at, frozen)

    old, new = agreed("agreements/a", -50, 50, 1), agreed("agreements/b", -5, 0, 2)
    other = agreed("agreements/c", -1, 50, 3, "products/other")

    def in_force(now: datetime) -> int:
        return terms_in_force([new, other, old], NORTHLAKE, PSMA, now).frozen_weeks

    assert in_force(NOW) == 1  # the end of an agreement is exclusive
    assert in_force(NOW - timedelta(seconds=1)) == 2
    assert in_force(NOW + timedelta(days=50)) == 0


def test_a_refusal_names_every_week_and_what_the_first_may_be() -> None:
    with pytest.raises(refusals.WeekFrozen) as refused:
        refuse_weeks(judged({1: 41, 2: 200, 3: 0, 4: 0}, {1: 40, 2: 100, 3: 50, 4: 50}))
    facts = refused.value.facts
    assert facts["weeks"] == "2027-03-08,2027-03-15,2027-03-22,2027-03-29"
    assert (facts["week"], facts["doses_min"], facts["doses_max"]) == ("2027-03-08", "40", "40")
    assert "2027-03-15 WEEK_FIRM 90..110 not 200" in facts["violations"]
    assert refused.value.message.endswith("So it is with 1 more.")


def test_all_that_is_wrong_with_the_weeks_by_themselves_is_said_at_once() -> None:
    named = [week(1), week(1), None, date(2027, 3, 9), week(104), week(103)]
    assert dict(problems_in(named, NOW)) == {
        "forecast.weeks[1].week_start_date": "names 2027-03-08 a second time",
        "forecast.weeks[2].week_start_date": "must be a date",
        "forecast.weeks[3].week_start_date": "must be a Monday, such as 2027-03-08",
        "forecast.weeks[4].week_start_date": "must be at most 103 weeks ahead",
    }
    assert list(problems_in([date(1, 1, 2)], datetime(2027, 1, 1, tzinfo=UTC)))


def test_a_sheet_replaces_all_weeks_from_its_first_one_on() -> None:
    before = next_version("forecasts/a", SERIES, by_week({1: 10, 2: 20, 5: 50}), None, Provenance("anna", NOW))
    assert replaced_from_first(by_week({2: 21}), before) == by_week({1: 10, 2: 21})


def test_weeks_that_are_over_are_kept_for_two_years() -> None:
    first = next_version("forecasts/a", SERIES, by_week({0: 10, 1: 20}), None, Provenance("anna", NOW))
    rolled = next_version("forecasts/b", SERIES, by_week({104: 1}), first, Provenance("anna", NOW + 104 * WEEK))
    assert dict(rolled.weeks) == by_week({0: 10, 1: 20, 104: 1})
    again = replaced_from_first(by_week({105: 2}), rolled)
    later = next_version("forecasts/c", SERIES, again, rolled, Provenance("anna", NOW + 105 * WEEK))
    assert dict(later.weeks) == by_week({1: 20, 104: 1, 105: 2})


@given(ALL_TERMS, st.lists(st.tuples(st.integers(0, 10), DOSES), min_size=1, max_size=8))
def test_whatever_is_submitted_frozen_never_changes_and_firm_stays_in_its_range(
    terms: ForecastTerms, submissions: list[tuple[int, dict[int, int]]]
) -> None:
    """A sponsor submits whatever it likes, day after day; what passes must keep the promise for every week.

    The reference is kept by a simpler machine than the product's: it notes, at each Monday, what stands in each week.
    """
    current: Forecast | None = None
    history: list[Forecast] = []
    now = NOW
    for days, doses in submissions:
        now += timedelta(days=days)
        asked = {starts_at(THIS_WEEK).date() + (days_ahead * WEEK): many for days_ahead, many in doses.items()}
        named = {*asked, *(current.weeks if current else {})}
        references = {each: _stood(history, each, firm_since(each, terms)) for each in named}
        if breaches(asked, current.weeks if current else None, references, terms, now):
            continue
        after = next_version(f"forecasts/{len(history)}", SERIES, asked, current, Provenance("anna", now))
        if current is not None:
            _require_kept_promise(current, after, references, terms, now)
        current = after
        history.append(after)


def _stood(history: list[Forecast], of: date, at: datetime) -> int:
    """What stood in a week at an instant; before the first version, what that one says."""
    before = [each for each in history if each.created_at <= at] or history[:1]
    return before[-1].weeks.get(of, 0) if before else 0


def _require_kept_promise(
    before: Forecast, after: Forecast, references: Mapping[date, int], terms: ForecastTerms, now: datetime
) -> None:
    for each in {*before.weeks, *after.weeks}:
        had, has = before.weeks.get(each, 0), after.weeks.get(each, 0)
        horizon = horizon_of(each, terms, now)
        if horizon in (Horizon.FROZEN, Horizon.PAST):
            assert has == had, (each, horizon)
        elif horizon is Horizon.FIRM and has != had:
            share = terms.firm_change_fraction * references[each]
            assert abs(has - references[each]) < share + 1, (each, had, has)


@pytest.mark.parametrize(("number", "more"), [(3, ""), (4, "So it is with 1 more.")])
def test_of_many_breaches_three_are_told_and_the_rest_are_counted(number: int, more: str) -> None:
    broken = [Breach(week(ahead), Horizon.FROZEN, 9, 5, 5) for ahead in range(number)]
    with pytest.raises(refusals.WeeksRefused) as refused:
        refuse_weeks(broken)
    told = " ".join([*(each.sentence for each in broken[:3]), *filter(None, [more])])
    assert refused.value.message == told
    assert len(refused.value.facts["weeks"].split(",")) == number
