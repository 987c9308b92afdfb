"""Reads what SAP tells: business events, which only name a document, and documents as they were read back. Pure."""

from dataclasses import dataclass

from doselane.slotting.v1.order_pb2 import DoseOrder
from google.protobuf.message import Message

from adapters.content import digest
from adapters.erp_sap.documents import document_of
from adapters.erp_sap.events import events_in
from adapters.erp_sap.statements import statements
from adapters.facts import check_size
from adapters.manifest import Fact, Incoming, Translation
from adapters.mapping import Mapped
from adapters.ports.erp import statement

EVENTS = "sap.events"


@dataclass(frozen=True, slots=True)
class SapReader:
    """Reads for one account."""

    given: Mapped

    def translate(self, incoming: Incoming) -> Translation:
        """Reads a message."""
        if incoming.webhook == EVENTS:
            return self._events(incoming)
        document = document_of(incoming.body)
        facts = [
            self._fact(index, f"{document.document} {name} {document.state}", said)
            for index, (name, said) in enumerate(statements(document, self.given))
        ]
        remark = "" if facts else f"{document.number} says nothing that concerns us."
        return Translation(tuple(facts), remark=remark)

    def _events(self, incoming: Incoming) -> Translation:
        """An event is no statement: its document is read back, by a poll, and what that brings is one."""
        events = events_in(incoming)
        read = [each.number for each in events if each.document in self.given.settings.reads]
        passed = [each.type for each in events if each.document not in self.given.settings.reads]
        remarks = [f"{', '.join(read[:10])} is read back."] if read else []
        remarks += [f"{', '.join(dict.fromkeys(passed[:10]))} is not read for this account."] if passed else []
        return Translation((), remark=" ".join(remarks))

    def _fact(self, index: int, key: str, said: Message) -> Fact:
        event_id = said.order_reference if isinstance(said, DoseOrder) else key
        check_size(said, event_id, f"/records/{index}")
        # When it was read is no part of what it says: read again unchanged, it has said nothing new.
        content = digest({"key": key, "said": _without_time(said)})
        return statement(index, f"{key} {content.hex()[:16]}", content, said, event_id)


def _without_time(said: Message) -> str:
    copy = type(said)()
    copy.CopyFrom(said)
    copy.ClearField("state_time")
    return copy.SerializeToString(deterministic=True).hex()
