"""One English sentence for each fact, for people who read a timeline."""

from collections.abc import Mapping
from datetime import UTC, datetime

from services.status.domain.milestone import MilestoneKind
from services.status.domain.plausibility import Doubt, Implausible

_WORDS_LENGTH_MAX = 80

_OF_DOUBT: Mapping[Implausible, str] = {
    Implausible.BEFORE_END_OF_SYNTHESIS: "the dose is made at {limit} only.",
    Implausible.IN_FUTURE: "it was told at {limit}, before it is said to have happened.",
    Implausible.RUN_CANCELLED: "the run that was to make the dose was cancelled, or failed.",
}

_OF_BATCH: Mapping[str, str] = {
    "ready_to_ship": "The batch may be shipped in quarantine; it must not be used yet.",
    "reopened": "A result was taken back; the batch is looked at again, and must not be used before it is certified.",
    "certified_for_use": "The batch was certified for use.",
    "certified_final": "The batch was certified finally: all its tests have passed.",
    "rejected": "The batch was rejected; the dose must not be used.",
    "failed_after_use": "The batch failed a test after it was certified for use; the dose must not be used any more.",
}

_OF_KIND: Mapping[MilestoneKind, str] = {
    MilestoneKind.BOOKED: "The shipment was announced to the courier",
    MilestoneKind.COLLECTED: "The courier collected the shipment",
    MilestoneKind.DEPARTED: "The shipment departed",
    MilestoneKind.ARRIVED: "The shipment arrived",
    MilestoneKind.CUSTOMS_HELD: "Customs stopped the shipment",
    MilestoneKind.CUSTOMS_CLEARED: "Customs let the shipment through",
    MilestoneKind.OUT_FOR_DELIVERY: "The shipment is out for delivery",
    MilestoneKind.DELIVERED: "The shipment was delivered",
    MilestoneKind.DELAYED: "The shipment is delayed",
    MilestoneKind.EXCEPTION: "Something went wrong with the shipment",
    MilestoneKind.RETURNED: "The shipment is on its way back, or back",
    MilestoneKind.CANCELLED: "The courier withdrew the announcement of the shipment",
    MilestoneKind.OBSERVED: "The shipment was observed on its way",
}


def words(text: str) -> str:
    """A partner's text on one line and of bounded length, fit for the middle of a sentence."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= _WORDS_LENGTH_MAX else line[: _WORDS_LENGTH_MAX - 1].rstrip() + "…"


def clock_time(at: datetime) -> str:
    """An instant for people, in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def of_milestone(
    kind: MilestoneKind,
    code: str,
    place: str,
    *,
    retracted: bool = False,
    retracts: bool = False,
    readings: tuple[str, ...] = (),
) -> str:
    """What a courier's milestone says. Its own words are in the milestone, never repeated here."""
    told = _OF_KIND.get(kind) or f'The courier reported a code that is not known: "{words(code)}"'
    if place:
        told += f" in {words(place)}"
    if readings:
        told += f" ({', '.join(map(words, readings))})"
    if retracted:
        return f"The courier declared an earlier report wrong: {told[0].lower()}{told[1:]}."
    return f"{told}, which corrects an earlier report." if retracts else f"{told}."


def of_attaching(courier: str, references: tuple[str, ...]) -> str:
    """Names one reference of a shipment, and how many more there are."""
    more = f" and {len(references) - 1} more" if len(references) > 1 else ""
    return f"Shipment {words(references[0])}{more} of {courier} was attached."


def of_hold(run: str, until: datetime | None) -> str:
    """What is held, and until when; after that instant the hold is void even before slotting says so."""
    return f"Capacity on {run} is held" + (f" until {clock_time(until)}." if until else ".")


def of_confirmation(run: str, site: str) -> str:
    """A confirmed place, and for which centre where the slot says it."""
    return f"A place on {run} is promised" + (f" for {site}." if site else ".")


def of_release(run: str) -> str:
    """A place that its partner gave back."""
    return f"The place on {run} was given back."


def of_expiry(run: str) -> str:
    """A hold that ran out by itself, which nobody decided."""
    return f"The hold on {run} ran out."


def of_move(from_run: str, run: str) -> str:
    """Where the slot was and where it is."""
    return f"The place moved from {from_run} to {run}." if from_run else f"The place moved to {run}."


def of_risk(run: str) -> str:
    """Which promise has lost its place."""
    return f"The place on {run} was lost; the dose is at risk."


def of_doubt(summary: str, doubt: Doubt | None) -> str:
    """What a milestone says and, if it cannot be true, why not."""
    if doubt is None:
        return summary
    why = _OF_DOUBT[doubt.reason].format(limit=clock_time(doubt.limit_at) if doubt.limit_at else "")
    return f"Implausible, so it moves nothing: {why} {summary}"


def of_settlement(event_id: str, counts: bool) -> str:
    """What an operator said of a milestone in doubt."""
    became = "counts all the same" if counts else "is wrong and never counts"
    return f"An operator settled that the courier's report {words(event_id)} {became}."


def of_run(run: str, cancelled: bool) -> str:
    """News of a run that change how what couriers reported is to be seen."""
    news = "was cancelled" if cancelled else "has another end of synthesis than was known"
    return f"{run} {news}, so what the courier reported was judged again."


def of_production_start(run: str, at: datetime | None) -> str:
    """When production began, if anybody said when."""
    return f"Production of {run} began" + (f" at {clock_time(at)}." if at else ".")


def of_production(run: str, at: datetime | None) -> str:
    """When synthesis ended; what was measured is for operators."""
    return f"The synthesis of {run} ended" + (f" at {clock_time(at)}." if at else ".")


def of_batch(news: str) -> str:
    """What quality decided about the batch of a dose; why is for operators, and for whoever has a notice."""
    return _OF_BATCH[news]


def of_recall() -> str:
    """That a dose is called back."""
    return "The dose was recalled; it must not be used."


def of_failure(run: str) -> str:
    """That there will be no dose of this run; why is for operators."""
    return f"Manufacture of {run} failed."
