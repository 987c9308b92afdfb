"""Rescue plans as they are told: in words, with a fingerprint; and what is asked of slotting and heard from it."""

from datetime import timedelta
from typing import Any

import pytest
from doselane.slotting.v1 import moves_pb2
from doselane.tower.v1 import consent_pb2, rescue_pb2
from doselane.type.v1 import type_pb2

from services.kernel.errors import Invalid
from services.kernel.identity import Caller
from services.kernel.rpc import Call
from services.kernel.timestamps import stamp
from services.network import Capacity
from services.tower.domain.rescuing import RescuePlan, RunRoomLeft
from services.tower.domain.rescuing.explaining import explained, told
from services.tower.events.rescues import fingerprint_of, move_message, plan_message
from services.tower.rpc.rescues import asked_moves, rescue_ask_of
from services.tower.slotting import found_in
from tests.support.rescues import OTHER_RUN, a_rescue_move
from tests.support.tower import LANE, NORTHLAKE, PRODUCT, RUN, SITE, at

Move = rescue_pb2.RescueMove
DOSE = "0190f9a4-6d2e-7a10-9a3e-3f1f5f4d2c11"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "runs/lu-2 makes the dose instead of runs/lu-1; it leaves over lanes/quay-lake on 2027-03-01 18:00 UTC, "),
        ({}, "there by 2027-03-02 00:00 UTC. It is given on 2027-03-02 12:00 UTC with 7400 MBq, as promised. "),
        ({}, "Possible until 2027-03-01 08:00 UTC."),
        ({"run": RUN}, "The dose of its own run leaves over "),
        ({"run": RUN, "keeps_vial": True}, "The filled vial leaves over "),
        ({"administration_at": at(25)}, "MBq, 1 h later than promised. "),
        ({"administration_at": at(24) + timedelta(minutes=59, seconds=1)}, "MBq, 1 h later than promised. "),
        ({"administration_at": at(24) + timedelta(minutes=59)}, "MBq, 59 min later than promised. "),
        ({"administration_at": at(25.5), "activity_mbq": 7030.0}, "1 h 30 min later than promised and 95.0% of what "),
        ({"site": "sites/b"}, ", to sites/b. It is given on 2027-03-02 12:00 UTC with 7400 MBq, at another centre. "),
    ],
)
def test_a_move_is_told_in_words(changes: dict[str, Any], words: str):
    assert words in explained(a_rescue_move(**changes))


@pytest.mark.parametrize(
    ("moves", "unsaved", "words"),
    [
        ([{}], (), "Saves 1 of 1 dose; no patient notices anything; it can be carried out until 2027-03-01 08:00 UTC."),
        (
            [{"activity_mbq": 7000.0}],
            ("d2",),
            "Saves 1 of 2 doses; consents that are not there yet are needed for 1 of",
        ),
        ([{"activity_mbq": 7000.0, "consent": "consents/1"}], (), "Saves 1 of 1 dose; it can be carried out until "),
        ([{}, {"until_at": at(-5)}], (), "until 2027-03-01 07:00 UTC."),
    ],
)
def test_a_plan_is_told_in_words(moves: list[dict[str, Any]], unsaved: tuple[str, ...], words: str):
    plan = RescuePlan(tuple(a_rescue_move(f"d{place}", **each) for place, each in enumerate(moves)), unsaved, 2, True)
    assert words in told(plan)


def test_a_plan_that_is_not_proven_says_how_much_better_one_may_be():
    plan = RescuePlan((a_rescue_move(),), ("d2", "d3"), 2, False)
    assert told(plan).endswith("; there was not time to prove that none is better (at most 2 doses).")
    said = plan_message(plan)
    assert (said.proven, said.saved_count, said.saved_max_count) == (False, 1, 2)
    assert list(said.unsaved_doses) == ["doses/d2", "doses/d3"]


