"""A number that cannot be absent is always known, so its zero is a measured one: what may be unknown is `optional`.

Each such number of what calls and events carry has a reason here. A new one is either `optional`, has bounds that leave
zero out, or comes with the reason why its zero says what it says.
"""

import re
from collections import defaultdict

from google.protobuf.descriptor import FieldDescriptor

from services.edge.api import load
from tests.architecture.test_bounds import NUMBERS, bounds_of, fields

# By the end of the name: what is counted or measured whenever the message is there, and can be none at all.
BY_NAME = {
    r"page_size": "how long a page may be at most; zero leaves it to the server (AIP-158)",
    r"(.*_)?count|counts?": "a count, and nothing may have been counted",
    r"(.*_)?(version|sequence|number|step|replicate|line)": "numbered from 1 on, by us, whenever the message is there",
    r"(latest_|last_|first_)?position": "counts what is in a feed from 1 on; zero is before the first",
    r"index": "a place that is counted from 0 on",
    r"attempts|waiting_subjects|measured_shipments|(packages|lanes|products|batches)_(compared|judged)": "a count",
    r"(.*_)?bytes(_max)?": "a size",
    r"doses(_free)?|(firm|forecast|claimed|covered)_doses(_covered)?|forecast_doses_covered|vials": "a count of doses",
    r"accepted|denied|denials|delays|delivered|foretold|measured|on_time|p90_held|promised": "a count of shipments",
    r"(.*_)?percentile": "1 to 99, whenever a quantile is there",
    r"left_percent": "what is left of a time; nothing, once it is over",
    r"shipments|weeks": "a count",
    r"frozen_weeks|firm_weeks": "so many weeks, of an agreement; may be none",
}
# By the field: what is no count, and is known whenever its message is there.
BY_FIELD = {
    "it is reckoned for each offer, move and slot before there is one; none is left, or none is lost": (
        "slotting.v1.Offer.activity_lost_per_hour_mbq",
        "slotting.v1.Offer.administration_activity_mbq",
        "slotting.v1.Offer.calibration_activity_mbq",
        "slotting.v1.Offer.delivery_activity_mbq",
        "slotting.v1.Offer.decayed_fraction",
        "slotting.v1.Offer.reference_activity_kbq",
        "slotting.v1.Offer.slack_minutes",
        "slotting.v1.PossibleDose.activity_mbq",
        "slotting.v1.PossibleDose.reference_activity_kbq",
        "slotting.v1.PossibleMove.decayed_fraction",
        "slotting.v1.PossibleMove.slack_minutes",
        "slotting.v1.Slot.reference_activity_kbq",
        "slotting.v1.Availability.vial_reference_activity_max_kbq",
        "tower.v1.RescueMove.decayed_fraction",
        "tower.v1.RescueMove.slack_minutes",
        "tower.v1.RescuePlan.cost_points",
        "tower.v1.RescuePlan.slack_minutes",
        "tower.v1.RescuePlan.wasted_permille",
    ),
    "it is reckoned for each plan that was solved": (
        "planning.v1.Score.activity_wasted_mbq",
        "planning.v1.Score.objective",
        "planning.v1.Score.solve_seconds",
        "planning.v1.ProposalProgress.elapsed_seconds",
    ),
    "a term that its author sets; nought is one like another: no loss, no pause, no change, no precedence, no later": (
        "capacity.v1.Run.loss_fraction",
        "masterdata.v1.Product.loss_fraction",
        "masterdata.v1.Product.activity_reference_minutes",
        "masterdata.v1.Product.qc_minutes",
        "masterdata.v1.Line.changeover_minutes",
        "masterdata.v1.Line.cleaning_minutes",
        "masterdata.v1.Lane.dispatch_minutes",
        "masterdata.v1.Agreement.firm_change_fraction",
        "masterdata.v1.Agreement.release_back_minutes",
        "masterdata.v1.Agreement.standby_priority",
        "tower.v1.ConsentTerms.delay_minutes_max",
        "slotting.v1.SearchOffersRequest.slack_minutes_min",
    ),
    "an amount, and there may be none of it": ("type.v1.Capacity.reference_activity_kbq",),
    "measured of the shipments that are counted beside it": (
        "distribution.v1.MeasuredQuantile.minutes",
        "distribution.v1.MeasuredStep.p50_minutes",
        "distribution.v1.MeasuredStep.p90_minutes",
        "masterdata.v1.TransitProposal.lane_transit_minutes",
        "masterdata.v1.TransitProposal.transit_minutes",
    ),
    "measured, or reckoned of what was measured, whenever the message is there": (
        "courier.v1.RadioactiveContent.activity_bq",
        "distribution.v1.A2Difference.a2_fraction",
        "distribution.v1.A2Difference.other_a2_fraction",
        "distribution.v1.Excursion.value",
        "quality.v1.Vial.volume_ul",
        "streams.v1.DeliveryAttempt.latency_ms",
    ),
}
REASONED = frozenset(name for names in BY_FIELD.values() for name in names)
# What a zero that stands for something else is called in a comment.
A_WORD = re.compile(r"\b(when|if|not|is) (zero|0)\b|\b(zero|0):|\bzero while\b", re.IGNORECASE)


def always_there() -> dict[str, FieldDescriptor]:
    """Every number without presence of what we publish, by its name without `doselane.`."""
    return {
        field.full_name.removeprefix("doselane."): field
        for field in fields()
        if field.cpp_type in NUMBERS and not field.is_repeated and not field.has_presence
    }


def test_every_number_that_cannot_be_absent_has_a_zero_that_says_so_much() -> None:
    found = always_there()
    unjudged = [
        name
        for name, field in found.items()
        if name not in REASONED and not _leaves_zero_out(field) and not _is_named(field.name)
    ]
    assert unjudged == []
    assert len(found) > 150


def test_no_reason_is_given_for_what_is_not_there() -> None:
    found = always_there()
    needless = [name for name in REASONED if name not in found or _leaves_zero_out(found[name])]
    names: defaultdict[str, int] = defaultdict(int)
    for field in found.values():
        for pattern in BY_NAME:
            names[pattern] += bool(re.fullmatch(pattern, field.name))
    assert needless + [pattern for pattern in BY_NAME if not names[pattern]] == []


def test_no_number_that_cannot_be_absent_says_that_its_zero_means_another_thing() -> None:
    api = load()
    words = {name: api.comment(field.full_name) for name, field in always_there().items()}
    assert words["capacity.v1.ListRunsRequest.page_size"]
    told = [
        name for name, comment in words.items() if A_WORD.search(comment) and not name.endswith((".page_size", *OVER))
    ]
    assert told == []


def test_a_zero_that_is_a_word_would_be_found() -> None:
    for comment in ("The version; the newest when zero.", "If not zero, the version seen.", "Zero: up to the newest."):
        assert A_WORD.search(comment)
    assert not _is_named("activity_mbq") and not A_WORD.search("Minutes, from 0 on; absent if nobody said.")


# Nothing is left of a time that is over, and nothing lies between two instants that are the same.
OVER = (".left_percent", ".activity_reference_minutes")


def _is_named(name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in BY_NAME)


def _leaves_zero_out(field: FieldDescriptor) -> bool:
    bounds = bounds_of(field)
    return bounds.get("gt", -1) >= 0 or bounds.get("gte", 0) > 0
