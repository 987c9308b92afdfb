"""Incidents: one for each cause, with the doses under it; what rules do to them, and what persons do."""

from dataclasses import replace

import pytest
from doselane.tower.v1 import incident_pb2

from services.kernel.errors import Stale
from services.tower.domain.board import BoardEntry, judge
from services.tower.domain.causes import Cause, CauseKind, causes_of
from services.tower.domain.incident import (
    Incident,
    IncidentBook,
    IncidentNews,
    IncidentSeverity,
    IncidentState,
    acknowledge,
    resolve,
)
from services.tower.domain.known import RunStanding
from services.tower.domain.refusals import IncidentResolved
from services.tower.events import incident_message, seen_by
from tests.support.tower import HARBOR, NORTHLAKE, RUN, a_run, a_shipment, a_slot, at, facts, made

FAILED = a_run(state=RunStanding.FAILED)


def under(dose: str, partner: str = NORTHLAKE, hours: float = -20) -> tuple[Cause, BoardEntry]:
    """A dose of a failed run."""
    known = facts(run=FAILED, slot=a_slot(dose=dose, partner=partner))
    (cause,) = causes_of(known, at(hours))
    return cause, judge(known, (cause,), None, at(hours))


def opened(*doses: tuple[Cause, BoardEntry]) -> Incident:
    book = IncidentBook({}, at(-20))
    for cause, entry in doses:
        book.touch(cause, entry)
    (change,) = book.changes({f"RUN_FAILED {RUN}": "incidents/1"})
    assert change.what is IncidentNews.OPENED
    return change.incident


def test_doses_of_one_cause_are_one_incident_and_its_severity_is_that_of_the_gravest():
    lost = under("d2", hours=39)
    incident = opened(under("d1"), lost)
    assert [each.dose for each in incident.touched] == ["d1", "d2"]
    assert (incident.kind, incident.subject, incident.version) == (CauseKind.RUN_FAILED, RUN, 1)
    assert incident.severity is IncidentSeverity.CRITICAL
    assert opened(under("d1")).severity is IncidentSeverity.MAJOR


def test_a_dose_that_nothing_is_new_of_changes_nothing():
    incident = opened(under("d1"))
    book = IncidentBook({incident.key: incident}, at(-19))
    book.touch(*under("d1"))
    assert book.changes({}) == []


def test_who_is_concerned_by_an_update_is_whose_dose_is_new():
    incident = opened(under("d1"))
    book = IncidentBook({incident.key: incident}, at(-19))
    book.touch(*under("d1"))
    book.touch(*under("d2", HARBOR))
    (change,) = book.changes({})
    assert (change.what, change.partners, change.incident.version) == (IncidentNews.UPDATED, (HARBOR,), 2)


def test_an_incident_is_resolved_when_the_last_dose_leaves_it_and_remembers_whom_it_touched():
    incident = opened(under("d1"), under("d2", HARBOR))
    book = IncidentBook({incident.key: incident}, at(-19))
    book.leave(incident.key, under("d1")[1])
    (change,) = book.changes({})
    assert change.what is IncidentNews.UPDATED and [each.dose for each in change.incident.touched] == ["d2"]
    last = IncidentBook({incident.key: change.incident}, at(-18))
    last.leave(incident.key, under("d2", HARBOR)[1])
    (end,) = last.changes({})
    assert (end.what, end.incident.state, end.incident.settled) == (
        IncidentNews.RESOLVED,
        IncidentState.RESOLVED,
        False,
    )
    assert [each.dose for each in end.incident.touched] == ["d1", "d2"] and end.incident.resolved_at == at(-18)
    assert IncidentBook({}, at(-18)).changes({}) == []


def test_persons_look_after_an_incident_and_close_it_once():
    seen = acknowledge(opened(under("d1")), at(-19), "staff", "on it").incident
    again = acknowledge(seen, at(-18), "night shift", "").incident
    assert (again.state, again.acknowledged_at, len(again.steps)) == (IncidentState.ACKNOWLEDGED, at(-19), 3)
    closed = resolve(again, at(-17), "staff", "claimed anew").incident
    assert (closed.state, closed.settled, closed.version) == (IncidentState.RESOLVED, True, 4)
    for change in (acknowledge, resolve):
        with pytest.raises(IncidentResolved):
            change(closed, at(-16), "staff", "")
    with pytest.raises(Stale):
        closed.require_etag("1")
    closed.require_etag("4")


def test_a_closed_incident_sets_aside_what_a_person_can_judge_and_no_fact():
    (warm,) = causes_of(made(shipment=a_shipment(excursions=1)), at(9))
    incident = replace(opened(under("d1")), kind=warm.kind, mark=warm.mark_or_words)
    assert not incident.sets_aside(warm)
    closed = resolve(incident, at(10), "staff", "the logger was outside").incident
    assert closed.sets_aside(warm) and not closed.sets_aside(replace(warm, mark="2"))
    failed, _ = under("d1")
    of_run = resolve(opened(under("d1")), at(10), "staff", "claimed anew").incident
    assert of_run.closed_for(failed) and not of_run.sets_aside(failed)


def test_a_sponsor_sees_an_incident_as_if_there_were_its_own_doses_alone():
    own, lost = under("d1"), under("d2", HARBOR, hours=39)
    whole = acknowledge(opened(own, lost), at(-19), "staff", "between us").incident
    seen = seen_by(NORTHLAKE, incident_message(whole))
    alone = seen_by(NORTHLAKE, incident_message(acknowledge(opened(own), at(-19), "another", "").incident))
    assert seen == alone
    assert seen.severity == incident_pb2.Incident.MAJOR and not seen.etag
    assert seen_by(None, incident_message(whole)).severity == incident_pb2.Incident.CRITICAL


def test_which_delivery_of_isotope_it_was_is_not_told_to_sponsors():
    incident = replace(opened(under("d1")), subject="isotopeDeliveries/7")
    assert seen_by(NORTHLAKE, incident_message(incident)).subject == ""
    assert seen_by(None, incident_message(incident)).subject == "isotopeDeliveries/7"
