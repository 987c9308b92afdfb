"""What a courier answers to an order: its names of the shipment, as a milestone that says what it took on."""

from typing import Any

from doselane.courier.v1.courier_pb2 import Milestone

from adapters.content import digest
from adapters.courier_generic.orders import BOOK, CANCEL, REDIRECT
from adapters.facts import stamp_if_possible
from adapters.json_body import pointer, read_json
from adapters.manifest import Incoming, Refused, Translation
from adapters.ports import courier

REASON = "BODY_NOT_ANSWER"
REFERENCES_MAX, NAME_CHARACTERS_MAX = 8, 200
# The names of the reactions, under which their answers come.
ORDER_OF_REACTION = {f"courier.{what}": what for what in (BOOK, CANCEL, REDIRECT)}
_KIND_OF_ORDER = {BOOK: Milestone.BOOKED, CANCEL: Milestone.CANCELLED, REDIRECT: Milestone.OBSERVED}
_SUBJECT, _EVENT = "doselane-subject", "doselane-event"


def answered(incoming: Incoming) -> Translation:
    """The milestone that an answer is. That the courier said yes, its status told before the answer came here."""
    order, shipment = ORDER_OF_REACTION[incoming.webhook], incoming.headers.get(_SUBJECT, "")
    value = read_json(incoming.body)
    if not isinstance(value, dict):
        raise Refused(REASON, "The answer must be a JSON object.")
    references = _references(value.get("references"))
    if order == BOOK and not references:
        words = f"The courier took {shipment} on and did not say under which name."
        raise Refused("ANSWER_WITHOUT_REFERENCES", words, "/references")
    names = list(dict.fromkeys([shipment, *references]))
    content = digest({"order": order, "names": names, "at": incoming.headers.get("doselane-delivery", "")})
    milestone = Milestone(
        event_id=f"urn:doselane:courier:order:sha-256:{content.hex()}",
        kind=_KIND_OF_ORDER[order],
        code=order.upper(),
        time=stamp_if_possible(incoming.received_at),
        shipment_references=names,
        answers_event_id=incoming.headers.get(_EVENT, ""),
    )
    return Translation((courier.fact(0, milestone.event_id, content, milestone),))


def _references(given: Any) -> list[str]:
    """The courier's names: texts, or numbers as texts."""
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > REFERENCES_MAX:
        raise Refused(REASON, f"must be a list of at most {REFERENCES_MAX} names.", "/references")
    for index, name in enumerate(given):
        if not (isinstance(name, str) and name.strip() and len(name) <= NAME_CHARACTERS_MAX):
            words = f"must be a text of 1 to {NAME_CHARACTERS_MAX} characters."
            raise Refused(REASON, words, pointer("references", index))
    return [name.strip() for name in given]
