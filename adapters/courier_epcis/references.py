"""The names of the objects in an event, and of the shipment that it speaks of."""

from collections.abc import Iterator

from adapters.courier_epcis.codes import bare
from adapters.courier_epcis.model.event import BizTransaction, EpcisEvent, Quantity, StandardEvent
from adapters.facts import NAME_CHARACTERS_MAX
from services.kernel.references import canonical

# Business transactions that name a shipment; orders and invoices name something else.
SHIPMENT_TRANSACTIONS = frozenset({"bol", "desadv"})


def references(event: EpcisEvent) -> list[str]:
    """What the event calls its objects and their shipment, each once, in order, then their canonical names."""
    named = [name for name in dict.fromkeys(_named(event)) if len(name) <= NAME_CHARACTERS_MAX]
    return list(dict.fromkeys([*named, *map(canonical, named)]))


def _named(event: EpcisEvent) -> Iterator[str]:
    for field in event.OBJECTS:
        value = getattr(event, field)
        for name in value if isinstance(value, list) else [value] if value else []:
            yield name.epcClass if isinstance(name, Quantity) else name
    if isinstance(event, StandardEvent):
        transactions: list[BizTransaction] = event.bizTransactionList or []
        yield from (each.bizTransaction for each in transactions if bare(each.type or "") in SHIPMENT_TRANSACTIONS)
