"""Who may queue and leave: standby says no for the reasons of a claim, and for a few of its own."""

from datetime import timedelta
from typing import Any

import pytest

from services.network import NOTHING
from services.slotting.domain import RunState, decide
from services.slotting.domain.queueing import WAITING_MAX
from tests.support.slotting import (
    HARBOR,
    LANE,
    NOON,
    NORTHLAKE,
    a_book,
    a_demand,
    a_lane,
    a_page,
    a_release,
    a_run,
    a_site,
)
from tests.support.slotting_standby import a_full_page, a_join, a_leave, queued
from tests.unit.slotting.pictures import refusal

CUTOFF = NOON + timedelta(hours=20)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"run": "runs/none"}, "RUN_UNKNOWN"),
        ({"site": "sites/none"}, "SITE_UNKNOWN"),
        ({"activity_mbq": 60_000.0}, "DECAYED_BELOW_MINIMUM"),
        ({"lane": "lanes/none"}, "LANE_NOT_VALID"),
        ({"lane": LANE, "administration_at": NOON + timedelta(hours=25)}, "LANE_NOT_VALID"),
    ],
)
def test_what_no_room_would_help_does_not_wait(wrong: dict[str, Any], reason: str):
    page, _ = a_full_page(lane=a_lane())
    assert refusal(page, a_join(a_demand(**wrong))).reason == reason


def test_nobody_waits_without_a_licence_nor_from_the_cut_off_on_nor_for_a_run_that_is_not_open():
    assert (
        refusal(a_page(a_book(pool=NOTHING), site=a_site(licences=[])), a_join(operator=True)).reason == "SITE_LICENCE"
    )
    assert refusal(a_page(a_book(), now=CUTOFF), a_join()).reason == "CUTOFF_PASSED"
    planned = a_book(a_run(state=RunState.PLANNED))
    assert refusal(a_page(planned), a_join()).reason == "RUN_UNKNOWN"
    assert refusal(a_page(planned), a_join(operator=True)).reason == "RUN_NOT_OPEN"


def test_an_unknown_standby_and_one_of_others_are_answered_alike():
    page, _ = a_full_page()
    standby, unknown = queued(page), a_join().standby_id
    for standby_id, partner in ((standby.id, HARBOR), (unknown, NORTHLAKE)):
        said = refusal(page, a_leave(standby_id, partner=partner))
        assert (said.reason, said.message) == ("STANDBY_UNKNOWN", "There is no such standby.")
        assert said.facts == {"standby": f"standbys/{standby_id}"}


def test_what_is_over_cannot_be_left_and_what_changed_is_stale():
    page, slot = a_full_page()
    standby = queued(page)
    decide(page, a_release(slot.id))
    assert refusal(page, a_leave(standby.id, "v1")).reason == "STALE"
    decide(page, a_leave(standby.id, "v2"))
    said = refusal(page, a_leave(standby.id))
    assert (said.reason, said.facts) == ("STANDBY_CLOSED", {"standby": standby.name, "state": "LEFT"})


def test_one_sponsor_can_have_so_many_orders_waiting_and_others_do_not_count():
    page, _ = a_full_page()
    assert WAITING_MAX == 100
    waiting = [queued(page) for _ in range(WAITING_MAX)]
    said = refusal(page, a_join())
    assert (said.reason, said.facts) == ("STANDBYS_FULL", {"run": "runs/lu-1", "waiting": str(WAITING_MAX)})
    queued(page, a_demand(partner=HARBOR))
    decide(page, a_leave(waiting[7].id))
    queued(page)
