"""The courier port for EPCIS: which events a push holds, and what becomes of each."""

from collections.abc import Iterator

from adapters.courier_epcis.headers import check_versions, proceeds
from adapters.courier_epcis.model.document import RawEvent, events_of, single_event
from adapters.courier_epcis.settings import Settings
from adapters.courier_epcis.translate import fact
from adapters.json_body import read_json
from adapters.manifest import Fact, Incoming, Refused, Translation

CAPTURE, EVENTS = "epcis.capture", "epcis.events"


class EpcisReader:
    """Reads EPCIS 2.0 JSON for one account."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def translate(self, incoming: Incoming) -> Translation:
        """Reads a document or an event. One bad event spoils the document unless the sender asked to proceed."""
        check_versions(incoming.headers)
        proceed = incoming.webhook == CAPTURE and proceeds(incoming.headers)
        events = self.events(incoming.webhook, incoming.body)
        if len(events) > self.settings.events_max:
            detail = f"The document holds {len(events)} events; at most {self.settings.events_max} are taken at once."
            raise Refused("TOO_MANY_EVENTS", detail, status=413)
        facts: list[Fact] = []
        refused: dict[int, Refused] = {}
        for index, event in enumerate(events):
            try:
                facts.append(fact(index, event, self.settings.steps, incoming.received_at))
            except Refused as refusal:
                if not proceed:
                    raise
                refused[index] = refusal
        if refused and not facts:
            raise next(iter(refused.values()))
        return Translation(tuple(facts), refused, _remark(refused), proceeds=proceed)

    def events(self, webhook: str, body: bytes) -> list[RawEvent]:
        """The events of a body, not checked yet."""
        value = read_json(body)
        return [single_event(value)] if webhook == EVENTS else events_of(value)


def _remark(refused: dict[int, Refused]) -> str:
    return "; ".join(_first_words(refused)) + ("; and more" if len(refused) > 3 else "")


def _first_words(refused: dict[int, Refused]) -> Iterator[str]:
    for index, refusal in list(refused.items())[:3]:
        yield f"event {index} left out, {refusal.reason}: {refusal.words}"
