"""One English sentence for each fact, for people who read a timeline."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

_WORDS_LENGTH_MAX = 80

_OF_DOUBT: Mapping[str, str] = {
    "BEFORE_END_OF_SYNTHESIS": "the dose is made at {limit} only.",
    "IN_FUTURE": "it was told at {limit}, before it is said to have happened.",
    "RUN_CANCELLED": "the run that was to make the dose was cancelled, or failed.",
    "POSITION_NOT_REACHABLE": "it was elsewhere at {limit}, too far to be here at this time.",
}

_OF_BATCH: Mapping[str, str] = {
    "ready_to_ship": "The batch may be shipped in quarantine; it must not be used yet.",
    "reopened": "A result was taken back; the batch is looked at again, and must not be used before it is certified.",
    "certified_for_use": "The batch was certified for use.",
    "certified_final": "The batch was certified finally: all its tests have passed.",
    "rejected": "The batch was rejected; the dose must not be used.",
    "failed_after_use": "The batch failed a test after it was certified for use; the dose must not be used any more.",
}

_OF_SHIPMENT: Mapping[str, str] = {
    "booked": "The dose was booked for shipment.",
    "replanned": "The shipment of the dose was planned anew.",
    "packed": "The shipment was packed.",
    "rejudged": "What the courier reported was judged again, by what is known now.",
    "delivered": "The dose was received by the centre.",
    "delivery_withdrawn": "The delivery was taken back: the courier had been wrong.",
    "cancelled": "The shipment was called off.",
    "booking_requested": "The courier was asked to carry the shipment.",
    "cancellation_requested": "The courier was asked not to carry the shipment.",
    "redirection_requested": "The courier was asked to deliver the shipment elsewhere.",
}

_OF_ORDER: Mapping[str, str] = {
    "BOOK": "to carry the shipment",
    "CANCEL": "not to carry the shipment",
    "REDIRECT": "to deliver the shipment elsewhere",
}

_OF_KIND: Mapping[str, str] = {
    "BOOKED": "The shipment was announced to the courier",
    "COLLECTED": "The courier collected the shipment",
    "DEPARTED": "The shipment departed",
    "ARRIVED": "The shipment arrived",
    "CUSTOMS_HELD": "Customs stopped the shipment",
    "CUSTOMS_CLEARED": "Customs let the shipment through",
    "OUT_FOR_DELIVERY": "The shipment is out for delivery",
    "DELIVERED": "The shipment was delivered",
    "DELAYED": "The shipment is delayed",
    "EXCEPTION": "Something went wrong with the shipment",
    "RETURNED": "The shipment is on its way back, or back",
    "CANCELLED": "The courier withdrew the announcement of the shipment",
    "OBSERVED": "The shipment was observed on its way",
}


def words(text: str) -> str:
    """A partner's text on one line and of bounded length, fit for the middle of a sentence."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= _WORDS_LENGTH_MAX else line[: _WORDS_LENGTH_MAX - 1].rstrip() + "…"


def clock_time(at: datetime) -> str:
    """An instant for people, in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def of_milestone(
    kind: str,
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


def of_following(courier: str, references: Sequence[str]) -> str:
    """Names one reference of a shipment, and how many more there are."""
    more = f" and {len(references) - 1} more" if len(references) > 1 else ""
    return f"Shipment {words(references[0])}{more} of {courier} was attached." if references else of_shipment("booked")


def of_overdue(kind: str, limit_at: datetime | None) -> str:
    """What has not come in its time."""
    what = _OF_KIND.get(kind, "A milestone")
    by = f" by {clock_time(limit_at)}" if limit_at else ""
    return f'Overdue: "{what}" was expected{by}, and has not been reported.'


def of_excursion(value: float, least: float | None, most: float | None) -> str:
    """A temperature outside the limits."""
    limits = " to ".join("" if each is None else f"{each:g}" for each in (least, most))
    return f"A temperature of {value:.1f} °C was measured on the way; {limits} °C are allowed."


def of_hand_over(to_party: str) -> str:
    """Who took a shipment over."""
    return f"The shipment was handed over to {words(to_party)}."


def of_loss(cause: str) -> str:
    """Why a dose will not arrive."""
    return f"The shipment is lost: {cause.lower().replace('_', ' ')}."


def of_shipment(news: str) -> str:
    """What distribution did with the shipment of a dose."""
    return _OF_SHIPMENT[news]


def of_order(kind: str, *, agreed: bool) -> str:
    """What a courier said to what it was asked; that nobody reached it is no yes either."""
    return f"The courier {'agreed' if agreed else 'did not agree'} {_OF_ORDER.get(kind, 'to what it was asked')}."


def of_hold(run: str, until: datetime | None) -> str:
    """What is held, and until when; after that instant the hold is void even before slotting says so."""
    return f"Capacity on {run} is held" + (f" until {clock_time(until)}." if until else ".")


def of_confirmation(run: str, site: str, replaces: str) -> str:
    """A confirmed place, for which centre where the slot says it, and which lost one it takes the place of."""
    instead = f" instead of {replaces}, which was lost" if replaces else ""
    return f"A place on {run} is promised" + (f" for {site}" if site else "") + f"{instead}."


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


def of_fulfilment(run: str) -> str:
    """A promise that was kept."""
    return f"The promise of a dose of {run} is fulfilled: it was delivered."


def of_withdrawn_fulfilment(run: str) -> str:
    """A promise that was not kept yet, though it had seemed so."""
    return f"The dose of {run} is promised as before: it was not delivered after all."


def of_lost_promise(run: str, cause: str) -> str:
    """A promise that could not be kept, and the cause if anybody said it."""
    why = f": {words(cause.lower()).replace('_', ' ')}" if cause else ""
    return f"The promise of a dose of {run} could not be kept{why}."


def of_replacement(slot: str) -> str:
    """Another place that was promised for the order of a lost dose."""
    return f"Another dose is promised for the order: {slot or 'nobody said which'}."


def of_doubt(summary: str, reason: str, limit_at: datetime | None) -> str:
    """What a milestone says that cannot be true, and why not."""
    why = _OF_DOUBT.get(reason, "it contradicts what else is known.")
    why = why.format(limit=clock_time(limit_at) if limit_at else "another time")
    return f"Implausible, so it moves nothing: {why} {summary}"


def of_settlement(event_id: str, counts: bool) -> str:
    """What an operator said of a milestone in doubt."""
    became = "counts all the same" if counts else "is wrong and never counts"
    return f"An operator settled that the courier's report {words(event_id)} {became}."


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
