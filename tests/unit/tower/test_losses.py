"""The report of a loss says what was recorded: the cause, each move with its time, who was told, who was asked."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from services.tower.domain.board import BoardEntry, judge
from services.tower.domain.causes import CauseKind, causes_of
from services.tower.domain.consent import Consent, ConsentState, ConsentTerms
from services.tower.domain.escalation import (
    AlertOutcome,
    AlertState,
    Escalation,
    EscalationState,
    EscalationStep,
)
from services.tower.domain.incident import Incident, IncidentState, IncidentStep
from services.tower.domain.known import RunStanding
from services.tower.domain.ladder import AlertChannel, AlertContact
from services.tower.domain.loss import LossReport, MissedMove, RecordedMoves, loss_report
from services.tower.domain.rescue import KnownMove, known_moves
from services.tower.events.losses import loss_message
from tests.support.tower import HARBOR, LANE, NORTHLAKE, RUN, a_run, at, facts, made

STAFF = "partners/cdmo"
OTHER = KnownMove("runs/lu-2", at(2))
LATER = KnownMove(RUN, at(5), LANE, at(6))


def lost() -> BoardEntry:
    """A dose of a run that failed, when nothing can be made in time any more; in the incident of its run."""
    known = facts(run=a_run(state=RunStanding.FAILED))
    entry = judge(known, causes_of(known, at(40)), None, at(40))
    return replace(entry, hazards=tuple(replace(each, incident="incidents/1") for each in entry.hazards))


def an_incident(name: str = "incidents/1", opened: float = -10, acknowledged: float | None = None) -> Incident:
    steps = [IncidentStep(IncidentState.OPEN, at(opened))]
    steps += [IncidentStep(IncidentState.ACKNOWLEDGED, at(acknowledged), "x")] if acknowledged is not None else []
    facts: dict[str, Any] = {"key": name, "kind": CauseKind.RUN_FAILED, "subject": RUN, "explanation": "It failed."}
    return Incident(name, state=IncidentState.OPEN, opened_at=at(opened), steps=tuple(steps), **facts)


def an_escalation(partner: str = STAFF, taken: float = -9, **changes: Any) -> Escalation:
    contacts = AlertContact(AlertChannel.EMAIL, "a@b.example"), AlertContact(AlertChannel.SMS, "+15550100200")
    outcomes = (
        AlertOutcome(contacts[0], AlertState.SENT, at(taken), "250 OK"),
        AlertOutcome(contacts[1], AlertState.FAILED, at(taken), "no"),
    )
    steps = (
        EscalationStep(100, contacts, None, at(taken), ("d1",), outcomes),
        EscalationStep(50, contacts, None, at(taken + 1), ("d2",), outcomes),  # of another dose
        EscalationStep(5, contacts),
    )
    made = Escalation(
        f"escalations/{partner[9:]}", "escalationLadders/1", partner, partner != STAFF, "incidents/1",
        CauseKind.RUN_FAILED, RUN, "products/lu", EscalationState.RUNNING, at(taken), steps,
    )  # fmt: skip
    return replace(made, **changes)


def a_report(*recorded: RecordedMoves, **more: Any) -> LossReport:
    found = {"incidents": [an_incident()], "escalations": [], "consents": [], **more}
    return loss_report(lost(), recorded, **found)


def spans(*recorded: RecordedMoves) -> list[tuple[str, str, datetime, datetime]]:
    return [(each.run, each.lane, each.known_at, each.until_at) for each in a_report(*recorded).moves]


@pytest.mark.parametrize(
    ("recorded", "moves"),
    [
        ([], []),
        ([(-10, [OTHER])], [("runs/lu-2", "", -10, 2)]),
        ([(-10, [OTHER]), (2, [])], [("runs/lu-2", "", -10, 2)]),  # its time came
        ([(-10, [OTHER]), (-3, [])], [("runs/lu-2", "", -10, -3)]),  # the run was closed before
        ([(-10, [OTHER, LATER]), (2, [LATER]), (5, [])], [(RUN, LANE, -10, 5), ("runs/lu-2", "", -10, 2)]),
        ([(-10, [OTHER]), (-8, []), (-6, [OTHER])], [("runs/lu-2", "", -6, 2), ("runs/lu-2", "", -10, -8)]),
        ([(-10, [OTHER]), (-5, [OTHER._replace(until_at=at(1))])], [("runs/lu-2", "", -10, 1)]),  # the cut-off moved
        ([(-5, []), (-10, [OTHER])], [("runs/lu-2", "", -10, -5)]),  # in whatever order they are read
    ],
)
def test_each_move_is_told_with_the_time_in_which_it_was_possible(recorded: list[Any], moves: list[Any]):
    told = spans(*(RecordedMoves(at(hours), known) for hours, known in recorded))
    assert told == [(run, lane, at(known), at(until)) for run, lane, known, until in moves]


def test_the_last_move_that_was_possible_is_what_would_have_saved_it():
    report = a_report(RecordedMoves(at(-10), [OTHER, LATER]))
    assert report.last_rescue_at == at(5)
    assert report.moves[0] == MissedMove(RUN, LANE, at(6), at(-10), at(5))
    assert f"Another departure, by {LANE} at 2027-03-01T18:00:00Z would have saved it, until 2027-03-01T17:00:00Z." in (
        report.explanation
    )
    assert "A place on runs/lu-2 would have saved it" in a_report(RecordedMoves(at(-10), [OTHER])).explanation


def test_where_nothing_was_known_nothing_is_guessed():
    report = a_report()
    assert (report.moves, report.last_rescue_at, report.told, report.asked) == ((), None, (), ())
    assert "No move that could have saved it was known at any time." in report.explanation
    assert "No ladder told anybody" in report.explanation and "Nobody acknowledged it." in report.explanation
    said = loss_message(report)
    assert not said.HasField("last_rescue_time") and said.HasField("loss_time")


def test_the_cause_is_the_first_that_it_was_under_at_its_end_and_all_are_listed():
    earlier = an_incident("incidents/0", opened=-15)
    report = a_report(incidents=[an_incident(acknowledged=-8), earlier])
    assert report.cause is not None
    assert (report.cause.incident, report.cause.acknowledged_at) == ("incidents/1", at(-8))
    assert [each.incident for each in report.causes] == ["incidents/0", "incidents/1"]
    assert report.cause.explanation == "The manufacture of its run failed."
    gone = a_report(incidents=[])
    assert gone.cause is not None and gone.cause.kind is CauseKind.RUN_FAILED and gone.causes == ()
    harmless = replace(lost(), hazards=tuple(replace(each, endangers=False) for each in lost().hazards))
    assert loss_report(harmless, [], [], [], []).cause is None


def test_who_was_told_of_this_dose_is_told_with_what_came_of_it():
    report = a_report(escalations=[an_escalation(acknowledged_at=at(-7))])
    assert [(each.step, each.outcome.state, each.acknowledged_at) for each in report.told] == [
        (1, AlertState.SENT, at(-7)), (1, AlertState.FAILED, at(-7)),
    ]  # fmt: skip
    assert "Ladders told 1 of 2 contacts, from 2027-03-01T03:00:00Z on." in report.explanation
    assert "Somebody looked after it from 2027-03-01T05:00:00Z on." in report.explanation


def test_a_sponsor_reads_whom_its_own_ladder_told_and_of_the_manufacturers_only_that_it_told():
    report = a_report(escalations=[an_escalation(), an_escalation(NORTHLAKE, -8)])
    assert report.seen_by(None) == report
    told = report.seen_by(NORTHLAKE).told
    assert [(each.partner, each.escalation, each.outcome.contact.address) for each in told] == [
        (STAFF, "", ""), (STAFF, "", ""),
        (NORTHLAKE, "escalations/northlake", "a@b.example"), (NORTHLAKE, "escalations/northlake", "+15550100200"),
    ]  # fmt: skip
    assert not any(each.outcome.detail for each in told[:2])
    assert "a@b.example" not in str(loss_message(report.seen_by(HARBOR)))


def test_what_the_sponsor_was_asked_is_told_with_when_it_answered():
    asked = Consent(
        "consents/1", NORTHLAKE, ConsentState.ASKED, ConsentTerms(dose="d1"), at(-9), at(2), at(-9), at(-9), "", "", 1,
        "It is given later.",
    )  # fmt: skip
    refused = replace(asked, name="consents/2", state=ConsentState.REFUSED, updated_at=at(-4))
    report = a_report(RecordedMoves(at(-10), [OTHER]), consents=[asked, refused])
    assert [(each.consent, each.answered_at) for each in report.asked] == [("consents/1", None), ("consents/2", at(-4))]
    assert "Consents asked for: 2." in report.explanation


def test_the_moves_that_are_known_are_those_that_the_window_follows_from():
    failed = a_run(state=RunStanding.FAILED)
    other = a_run(name="runs/lu-2", ends_at=at(6), cutoff_at=at(2))
    known = facts(run=failed, other_runs=[other])
    assert known_moves(known, causes_of(known, at(-10)), at(-10)) == [OTHER]
    departures = known_moves(made(), (), at(0))
    assert departures and {each.lane for each in departures} == {LANE}
    assert all(each.departure_at and each.until_at < each.departure_at for each in departures)