def test_figures_of_a_plan_are_those_that_it_is_ranked_by():
    moves = (a_rescue_move(), a_rescue_move("d2", activity_mbq=7000.0, acceptance_rate=0.5))
    said = plan_message(RescuePlan(moves, (), 2, True))
    assert (said.saved_count, said.slack_minutes, said.wasted_permille, said.cost_points) == (2, 1080, 200, 160)
    assert said.asks_consent and said.apply_until_time == stamp(at(-4))


@pytest.mark.parametrize(
    ("changes", "need", "consent"),
    [
        ({}, Move.NOT_NEEDED, ""),
        ({"consent": "consents/1"}, Move.NOT_NEEDED, ""),
        ({"activity_mbq": 7000.0}, Move.TO_ASK, ""),
        ({"activity_mbq": 7000.0, "consent": "consents/1"}, Move.GIVEN, "consents/1"),
    ],
)
def test_a_move_says_whether_somebody_has_to_agree(changes: dict[str, Any], need: int, consent: str):
    said = move_message(a_rescue_move(**changes))
    assert (said.consent_need, said.consent) == (need, consent)


def test_a_move_is_told_whole():
    said = move_message(a_rescue_move(administration_at=at(25), keeps_vial=True))
    assert (said.dose, said.slot_etag, said.partner) == ("doses/d1", "v2", NORTHLAKE)
    assert (said.run, said.lane, said.site, said.keeps_vial) == (OTHER_RUN, LANE, SITE, True)
    assert (said.departure_time, said.delivery_time, said.move_until_time) == (
        stamp(at(6)),
        stamp(at(12)),
        stamp(at(-4)),
    )
    assert said.administration == type_pb2.Activity(activity_mbq=7400, time=stamp(at(25)))
    assert said.promised == type_pb2.Activity(activity_mbq=7400, time=stamp(at(24)))
    assert (said.slack_minutes, said.decayed_fraction) == (720, 0.1)
    assert list(said.kinds) == [Move.ANOTHER_RUN, Move.LATER_ADMINISTRATION]


def test_a_fingerprint_says_which_moves_these_are_in_whichever_order_and_words():
    first, second = move_message(a_rescue_move()), move_message(a_rescue_move("d2"))
    print_of = fingerprint_of([first, second])
    assert print_of == fingerprint_of([second, first]) and len(print_of) == 32
    told_otherwise = Move()
    told_otherwise.CopyFrom(first)
    told_otherwise.explanation, told_otherwise.slack_minutes = "", 0
    assert fingerprint_of([told_otherwise, second]) == print_of
    other = {"etag": "v3"}, {"run": "runs/c"}, {"lane": "lanes/c"}, {"site": "sites/c"}, {"departure_at": at(7)}
    for changes in (*other, {"administration_at": at(25)}, {"activity_mbq": 7399.0}):
        assert fingerprint_of([move_message(a_rescue_move(**changes)), second]) != print_of, changes
    assert fingerprint_of([first]) != print_of


@pytest.mark.parametrize(
    ("asked", "fractions"),
    [
        ({}, (0.95, 0.9, 0.85)),
        ({"activity_fraction_min": 1.0}, ()),
        ({"activity_fraction_min": 0.95}, (0.95,)),
        ({"activity_fraction_min": 0.951}, ()),
        ({"activity_fraction_min": 0.6}, (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)),
    ],
)
def test_shares_of_the_activity_are_tried_in_steps(asked: dict[str, float], fractions: tuple[float, ...]):
    call = Call(Caller(NORTHLAKE, "somebody", frozenset()), "", None)
    assert rescue_ask_of(rescue_pb2.WhatIfRequest(**asked), call).fractions == fractions


