"""Reads what SAP tells: business events, which only name a document, and documents as they were read back. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doselane.erp.v1.erp_pb2 import InspectionLot, OutboundDelivery, ProductionOrder
from doselane.slotting.v1.order_pb2 import DoseOrder
from google.protobuf.message import Message

from adapters.content import digest
from adapters.erp_sap.documents import document_of
from adapters.erp_sap.events import BusinessEvent, events_in
from adapters.erp_sap.idoc.codes import IdocCodes
from adapters.erp_sap.idoc.frame import IdocSegment, idocs_in
from adapters.erp_sap.idoc.reading import control_of, idoc_statements
from adapters.erp_sap.records import RECORDS, record_in
from adapters.erp_sap.statements import statements
from adapters.facts import check_size
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.mapping import Mapped
from adapters.ports.erp import statement

EVENTS, IDOCS = "sap.events", "sap.idocs"
# By which field our services name what they object to.
_NAMED_BY: Mapping[type[Message], str] = {
    ProductionOrder: "production_order",
    InspectionLot: "inspection_lot",
    OutboundDelivery: "delivery",
    DoseOrder: "order_reference",
}


@dataclass(frozen=True, slots=True)
class SapReader:
    """Reads for one account."""

    given: Mapped

    def translate(self, incoming: Incoming) -> Translation:
        """Reads a message."""
        if incoming.webhook == EVENTS:
            return self._events(events_in(incoming))
        if incoming.webhook == RECORDS:
            record = record_in(incoming.body)
            return Translation((), remark=record.remark) if record.remark else self._events(record.events())
        if incoming.webhook == IDOCS:
            return self._idocs(incoming)
        document = document_of(incoming.body)
        facts = [
            self._fact(index, f"{document.document} {name} {document.state}", said)
            for index, (name, said) in enumerate(statements(document, self.given))
        ]
        remark = "" if facts else f"{document.number} says nothing that concerns us."
        return Translation(tuple(facts), remark=remark)

    def _events(self, events: Sequence[BusinessEvent]) -> Translation:
        """An event is no statement: its document is read back, by a poll, and what that brings is one."""
        read = [each.number for each in events if each.document in self.given.settings.reads]
        passed = [each.type for each in events if each.document not in self.given.settings.reads]
        remarks = [f"{', '.join(read[:10])} is read back."] if read else []
        remarks += [f"{', '.join(dict.fromkeys(passed[:10]))} is not read for this account."] if passed else []
        return Translation((), remark=" ".join(remarks))

    def _idocs(self, incoming: Incoming) -> Translation:
        """Each IDoc is taken or refused as a whole, and the others with it or without: SAP would send all again."""
        if self.given.settings.idoc is None:
            raise Refused("IDOCS_NOT_READ", "The account has no options.idoc, so nobody knows whose IDocs these are.")
        idocs = idocs_in(incoming.body, incoming.headers.get("content-type", ""))
        facts: list[Fact] = []
        refused: dict[int, Refused] = {}
        unknown: dict[str, None] = {}
        silent: list[str] = []
        for idoc in idocs:
            index = len(facts) + len(refused)
            try:
                said = self._said_of(idoc, index)
            except Refused as refusal:
                refused[index] = refusal
                continue
            facts += said
            unknown |= dict.fromkeys(IdocCodes(self.given.mapping).unknown(idoc))
            silent += [] if said else [idoc.only("EDI_DC40").fields.text("DOCNUM")]
        if refused and not facts and not silent:
            raise next(iter(refused.values()))
        remarks = [each.words for each in list(refused.values())[:3]]
        remarks += [f"{', '.join(silent[:10])} says nothing that concerns us."] if silent else []
        remarks += [f"Codes without a meaning: {', '.join([*unknown][:20])}."] if unknown else []
        return Translation(tuple(facts), refused, " ".join(remarks), proceeds=True)

    def _said_of(self, idoc: IdocSegment, index: int) -> list[Fact]:
        control = control_of(idoc, self.given.settings.idoc)
        key = f"IDoc {control.sender} {control.client} {control.number}"
        said = idoc_statements(idoc, control, self.given)
        return [self._fact(at, f"{key} {name}", each) for at, (name, each) in enumerate(said, index)]

    def _fact(self, index: int, key: str, said: Message) -> Fact:
        named = _NAMED_BY.get(type(said))
        event_id = getattr(said, named) if named else key
        check_size(said, event_id, f"/records/{index}")
        # When it was read is no part of what it says: read again unchanged, it has said nothing new.
        content = digest({"key": key, "said": _without_time(said)})
        return statement(index, f"{key} {content.hex()[:16]}", content, said, event_id)


def _without_time(said: Message) -> str:
    copy = type(said)()
    copy.CopyFrom(said)
    copy.ClearField("state_time")
    return copy.SerializeToString(deterministic=True).hex()
