"""Reads what Salesforce tells: events of its bus, and records as they were read. Pure."""

from dataclasses import dataclass
from typing import Any

from adapters.content import digest
from adapters.crm_salesforce.orders import OrderRecord, order_of
from adapters.crm_salesforce.pubsub.change_event import ChangeEvent, PlatformEvent
from adapters.crm_salesforce.pubsub.message import BusMessage, read_message
from adapters.facts import check_size
from adapters.json_body import pointer, read_json
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.mapping import Mapped
from adapters.ports.crm import fact


@dataclass(frozen=True, slots=True)
class SalesforceReader:
    """Reads for one account."""

    given: Mapped

    def translate(self, incoming: Incoming) -> Translation:
        """Reads a message. Of many records one that cannot be read keeps back none of the others."""
        value = read_json(incoming.body)
        if isinstance(value, dict) and "records" in value:
            return self._records(value["records"])
        return self._event(read_message(incoming.body))

    def _event(self, message: BusMessage) -> Translation:
        said = message.said
        if isinstance(said, PlatformEvent):
            found = self._fact(0, OrderRecord(said.fields, "request", "/payload"), message.key)
            return Translation((found,)) if found else Translation((), remark="It is a draft, and no order yet.")
        if isinstance(said, ChangeEvent):
            ignored = f" Ignored: {'; '.join(said.ignored)}." if said.ignored else ""
            return Translation((), remark=f"{', '.join(said.header.record_ids[:10])} is read.{ignored}")
        return Translation((), remark=f"The events do not tell all ({said.reason}); the records are read.")

    def _records(self, records: Any) -> Translation:
        if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
            raise Refused("BODY_NOT_RECORDS", "A list of records is required.", "/records")
        facts, refused = [], {}
        for index, fields in enumerate(records):
            key = f"{fields.get('Id')} {fields.get(self.given.mapping.fields.get('order.state_time', ''))}"
            record = OrderRecord(fields, "order", pointer("records", index), deleted=fields.get("IsDeleted") is True)
            try:
                found = self._fact(index, record, key)
            except Refused as refusal:
                refused[index] = refusal
            else:
                facts += [found] if found else []
        if refused and not facts and len(refused) == len(records):
            raise next(iter(refused.values()))
        return Translation(tuple(facts), refused, proceeds=True)

    def _fact(self, index: int, record: OrderRecord, key: str) -> Fact | None:
        order = order_of(record, self.given.mapping, self.given.settings)
        if order is None:
            return None
        check_size(order, order.order_reference, record.place)
        content = digest({"key": key, "said": order.SerializeToString(deterministic=True).hex()})
        # A record that was changed twice within one stamp has two states under it.
        return fact(index, f"{key} {content.hex()[:16]}", content, order)