def test_what_is_asked_is_read_whole():
    call = Call(Caller(NORTHLAKE, "somebody", frozenset()), "", None)
    ask = rescue_ask_of(
        rescue_pb2.WhatIfRequest(doses=[f"doses/{DOSE.upper()}"], delay_minutes_max=0, other_sites=True), call
    )
    assert (ask.viewer, ask.incident, ask.doses) == (NORTHLAKE, "", (DOSE,))
    assert (ask.delay_max, ask.other_sites) == (timedelta(0), True)
    assert rescue_ask_of(rescue_pb2.WhatIfRequest(incident="incidents/1"), call).delay_max is None


def an_answer(**move: Any) -> moves_pb2.SearchMovesResponse:
    facts: dict[str, Any] = {
        "run": OTHER_RUN,
        "lane": LANE,
        "site": SITE,
        "departure_time": stamp(at(6)),
        "delivery_time": stamp(at(12)),
        "administration_time": stamp(at(24)),
        "doses": [
            moves_pb2.PossibleDose(
                activity_mbq=mbq, reference_activity_kbq=9, added=type_pb2.Capacity(reference_activity_kbq=8, vials=1)
            )
            for mbq in (7400, 7030)
        ],
        "slack_minutes": 720,
        "decayed_fraction": 0.1,
        "move_until_time": stamp(at(-4)),
        "places": ["p"],
    }
    slot_moves = moves_pb2.SlotMoves(
        slot="slots/d1",
        etag="v2",
        partner=NORTHLAKE,
        product=PRODUCT,
        run=RUN,
        site=SITE,
        administration=type_pb2.Activity(activity_mbq=7400, time=stamp(at(24))),
        moves=[moves_pb2.PossibleMove(**{**facts, **move})],
    )
    free = {"allotment_free": type_pb2.Capacity(vials=1), "pool_free": type_pb2.Capacity(vials=2)}
    return moves_pb2.SearchMovesResponse(
        slot_moves=[slot_moves, moves_pb2.SlotMoves(slot="slots/d2", reason="SLOT_CLOSED")],
        run_rooms=[moves_pb2.RunRoom(run=OTHER_RUN, partner=NORTHLAKE, **free)],
        place_rooms=[moves_pb2.PlaceRoom(place="p", doses_free=3)],
        read_time=stamp(at(-10)),
    )


def test_what_slotting_answers_is_a_move_for_each_activity():
    found = found_in(an_answer())
    whole, less = found.moves["d1"]
    expected = a_rescue_move(added=Capacity(8, 1), places=("p",))
    assert whole == expected
    assert less.activity_mbq == 7030
    assert found.runs == {OTHER_RUN: RunRoomLeft({NORTHLAKE: Capacity(0, 1)}, Capacity(0, 2))}
    assert (found.places, found.at, found.reasons) == ({"p": 3}, at(-10), {"d2": "SLOT_CLOSED"})
    assert found.moves["d2"] == ()
    rated, _ = found_in(an_answer(acceptance_rate=0.0, keeps_vial=True)).moves["d1"]
    assert (rated.acceptance_rate, rated.keeps_vial) == (0.0, True)


def test_an_answer_without_an_instant_is_refused():
    with pytest.raises(Invalid) as wrong:
        found_in(an_answer(move_until_time=None))
    assert wrong.value.facts["field"] == "move_until_time"


def test_a_dose_that_can_be_none_is_named():
    call = Call(Caller(NORTHLAKE, "somebody", frozenset()), "", None)
    with pytest.raises(Invalid) as wrong:
        rescue_ask_of(rescue_pb2.WhatIfRequest(doses=[f"doses/{DOSE}", "doses/d1"]), call)
    assert wrong.value.facts["field"] == "doses[1]"
    moves = [rescue_pb2.RescueMove(dose=f"doses/{each}", departure_time=stamp(at(0))) for each in (DOSE, DOSE.upper())]
    for move in moves:
        move.administration.time.CopyFrom(stamp(at(0)))
    with pytest.raises(Invalid) as twice:
        asked_moves(consent_pb2.AskConsentsRequest(moves=moves))
    assert twice.value.facts["field"] == "moves[1].dose"
