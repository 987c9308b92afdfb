"""Ladders: what can be written, and how they are played while the time to save doses runs, shrinks and grows."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.kernel.errors import Invalid, Stale
from services.tower.domain.board import DoseVerdict
from services.tower.domain.causes import CauseKind
from services.tower.domain.escalation import (
    AlertState,
    Escalation,
    EscalationNews,
    EscalationState,
    acknowledge_escalation,
    begin,
    concerned,
    note_outcome,
    play,
)
from services.tower.domain.incident import Incident, IncidentState, IncidentStep, TouchedDose, acknowledge, resolve
from services.tower.domain.ladder import (
    AlertChannel,
    AlertContact,
    EscalationLadder,
    LadderStep,
    name_of_ladder,
    set_ladder,
    withdraw_ladder,
)
from services.tower.domain.refusals import EscalationEnded
from tests.support.tower import HARBOR, NORTHLAKE, PRODUCT, RUN, at

STAFF = "partners/cdmo"
DESK = AlertContact(AlertChannel.EMAIL, "tower@cdmo.example")
PHONE = AlertContact(AlertChannel.SMS, "+15550100200")
HOOK = AlertContact(AlertChannel.WEBHOOK)
STEPS = (LadderStep(100, (DESK,)), LadderStep(50, (DESK, PHONE)), LadderStep(10, (PHONE, HOOK)))


def a_ladder(*steps: LadderStep, owner: str = STAFF) -> EscalationLadder:
    return set_ladder(None, (owner, owner != STAFF), PRODUCT, steps or STEPS, at(-20), ("night-shift", "")).ladder


def a_dose(until: float | None, dose: str = "d1", partner: str = NORTHLAKE, **changes: object) -> TouchedDose:
    until_at = at(until) if until is not None else None
    return replace(TouchedDose(dose, partner, DoseVerdict.AT_RISK, until_at), **changes)  # type: ignore[arg-type]


def an_incident(*doses: TouchedDose, subject: str = RUN) -> Incident:
    step = IncidentStep(IncidentState.OPEN, at(0))
    facts = {"name": "incidents/1", "key": "k", "kind": CauseKind.RUN_FAILED, "explanation": "", "version": 1}
    return Incident(subject=subject, state=IncidentState.OPEN, opened_at=at(0), doses=doses, steps=(step,), **facts)  # type: ignore[arg-type]


def played(escalation: Escalation, now: float, *doses: TouchedDose) -> tuple[Escalation, list[int]]:
    """The escalation after an instant, and the numbers of the steps that were taken."""
    changes = play(escalation, an_incident(*doses), doses, at(now))
    assert [change.escalation.version for change in changes] == [
        escalation.version + place for place, _ in enumerate(changes, 1)
    ]
    return (changes[-1].escalation if changes else escalation), [each.step for each in changes if each.step]


def begun(until: float = 10, ladder: EscalationLadder | None = None) -> Escalation:
    """One whose time is from noon on, for so many hours, with its first step taken."""
    incident = an_incident(a_dose(until))
    fresh = begin("escalations/1", ladder or a_ladder(), incident, at(0))
    after, steps = played(fresh, 0, *incident.doses)
    assert steps == [1]
    return after


def due(escalation: Escalation) -> list[datetime | None]:
    return [step.due_at for step in escalation.steps]


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((LadderStep(50, (DESK,)), LadderStep(50, (PHONE,))), r"steps\[1\].left_percent must be less"),
        ((LadderStep(50, (DESK, DESK)),), "must name each once"),
        (
            (LadderStep(50, (replace(DESK, address="tower@cdmo.example\r\nBcc:all@cdmo.example"),)),),
            "an address such as",
        ),
        ((LadderStep(50, (replace(DESK, address="a@b@cdmo.example"),)),), "an address such as"),
        ((LadderStep(50, (replace(DESK, address="tower"),)),), "an address such as"),
        ((LadderStep(50, (replace(DESK, address="tower@cdmo.example,x@y.example"),)),), "an address such as"),
        ((LadderStep(50, (replace(PHONE, address="0041555"),)),), r"E\.164"),
        ((LadderStep(50, (replace(HOOK, address="https://cdmo.example"),)),), "must be empty"),
    ],
)
def test_a_ladder_that_could_not_be_played_is_refused_saying_where(steps: tuple[LadderStep, ...], said: str):
    with pytest.raises(Invalid, match=said) as refused:
        set_ladder(None, (STAFF, False), PRODUCT, steps, at(0), ("somebody", ""))
    assert refused.value.facts["field"] == "steps"


def test_a_partner_has_one_ladder_for_a_product_in_versions():
    first = a_ladder()
    second = set_ladder(first, (STAFF, False), PRODUCT, STEPS[:1], at(1), ("day-shift", "less noise")).ladder
    assert (second.name, second.version, second.created_at, second.updated_at) == (first.name, 2, at(-20), at(1))
    gone = withdraw_ladder(second, at(2), ("day-shift", "")).ladder
    assert (gone.withdrawn, gone.version) == (True, 3)
    again = set_ladder(gone, (STAFF, False), PRODUCT, STEPS, at(3), ("day-shift", "")).ladder
    assert (again.withdrawn, again.version, again.name) == (False, 4, name_of_ladder(STAFF, PRODUCT))
    assert a_ladder(owner=NORTHLAKE).name != first.name
    with pytest.raises(Stale):
        second.require_etag("1")


def test_steps_are_taken_at_their_shares_of_the_time_and_each_once():
    escalation = begun()
    assert due(escalation) == [None, at(5), at(9)]
    told = escalation.steps[0]
    assert (told.taken_at, told.doses, [each.state for each in told.outcomes]) == (at(0), ("d1",), [AlertState.SENDING])
    assert played(escalation, 4.99, a_dose(10)) == (escalation, [])
    half, steps = played(escalation, 5, a_dose(10))
    assert (steps, due(half), half.due_at) == ([2], [None, None, at(9)], at(9))
    assert played(half, 8.9, a_dose(10)) == (half, [])
    whole, steps = played(half, 9.5, a_dose(10))
    assert (steps, whole.due_at) == ([3], None)
    assert played(whole, 9.6, a_dose(10)) == (whole, [])


def test_who_comes_back_late_takes_what_was_due_in_order_and_nothing_twice():
    escalation, steps = played(begun(), 9.9, a_dose(10))
    assert steps == [2, 3]
    assert [step.taken_at for step in escalation.steps] == [at(0), at(9.9), at(9.9)]


@pytest.mark.parametrize("until", [1.0, 2.0, 4.0, 7.5, 9.9])
def test_a_time_that_shrinks_takes_its_steps_along_and_the_last_is_always_before_its_end(until: float):
    shrunk, _ = played(begun(), 0.6, a_dose(until))
    last = shrunk.steps[-1].due_at
    assert last == at(until) - timedelta(hours=until) * 0.1 < at(until)
    assert played(shrunk, until * 0.95, a_dose(until))[1][-1:] == [3]


def test_a_time_that_shrinks_to_nearly_nothing_still_has_its_last_step_before_its_end():
    now, end = at(3), at(3) + timedelta(microseconds=1)
    changes = play(begun(), an_incident(a_dose(None, rescue_until_at=end)), [a_dose(None, rescue_until_at=end)], now)
    assert [change.step for change in changes] == [2, 3]
    assert all(step.taken_at and step.taken_at < end for step in changes[-1].escalation.steps)


def test_after_the_time_nothing_is_told_as_if_it_could_still_help():
    over, steps = played(begun(), 10, a_dose(10))
    assert (steps, due(over), over.until_at, over.doses) == ([], [None] * 3, None, ())
    assert [step.taken_at for step in over.steps] == [at(0), None, None]
    back, steps = played(over, 11, a_dose(21))  # another run was opened
    assert (steps, back.due_at) == ([2], at(21) - timedelta(hours=21) / 10)


def test_the_most_urgent_dose_sets_the_time_and_those_that_are_over_do_not():
    doses = (a_dose(12), a_dose(8, "d2"), a_dose(1, "d3"), a_dose(None, "d4"))
    lost = replace(a_dose(9, "d5"), verdict=DoseVerdict.LOST)
    after, _ = played(begun(), 2, *doses, lost)
    assert [each.dose for each in after.doses] == ["d2", "d1"] and after.until_at == at(8)


def test_a_sponsors_ladder_is_about_its_own_doses_and_products_are_told_apart():
    doses = (a_dose(5), a_dose(5, "d2", HARBOR), a_dose(5, "d3"), a_dose(5, "d4", left=True))
    products = dict.fromkeys(("d1", "d2", "d4"), PRODUCT) | {"d3": "products/other"}
    incident = an_incident(*doses, subject="isotopeDeliveries/1")

    def about(owner: str) -> list[str]:
        return [each.dose for each in concerned(a_ladder(owner=owner), incident, products)]

    assert (about(STAFF), about(NORTHLAKE), about(HARBOR)) == (["d1", "d2"], ["d1"], ["d2"])
    assert begin("escalations/1", a_ladder(owner=NORTHLAKE), incident, at(0)).subject == ""
    assert begin("escalations/1", a_ladder(), incident, at(0)).subject == "isotopeDeliveries/1"


def test_an_acknowledgement_stops_it_and_may_be_said_again():
    change = acknowledge_escalation(begun(), at(1), "night-shift", "I call the airline")
    stopped = change.escalation
    assert (stopped.state, stopped.actor, stopped.due_at, stopped.version) == (
        EscalationState.ACKNOWLEDGED, "night-shift", None, 2,
    )  # fmt: skip
    assert played(stopped, 9.9, a_dose(10)) == (stopped, [])
    assert acknowledge_escalation(stopped, at(2), "day-shift", "").escalation.actor == "day-shift"


def test_who_acknowledges_the_incident_stops_the_manufacturers_ladder_and_not_a_sponsors():
    incident = acknowledge(an_incident(a_dose(10)), at(1), "night-shift", "seen").incident
    (change,) = play(begun(), incident, incident.doses, at(6))
    assert (change.what, change.step, change.actor) == (EscalationNews.ACKNOWLEDGED, 0, "night-shift")
    assert change.escalation.acknowledged_at == at(1)
    own = begun(ladder=a_ladder(owner=NORTHLAKE))
    assert [each.step for each in play(own, incident, incident.doses, at(6))] == [2]


@pytest.mark.parametrize("acknowledged", [True, False])
def test_an_incident_that_is_resolved_ends_it_for_good(acknowledged: bool):
    before = acknowledge_escalation(begun(), at(1), "x", "").escalation if acknowledged else begun()
    incident = resolve(an_incident(a_dose(10)), at(2)).incident
    (change,) = play(before, incident, [], at(2))
    ended = change.escalation
    assert (ended.state, ended.ended_at, ended.due_at, ended.doses) == (EscalationState.ENDED, at(2), None, ())
    assert not play(ended, an_incident(a_dose(10)), [a_dose(10)], at(3))
    with pytest.raises(EscalationEnded):
        acknowledge_escalation(ended, at(3), "x", "")


def test_what_became_of_an_alert_is_noted_once_and_what_was_sent_stays_sent():
    escalation = begun()
    failed = note_outcome(escalation, 1, 1, AlertState.FAILED, at(1), "550 no such user")
    assert failed and failed.escalation.steps[0].outcomes[0].detail == "550 no such user"
    sent = note_outcome(failed.escalation, 1, 1, AlertState.SENT, at(2), "250 ok")  # it was sent again by hand
    assert sent and sent.escalation.steps[0].outcomes[0].state is AlertState.SENT
    assert note_outcome(sent.escalation, 1, 1, AlertState.FAILED, at(3), "late") is None
    for step, contact in ((0, 1), (2, 1), (1, 2), (1, 0), (4, 1)):
        assert note_outcome(escalation, step, contact, AlertState.SENT, at(1), "") is None
