"""A batch, from quality control to its final certification."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.kernel.errors import Stale
from services.kernel.provenance import Provenance
from services.quality.domain import batch as rules
from services.quality.domain import refusals
from services.quality.domain.batch import Batch, BatchHappened, Deviation, ReleaseTerms, State
from services.quality.domain.specification import Outcome
from tests.support.quality import BY, EOS, a_batch, a_production, a_signature, verdicts

GOOD = Outcome.PASS
DISPATCHABLE = verdicts(appearance=GOOD)
USABLE = verdicts(appearance=GOOD, lu177m=GOOD)
ALL = verdicts(appearance=GOOD, lu177m=GOOD, sterility=GOOD)
NO_SIGNATURES = ReleaseTerms(designated_person=False, qualified_person=False)


def at(state: State, **other: object) -> Batch:
    return replace(a_batch(verdicts=ALL), state=state, **other)  # type: ignore[arg-type]


def test_a_new_batch_is_in_quality_control_in_its_first_version() -> None:
    created = rules.create("batches/1", a_production(), None, ReleaseTerms(), BY)
    assert (created.what, created.batch.state, created.batch.version) == (BatchHappened.CREATED, State.IN_QC, 1)
    assert created.batch.created_at == BY.at


def test_the_concentration_decays_from_the_instant_of_the_measurement() -> None:
    batch = a_batch(made=a_production(measured_mbq=50_000.0, volume_ul=25_000))
    assert batch.concentration_mbq_per_ml(EOS) == pytest.approx(2000.0)
    assert batch.concentration_mbq_per_ml(EOS + timedelta(days=6.647)) == pytest.approx(1000.0)


def test_without_a_volume_there_is_no_concentration() -> None:
    assert a_batch(made=a_production(volume_ul=None)).concentration_mbq_per_ml(EOS) is None


def test_a_change_of_another_version_is_stale() -> None:
    with pytest.raises(Stale):
        a_batch().require_etag("v2")
    a_batch().require_etag("v1")
    a_batch().require_etag("")


# Dispatch in quarantine


def test_a_batch_leaves_in_quarantine_when_its_tests_passed_the_pack_is_there_and_somebody_signed() -> None:
    changed = rules.ready_to_ship(a_batch(verdicts=DISPATCHABLE), [], a_signature(), BY)
    assert (changed.what, changed.batch.state) == (BatchHappened.READY_TO_SHIP, State.READY_TO_SHIP)
    assert (changed.batch.version, changed.batch.signatures) == (2, (a_signature(),))


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.PASS])
def test_no_test_before_dispatch_may_be_open(outcome: Outcome) -> None:
    with pytest.raises(refusals.TestsOpen) as refused:
        rules.require_dispatch(a_batch(verdicts=verdicts(appearance=outcome)), [], BY.at)
    assert refused.value.facts["tests"] == f"appearance {outcome}"


def test_an_optional_test_without_a_result_holds_nothing_up() -> None:
    optional = replace(verdicts()[0], required=False)
    rules.require_dispatch(a_batch(verdicts=(optional,)), [], BY.at)
    with pytest.raises(refusals.TestsOpen):
        rules.require_dispatch(a_batch(verdicts=(replace(optional, outcome=Outcome.FAIL),)), [], BY.at)


def test_missing_documents_are_named() -> None:
    with pytest.raises(refusals.PackIncomplete) as refused:
        rules.require_dispatch(a_batch(verdicts=DISPATCHABLE), ["LABEL of slots/1", "BATCH_RECORD"], BY.at)
    assert refused.value.facts["missing"] == "BATCH_RECORD, LABEL of slots/1"


def test_a_batch_without_a_specification_passes_nothing() -> None:
    with pytest.raises(refusals.TestsOpen):
        rules.require_dispatch(a_batch(verdicts=(), specified=None), [], BY.at)


def test_what_has_expired_does_not_leave() -> None:
    batch = a_batch(verdicts=DISPATCHABLE)
    rules.require_dispatch(batch, [], batch.made.expires_at - timedelta(microseconds=1))
    with pytest.raises(refusals.BatchExpired):
        rules.require_dispatch(batch, [], batch.made.expires_at)


@pytest.mark.parametrize("state", [each for each in State if each is not State.IN_QC])
def test_only_what_is_in_quality_control_can_become_ready(state: State) -> None:
    with pytest.raises(refusals.BatchState):
        rules.require_dispatch(at(state), [], BY.at)


# Certification


def test_a_batch_is_certified_for_use_and_then_finally() -> None:
    used = rules.certify_for_use(at(State.READY_TO_SHIP, verdicts=USABLE), a_signature(), BY)
    assert (used.what, used.batch.state) == (BatchHappened.CERTIFIED_FOR_USE, State.CERTIFIED_FOR_USE)
    final = rules.certify_final(replace(used.batch, verdicts=ALL), a_signature(), BY)
    assert (final.what, final.batch.state) == (BatchHappened.CERTIFIED_FINAL, State.CERTIFIED_FINAL)
    assert len(final.batch.signatures) == 2


@pytest.mark.parametrize("state", [each for each in State if each is not State.READY_TO_SHIP])
def test_nothing_is_certified_for_use_that_is_not_ready(state: State) -> None:
    with pytest.raises(refusals.BatchState):
        rules.certify_for_use(at(state), None, BY)


@pytest.mark.parametrize("state", [each for each in State if each is not State.CERTIFIED_FOR_USE])
def test_nothing_is_certified_finally_that_was_not_certified_for_use(state: State) -> None:
    with pytest.raises(refusals.BatchState):
        rules.certify_final(at(state), None, BY)


@pytest.mark.parametrize("missing", ["appearance", "lu177m"])
def test_for_use_every_test_before_use_must_have_passed(missing: str) -> None:
    found = {test: GOOD for test in ("appearance", "lu177m") if test != missing}
    with pytest.raises(refusals.TestsOpen) as refused:
        rules.require_use(at(State.READY_TO_SHIP, verdicts=verdicts(**found)), BY.at)
    assert refused.value.facts["tests"] == f"{missing} MISSING"


def test_what_has_expired_is_not_certified_for_use() -> None:
    batch = at(State.READY_TO_SHIP)
    rules.require_use(batch, batch.made.expires_at - timedelta(microseconds=1))
    with pytest.raises(refusals.BatchExpired):
        rules.require_use(batch, batch.made.expires_at)


def test_the_final_certification_waits_for_the_tests_after_use() -> None:
    with pytest.raises(refusals.TestsOpen) as refused:
        rules.certify_final(at(State.CERTIFIED_FOR_USE, verdicts=USABLE), None, BY)
    assert refused.value.facts["tests"] == "sterility MISSING"


@pytest.mark.parametrize("final", [False, True])
def test_an_open_deviation_stops_both_certifications(final: bool) -> None:
    state = State.CERTIFIED_FOR_USE if final else State.READY_TO_SHIP
    batch = at(state, deviations=(Deviation(1, "door open", EOS), Deviation(2, "closed", EOS, "nothing", EOS)))
    with pytest.raises(refusals.DeviationsOpen) as refused:
        (rules.certify_final if final else rules.certify_for_use)(batch, None, BY)
    assert refused.value.facts["deviations"] == "1"


# What the rules take back


def test_nothing_changes_where_the_rules_say_the_same() -> None:
    assert rules.judge(a_batch(), verdicts(), BY) is None


def test_results_of_a_batch_in_quality_control_change_its_verdicts_only() -> None:
    changed = rules.judge(a_batch(), ALL, BY)
    assert changed and (changed.what, changed.batch.state) == (BatchHappened.JUDGED, State.IN_QC)
    assert changed.batch.verdicts == ALL


@pytest.mark.parametrize(
    ("state", "now", "after"),
    [
        (State.READY_TO_SHIP, verdicts(lu177m=GOOD), State.IN_QC),
        (State.READY_TO_SHIP, verdicts(appearance=Outcome.FAIL), State.IN_QC),
        (State.READY_TO_SHIP, DISPATCHABLE, State.READY_TO_SHIP),
        (State.CERTIFIED_FOR_USE, DISPATCHABLE, State.READY_TO_SHIP),
        (State.CERTIFIED_FOR_USE, verdicts(lu177m=GOOD), State.IN_QC),
        (State.CERTIFIED_FOR_USE, USABLE, State.CERTIFIED_FOR_USE),
        (State.CERTIFIED_FINAL, USABLE, State.CERTIFIED_FOR_USE),
        (State.CERTIFIED_FINAL, DISPATCHABLE, State.READY_TO_SHIP),
    ],
)
def test_what_no_longer_passes_opens_what_was_decided_on_it(state: State, now: tuple, after: State) -> None:  # type: ignore[type-arg]
    changed = rules.judge(at(state, verdicts=()), now, BY)
    assert changed and changed.batch.state is after
    assert changed.what is (BatchHappened.JUDGED if after is state else BatchHappened.REOPENED)


@pytest.mark.parametrize("state", [State.CERTIFIED_FOR_USE, State.CERTIFIED_FINAL])
@pytest.mark.parametrize("test", ["appearance", "lu177m", "sterility"])
def test_what_fails_after_the_certification_may_have_been_given_to_a_patient(state: State, test: str) -> None:
    changed = rules.judge(at(state), verdicts(**{test: Outcome.FAIL}), BY)
    assert changed
    assert (changed.what, changed.batch.state) == (BatchHappened.FAILED_AFTER_USE, State.FAILED_AFTER_USE)


@pytest.mark.parametrize("state", [State.REJECTED, State.FAILED_AFTER_USE])
def test_what_has_ended_stays_so_whatever_is_found_later(state: State) -> None:
    changed = rules.judge(at(state), verdicts(), BY)
    assert changed and (changed.what, changed.batch.state) == (BatchHappened.JUDGED, state)


# Rejection and deviations


@pytest.mark.parametrize("state", [State.IN_QC, State.READY_TO_SHIP])
def test_a_batch_is_rejected_also_when_it_is_on_the_road(state: State) -> None:
    changed = rules.reject(at(state), a_signature(), Provenance("qa", EOS, "particles"))
    assert (changed.what, changed.batch.state) == (BatchHappened.REJECTED, State.REJECTED)
    assert changed.batch.rejection_reason == "particles"
    assert changed.batch.signatures == (a_signature(),)


@pytest.mark.parametrize(
    "state", [State.CERTIFIED_FOR_USE, State.CERTIFIED_FINAL, State.REJECTED, State.FAILED_AFTER_USE]
)
def test_what_was_certified_or_has_ended_is_not_rejected(state: State) -> None:
    with pytest.raises(refusals.BatchState):
        rules.reject(at(state), a_signature(), BY)


def test_deviations_are_numbered_and_closed_once() -> None:
    batch = rules.raise_deviation(a_batch(), "first", BY).batch
    batch = rules.raise_deviation(batch, "second", BY).batch
    assert batch.open_deviations == (1, 2)
    changed = rules.close_deviation(batch, 2, "harmless", a_signature(), BY)
    assert (changed.what, changed.batch.open_deviations) == (BatchHappened.DEVIATED, (1,))
    assert changed.batch.deviations[1].conclusion == "harmless"
    with pytest.raises(refusals.DeviationUnknown):
        rules.close_deviation(changed.batch, 2, "again", a_signature(), BY)


@pytest.mark.parametrize("state", list(State))
def test_a_deviation_can_be_raised_until_the_batch_has_ended(state: State) -> None:
    if state in rules.ENDED:
        with pytest.raises(refusals.BatchState):
            rules.raise_deviation(at(state), "late", BY)
    else:
        assert rules.raise_deviation(at(state), "in time", BY).batch.open_deviations == (1,)


# Products that ask for no signature


def test_without_signatures_asked_for_a_batch_goes_on_by_itself() -> None:
    batch, states = a_batch(terms=NO_SIGNATURES, verdicts=ALL), []
    while changed := rules.settle(batch, [], BY):
        batch = changed.batch
        states.append(batch.state)
    assert states == [State.READY_TO_SHIP, State.CERTIFIED_FOR_USE, State.CERTIFIED_FINAL]


def test_where_a_signature_is_asked_for_the_rules_never_give_it() -> None:
    assert rules.settle(a_batch(verdicts=ALL), [], BY) is None
    assert rules.settle(at(State.READY_TO_SHIP), [], BY) is None
    assert rules.settle(at(State.CERTIFIED_FOR_USE), [], BY) is None
    assert rules.settle(at(State.CERTIFIED_FINAL), [], BY) is None


def test_by_itself_goes_only_what_may_go() -> None:
    assert rules.settle(a_batch(terms=NO_SIGNATURES), [], BY) is None
    assert rules.settle(a_batch(terms=NO_SIGNATURES, verdicts=ALL), ["LABEL"], BY) is None


def test_a_batch_adopts_the_specification_that_came_later() -> None:
    specified = a_batch().specified
    assert specified
    changed = rules.adopt(a_batch(specified=None), specified, NO_SIGNATURES, BY)
    assert (changed.batch.specified, changed.batch.terms, changed.batch.version) == (specified, NO_SIGNATURES, 2)


def test_each_change_of_the_verdicts_is_another_decision() -> None:
    once = rules.judge(a_batch(), DISPATCHABLE, BY)
    assert once is not None
    back = rules.judge(once.batch, verdicts(), BY)
    assert back is not None
    assert (once.batch.decision, back.batch.decision) == (1, 2)
