"""Reads what Salesforce tells: events of its bus, and records as they were read. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.content import digest
from adapters.crm_salesforce.orders import OrderRecord, order_of
from adapters.crm_salesforce.pubsub.change_event import ChangeEvent, PlatformEvent
from adapters.crm_salesforce.pubsub.message import BusMessage, read_message
from adapters.facts import check_size, check_time
from adapters.json_body import pointer, read_json
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.mapping import Mapped
from adapters.ports.crm import fact
from services.kernel.timestamps import instant


@dataclass(frozen=True, slots=True)
class SalesforceReader:
    """Reads for one account."""

    given: Mapped

    def translate(self, incoming: Incoming) -> Translation:
        """Reads a message. Of many records one that cannot be read keeps back none of the others."""
        value = read_json(incoming.body)
        if isinstance(value, dict) and "records" in value:
            return self._records(value["records"], incoming.received_at)
        return self._event(read_message(incoming.body), incoming.received_at)

    def _event(self, message: BusMessage, received_at: datetime) -> Translation:
        said = message.said
        if isinstance(said, PlatformEvent):
            found = self._fact(0, OrderRecord(said.fields, "request", "/payload"), message.key, received_at)
            return Translation((found,)) if found else Translation((), remark="It is a draft, and no order yet.")
        if isinstance(said, ChangeEvent):
            ignored = f" Ignored: {'; '.join(said.ignored)}." if said.ignored else ""
            return Translation((), remark=f"{', '.join(said.header.record_ids[:10])} is read.{ignored}")
        return Translation((), remark=f"The events do not tell all ({said.reason}); the records are read.")

    def _records(self, records: Any, received_at: datetime) -> Translation:
        if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
            raise Refused("BODY_NOT_RECORDS", "A list of records is required.", "/records")
        facts, refused = [], {}
        for index, fields in enumerate(records):
            key = f"{fields.get('Id')} {fields.get(self.given.mapping.fields.get('order.state_time', ''))}"
            record = OrderRecord(fields, "order", pointer("records", index), deleted=fields.get("IsDeleted") is True)
            try:
                found = self._fact(index, record, key, received_at)
            except Refused as refusal:
                refused[index] = refusal
            else:
                facts += [found] if found else []
        if refused and not facts and len(refused) == len(records):
            raise next(iter(refused.values()))
        return Translation(tuple(facts), refused, proceeds=True)

    def _fact(self, index: int, record: OrderRecord, key: str, received_at: datetime) -> Fact | None:
        order = order_of(record, self.given.mapping, self.given.settings)
        if order is None:
            return None
        # A statement of the future would stand above all that come after it.
        check_time(instant(order.state_time, "state_time"), received_at, record.place)
        check_size(order, order.order_reference, record.place)
        content = digest({"key": key, "said": order.SerializeToString(deterministic=True).hex()})
        # A record that was changed twice within one stamp has two states under it.
        return fact(index, f"{key} {content.hex()[:16]}", content, order)
