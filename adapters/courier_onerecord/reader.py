"""The reader of an account: which events a body holds, which of them are our own that came back, and the rest. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.courier_onerecord import subscriptions
from adapters.courier_onerecord.event import LogisticsEvent, logistics_event
from adapters.courier_onerecord.graph import REASON, LinkedDocument, LinkedNode
from adapters.courier_onerecord.notifications import Notification, notification
from adapters.courier_onerecord.own import is_echo
from adapters.courier_onerecord.settings import Settings
from adapters.courier_onerecord.translate import fact
from adapters.courier_onerecord.words import EVENT_RECEIVED, LOGISTICS_EVENT, OF_OBJECTS, OF_REQUESTS, api, cargo
from adapters.json_body import read_json
from adapters.manifest import Fact, Incoming, Refused, Translation

NOTIFICATIONS = "one-record.notifications"
EVENTS = "one-record.logistics-events"
SUBSCRIPTIONS = "one-record.subscriptions"
REVOCATIONS = "one-record.revocations"
# Parameters of the path, as the host hands them over.
OBJECT, REQUEST = ":object", ":request"
_REMARKS_MAX = 3


@dataclass
class _Found:
    """The events of a body so far."""

    facts: list[Fact] = field(default_factory=list)
    refused: dict[int, Refused] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def translation(self, *, proceeds: bool) -> Translation:
        """What the body says. Raises the first refusal if nothing of it can be taken, or if one spoils the rest."""
        if self.refused and not (proceeds and self.facts):
            raise next(iter(self.refused.values()))
        words = "; ".join(self.remarks[:_REMARKS_MAX]) + ("; and more" if len(self.remarks) > _REMARKS_MAX else "")
        return Translation(tuple(self.facts), self.refused, words, proceeds=proceeds)


class OneRecordReader:
    """Reads what a carrier sends to our server, and what was fetched from his."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def translate(self, incoming: Incoming) -> Translation:
        """Reads a notification, an event, a subscription, or the answers to a poll."""
        if incoming.webhook == REVOCATIONS:
            return Translation((), remark="the subscription is revoked")
        document = LinkedDocument(read_json(incoming.body))
        if incoming.webhook == SUBSCRIPTIONS:
            subscriptions.subscription(document, self.settings)
            return Translation((), remark="subscribed")
        if incoming.webhook == NOTIFICATIONS:
            return self._notification(document, incoming)
        if incoming.webhook == EVENTS:
            return self._posted(document, incoming)
        return self._fetched(document, incoming)

    def _posted(self, document: LinkedDocument, incoming: Incoming) -> Translation:
        """An event on an object of ours: the path says which, whatever the body says beside."""
        nodes = document.of_type(LOGISTICS_EVENT)
        if not nodes:
            raise Refused(REASON, "The body must be a cargo:LogisticsEvent.", document.roots[0].place)
        name = incoming.headers.get(OBJECT, "")
        return self._events(nodes, self.settings.object_url(name) if name else "", incoming).translation(proceeds=False)

    def _notification(self, document: LinkedDocument, incoming: Incoming) -> Translation:
        told = notification(document)
        if told.event_type in OF_REQUESTS:
            # What became of a request of ours. It sets off nothing: an answer to it would be answered again.
            return Translation((), remark=f"{told.event_type} of {told.triggered_by or 'a request that is not named'}")
        if told.event_type not in OF_OBJECTS:
            return Translation((), remark=f"{told.event_type} is no event type that is known here; nothing follows")
        found = self._events(told.events, told.object_id, incoming, told.about)
        if self.settings.is_ours(told.object_id) and not found.facts and not found.refused:
            found.remarks.insert(0, "ours, so nothing follows")
        elif not told.events:
            found.remarks.append("its events will be fetched" if self.wanted(told) else "it holds no event")
        return found.translation(proceeds=True)

    def _fetched(self, document: LinkedDocument, incoming: Incoming) -> Translation:
        """Answers to a poll: collections of events, single events, and the objects that explain them."""
        nodes = document.of_type(LOGISTICS_EVENT)
        for root in document.roots:
            nodes += _inside(root)
        return self._events(nodes, "", incoming).translation(proceeds=True)

    def wanted(self, told: Notification) -> list[str]:
        """What is to be fetched because of a notification: events that it only names, else all of the object's.

        Nothing that stands on our own server: it would be our own.
        """
        named = told.event_links if told.event_type == EVENT_RECEIVED else ()
        complete = told.events and not named
        links = [] if complete else list(named) or [told.object_id]
        return [link for link in links if link and not self.settings.is_ours(link)]

    def _events(
        self, nodes: Sequence[LinkedNode], of_object: str, incoming: Incoming, beside: LinkedNode | None = None
    ) -> _Found:
        if len(nodes) > self.settings.events_max:
            detail = f"The body holds {len(nodes)} events; at most {self.settings.events_max} are taken at once."
            raise Refused("TOO_MANY_EVENTS", detail, status=413)
        found = _Found()
        for index, node in enumerate(nodes):
            try:
                event = logistics_event(node, of_object, beside)
                if is_echo(event, self.settings):
                    found.remarks.append(f"event {index} is our own and came back")
                    continue
                found.facts.append(fact(index, event, self.settings, incoming.received_at))
                found.remarks += self._doubts(index, event)
            except Refused as refusal:
                found.refused[index] = refusal
        return found

    def _doubts(self, index: int, event: LogisticsEvent) -> list[str]:
        """What the sender should know of an event that is taken and moves nothing."""
        if not (event.time_type or self.settings.untyped_events):
            return [f"event {index} does not say cargo:eventTimeType, so it moves nothing"]
        return [f"event {index} is of some pieces only"] if event.partial else []


def _inside(root: LinkedNode) -> list[LinkedNode]:
    """The events of a collection, or of an object that has them beside itself."""
    found: list[LinkedNode] = []
    for said in root.all(api("hasItem"), cargo("events"), cargo("event")):
        node = said.node
        if node is not None and not node.is_link and LOGISTICS_EVENT in node.types and node not in found[-1:]:
            found.append(node)
    return found
