"""Results as laboratories send them: twice, late, of unknown samples, in other units, and taken back."""

from datetime import timedelta

import pytest
from doselane.quality.v1 import batch_pb2
from doselane.quality.v1.events_pb2 import ResultRefused

from services.kernel.event import Event
from services.kernel.timestamps import stamp
from tests.integration.quality.conftest import Door
from tests.support.quality import EOS
from tests.support.quality_news import a_place, a_produced_run, a_product, a_report

Outcome = batch_pb2.Verdict.Outcome
PURITY = "radiochemical_purity"
TREND = """
  - test: trend
    class: BEFORE_USE
    source: the tests
    trend: {of: radiochemical_purity, warning: {at_least: 96}, breaches: 3, batches: 5}
"""


async def a_sample(door: Door) -> str:
    return f"{(await door.made()).name}/samples/1"


def a_purity(sample: str, value: str = "99.1", unit: str = "%", **fields: object) -> Event:
    return a_report(PURITY, value, unit, sample, **fields)


async def outcome(door: Door, test: str = PURITY) -> str:
    (verdict,) = (each for each in (await door.batch()).verdicts if each.test == test)
    return Outcome.Name(verdict.outcome)


async def listed(door: Door) -> list[tuple[str, str]]:
    """The value of each result, and why it does not count."""
    results = (await door.read("ListResults", batch=(await door.batch()).name)).results
    return [(each.value, each.reason) for each in results]


async def refused(door: Door) -> list[tuple[str, str]]:
    told = [ResultRefused.FromString(event.data).result for event in await door.published("result.refused")]
    return [(each.value, each.reason) for each in told]


async def test_a_result_that_comes_twice_is_one_result_and_one_decision(door: Door) -> None:
    sample = await a_sample(door)
    await door.hear(a_purity(sample), a_purity(sample))
    assert await listed(door) == [("99.1", "")]
    decisions = (await door.read("ListDecisions", batch=(await door.batch()).name)).decisions
    assert len(decisions) == 1


async def test_a_result_that_comes_late_still_counts(door: Door) -> None:
    sample = await a_sample(door)
    door.clock.advance(timedelta(days=20))
    await door.hear(a_report("sterility", "complies", "", sample))
    assert await outcome(door, "sterility") == "PASS"


async def test_a_result_of_an_unknown_sample_is_kept_and_waits_to_be_looked_at(door: Door) -> None:
    await a_sample(door)
    await door.hear(a_purity("S-99"))
    assert await refused(door) == [("99.1", "SAMPLE_UNKNOWN")]
    kept = await door.database.pool.fetch("SELECT batch, test FROM result")
    assert [tuple(row) for row in kept] == [(None, PURITY)]
    assert await outcome(door) == "MISSING"


@pytest.mark.parametrize(
    ("value", "unit", "fields", "expected"),
    [
        ("991000", "ppm", {}, "PASS"),
        ("94,4", "%", {"decimal_mark": ","}, "FAIL"),
        ("95.4", "%", {}, "PASS"),
        ("94.6", "%", {}, "PASS"),  # rounded as the pharmacopoeia does it, to the digits of the limit
        (">99", "%", {}, "PASS"),
        ("<99", "%", {}, "INDETERMINATE"),
        ("<94", "%", {}, "FAIL"),
        ("not detected", "%", {}, "INDETERMINATE"),
    ],
)
async def test_a_value_is_judged_in_its_unit_and_as_what_it_is(
    door: Door, value: str, unit: str, fields: dict[str, str], expected: str
) -> None:
    sample = await a_sample(door)
    await door.hear(a_purity(sample, value, unit, **fields))
    assert await outcome(door) == expected


@pytest.mark.parametrize(
    ("value", "fields", "reason"),
    [
        ("1,234", {}, "RESULT_UNREADABLE"),
        ("pending", {}, "RESULT_UNREADABLE"),
        ("99.1", {"decimal_mark": ";"}, "VALUE_UNREADABLE"),
        ("99.1", {"state": 77}, "STATE_UNKNOWN"),
        ("99.1", {"capture_time": stamp(EOS - timedelta(seconds=1))}, "BEFORE_SAMPLE"),
        ("99.1", {"capture_time": stamp(EOS + timedelta(hours=5))}, "DATED_IN_FUTURE"),
    ],
)
async def test_what_cannot_count_is_refused_with_the_reason_and_never_lost(
    door: Door, value: str, fields: dict[str, object], reason: str
) -> None:
    sample = await a_sample(door)
    await door.hear(a_purity(sample, value, **fields))
    assert await refused(door) == await listed(door) == [(value, reason)]
    assert await outcome(door) == "MISSING"


async def test_a_test_that_nobody_asked_for_is_refused_and_never_lost(door: Door) -> None:
    sample = await a_sample(door)
    await door.hear(a_report("", "99.1", "%", sample, test_code="RCP-7"))
    assert await refused(door) == await listed(door) == [("99.1", "TEST_UNKNOWN")]


async def test_a_unit_of_another_kind_passes_nothing(door: Door) -> None:
    sample = await a_sample(door)
    await door.hear(a_purity(sample, "99.1", "MBq"))
    assert await outcome(door) not in ("PASS", "FAIL")


async def test_a_result_without_an_id_is_refused_and_told(door: Door) -> None:
    sample = await a_sample(door)
    await door.hear(a_purity(sample, result_id=""))
    assert await refused(door) == [("99.1", "RESULT_UNREADABLE")]
    assert await outcome(door) == "MISSING"


async def test_a_retest_counts_in_place_of_the_first_even_before_it_is_verified(door: Door) -> None:
    sample = await a_sample(door)
    first = f"{sample}/{PURITY}"
    await door.hear(a_purity(sample))
    await door.hear(a_purity(sample, "99.1", result_id="again", replaces=first, state="PENDING"))
    assert (await outcome(door), [reason for _, reason in await listed(door)]) == ("MISSING", ["REPLACED", "PENDING"])
    await door.hear(a_purity(sample, "94", result_id="again", replaces=first))
    assert await outcome(door) == "FAIL"


async def test_a_laboratory_that_changes_its_word_is_believed_the_newest(door: Door) -> None:
    sample = await a_sample(door)
    await door.hear(a_purity(sample, "94"), a_purity(sample, "96"))
    assert (await outcome(door), await listed(door)) == ("PASS", [("96", "")])


async def test_an_invalidated_sample_opens_all_that_was_found_in_it_until_another_is_tested(door: Door) -> None:
    sample = await a_sample(door)
    batch = sample.partition("/samples/")[0]
    await door.hear(a_purity(sample), a_report("appearance", "complies", "", sample))
    await door.sign("AssessBatch", "designated_person")
    await door.hear(a_report("", "", "", sample, result_id="", state="INVALIDATED"))
    assert ((await door.batch()).state, await outcome(door)) == (batch_pb2.Batch.IN_QC, "MISSING")
    assert len(await door.published("batch.reopened")) == 1
    (first,) = (await door.read("ListSamples", batch=batch)).samples
    assert first.invalidated
    second = await door.ask("RegisterSample", batch=batch, tests=[PURITY, "appearance"])
    at = stamp(door.clock.now())
    await door.hear(
        a_purity(second.name, capture_time=at), a_report("appearance", "complies", "", second.name, capture_time=at)
    )
    assert (await outcome(door), await outcome(door, "appearance")) == ("PASS", "PASS")


async def test_a_sample_is_registered_for_tests_that_the_specification_has(door: Door) -> None:
    batch = (await door.made()).name
    unknown = await door.refusal("RegisterSample", batch=batch, tests=["appearance", "taste"])
    assert (unknown.reason, unknown.facts["tests"]) == ("TEST_UNKNOWN", "taste")
    every = await door.ask("RegisterSample", batch=batch, laboratory="partners/other-lab")
    assert (every.name, every.laboratory) == (f"{batch}/samples/2", "partners/other-lab")
    assert list(every.tests) == ["appearance", PURITY, "sterility"]
    assert len(await door.published("sample.registered")) == 2


async def test_what_follows_from_other_tests_is_asked_of_no_laboratory(door: Door) -> None:
    await door.hear(a_product(), a_place("facility", "facilities/north"))
    await door.specify(more=TREND)
    await door.hear(a_produced_run())
    batch = await door.batch()
    assert [each.test for each in batch.verdicts] == ["appearance", PURITY, "sterility", "trend"]
    await door.ask("RegisterSample", batch=batch.name)
    samples = (await door.read("ListSamples", batch=batch.name)).samples
    assert [list(each.tests) for each in samples] == [["appearance", PURITY, "sterility"]] * 2
    refused = await door.refusal("RegisterSample", batch=batch.name, tests=[PURITY, "trend"])
    assert (refused.reason, refused.facts["tests"]) == ("TEST_UNKNOWN", "trend")


async def test_a_sponsor_sees_results_without_the_message_that_brought_them(door: Door) -> None:
    sample = await a_sample(door)
    await door.hear(a_purity(sample))
    batch = (await door.batch()).name
    (own,) = (await door.read("ListResults", door.caller(), batch=batch)).results
    (whole,) = (await door.read("ListResults", batch=batch)).results
    assert (own.message, whole.message, own.value) == ("", "messages/1", "99.1")
