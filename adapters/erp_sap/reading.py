"""Reads documents of SAP: which have changed, and each as a whole, as it is kept."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from adapters.erp_sap.client import SapService
from adapters.erp_sap.documents import UNREADABLE, Record, SapDocument
from adapters.erp_sap.odata.addresses import EntityQuery, all_of, any_of, condition
from adapters.erp_sap.odata.entities import BodyFault, SapEntity
from adapters.erp_sap.odata.literals import Value
from adapters.erp_sap.odata.model import DefinitionFault, EdmType, ServiceModel
from adapters.erp_sap.odata.values import ValueFault, padded_key
from adapters.erp_sap.settings import INSPECTION_LOTS, OUTBOUND_DELIVERIES, PRODUCTION_ORDERS, SALES_ORDERS
from adapters.outbound import Away, Declined

# What was changed before is not read when an account is new.
NEW_ACCOUNT_READS = timedelta(days=30)
AT_ONCE_MAX = 10
# SAP's stamps are whole seconds, and a document becomes visible some time after it got its stamp.
OVERLAP = timedelta(minutes=1)


class Services(Protocol):
    """The services of one system, and when it is."""

    def service(self, document: str) -> SapService:
        """The service that a document is read from."""
        ...

    def now(self) -> datetime:
        """The host's clock."""
        ...


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where documents of a kind are found, and which field tells that one has changed."""

    entity_set: str
    key: str
    changed: tuple[str, ...]  # of some documents a field tells of the first state alone, and another of the later ones
    whole: Callable[[Services, str], Awaitable["_Whole | None"]]


_STAMP = re.compile(r"[0-9]{14}")
_Whole = tuple[str, Mapping[str, list[Record]]]  # the state, and the records by kind


async def read_document(sap: Services, document: str, number: str) -> SapDocument | None:
    """A document as it is now, with a number that may lack the zeros before it; None if there is none."""
    read_at = sap.now()
    number = await _padded(sap, document, number)
    try:
        found = await KINDS[document].whole(sap, number)
    except (DefinitionFault, ValueFault) as fault:
        raise Declined(str(fault)) from fault
    if found is None:
        return None
    state, records = found
    return SapDocument(document, number, state, read_at, records)


async def _padded(sap: Services, document: str, number: str) -> str:
    kind = KINDS[document]
    model = await sap.service(document).model()
    try:
        return padded_key(model.field(kind.entity_set, kind.key), number)
    except DefinitionFault as fault:
        raise Declined(str(fault)) from fault


async def _production_order(sap: Services, number: str) -> _Whole | None:
    order = await sap.service(PRODUCTION_ORDERS).read("A_ProcessOrder_2", number)
    return None if order is None else (order.etag, {"order": [_record(order)]})


async def _inspection_lot(sap: Services, number: str) -> _Whole | None:
    service = sap.service(INSPECTION_LOTS)
    lot = await service.read("A_InspectionLot", number)
    if lot is None:
        return None
    decisions = await all_where(service, "A_InspLotUsageDecision", "InspectionLot", number)
    state = " ".join([lot.etag, *(each.etag for each in decisions)])
    return state, {"lot": [_record(lot)], "usage_decision": [_record(each) for each in decisions]}


async def _outbound_delivery(sap: Services, number: str) -> _Whole | None:
    below = ("to_DeliveryDocumentItem", "to_HandlingUnitHeaderDelivery")
    service = sap.service(OUTBOUND_DELIVERIES)
    links = (await service.model()).entity_set("A_OutbDeliveryHeader").type.links
    known = [name for name in below if name in links]  # older versions of the service have no handling units
    delivery = await service.read("A_OutbDeliveryHeader", number, expand=known)
    if delivery is None:
        return None
    items, units = (delivery.links.get(name, ()) for name in below)
    orders: dict[str, Record] = {}
    for item in items:
        order_number = str(item.values.get("ReferenceSDDocument") or "")
        if order_number and order_number not in orders:
            order = await sap.service(SALES_ORDERS).read("A_SalesOrder", order_number)
            if order is not None:
                orders[order_number] = {**_record(order), "SalesOrder": order_number}
    records = {"item": items, "handling_unit": units}
    listed: dict[str, list[Record]] = {kind: [_record(each) for each in found] for kind, found in records.items()}
    return delivery.etag, {"delivery": [_record(delivery)], "sales_order": list(orders.values()), **listed}


async def _sales_order(sap: Services, number: str) -> _Whole | None:
    order = await sap.service(SALES_ORDERS).read("A_SalesOrder", number, expand=("to_Item", "to_Partner"))
    if order is None:
        return None
    items, partners = ([_record(each) for each in order.links.get(name, ())] for name in ("to_Item", "to_Partner"))
    return order.etag, {"order": [_record(order)], "item": items, "partner": partners}


def _record(entity: SapEntity) -> Record:
    """An entity as it is kept, with what cannot be read of it and why."""
    why = {name: str(fault) for name, fault in entity.unreadable.items()}
    return {**entity.values, UNREADABLE: why} if why else entity.values


KINDS: Mapping[str, _Kind] = {
    PRODUCTION_ORDERS: _Kind("A_ProcessOrder_2", "ManufacturingOrder", ("LastChangeDateTime",), _production_order),
    INSPECTION_LOTS: _Kind("A_InspectionLot", "InspectionLot", ("ChangedDateTime",), _inspection_lot),
    OUTBOUND_DELIVERIES: _Kind(
        "A_OutbDeliveryHeader", "DeliveryDocument", ("CreationDate", "LastChangeDate"), _outbound_delivery
    ),
    SALES_ORDERS: _Kind("A_SalesOrder", "SalesOrder", ("LastChangeDateTime",), _sales_order),
}


@dataclass(frozen=True, slots=True)
class Sweep:
    """How far the changed documents of a kind were read: all that were changed before `since`, and, within a sweep,
    those up to and with the one `after`."""

    since: str = ""  # as the field is kept, see `_Stamps`
    after: tuple[str, str] | None = None  # the stamp and the number of the last one
    newest: str = ""  # the newest stamp that this sweep has seen

    def written(self) -> str:
        """As a cursor."""
        return json.dumps([self.since, self.after, self.newest])

    @staticmethod
    def read(cursor: str) -> "Sweep":
        """Of a cursor, which is empty at first."""
        if not cursor:
            return Sweep()
        since, after, newest = json.loads(cursor)
        return Sweep(since, tuple(after) if after else None, newest)


async def changed(sap: Services, document: str, field: str, cursor: str) -> tuple[list[str], Sweep, bool]:
    """The numbers of documents that have changed, as a field tells, oldest first; how far that is, and whether there

    are more.
    """
    kind, service = KINDS[document], sap.service(document)
    asked_at = sap.now().replace(microsecond=0)  # stamps are whole seconds, and a field takes no finer question
    try:
        model = await service.model()
        stamped = model.field(kind.entity_set, field)
        stamps = _Stamps(stamped.type, is_day=stamped.is_date)
        begun = Sweep.read(cursor)
        sweep = begun if begun.since else Sweep(stamps.kept(asked_at - NEW_ACCOUNT_READS))
        query = EntityQuery(
            filter=_filter(model, kind, field, sweep, stamps),
            select=(kind.key, field),
            order_by=(field, kind.key),
            top=AT_ONCE_MAX,
        )
        found = [each async for page in service.pages(kind.entity_set, query) for each in page.entities][:AT_ONCE_MAX]
    except (DefinitionFault, ValueFault) as fault:
        raise Declined(str(fault)) from fault
    numbers = [str(_told(each, kind.key)) for each in found]
    now = stamps.kept(asked_at)  # a stamp of the future, such as SAP's last day, must not hide what changes before it
    if not found:
        return [], Sweep(stamps.before(min(sweep.newest, now)) if sweep.newest else sweep.since), False
    last = stamps.kept_of(_told(found[-1], field))
    if len(found) < AT_ONCE_MAX:
        return numbers, Sweep(max(stamps.before(min(last, now)), sweep.since)), False
    return numbers, Sweep(sweep.since, (last, numbers[-1]), last), True


def _told(entity: SapEntity, name: str) -> Value | None:
    try:
        return entity[name]
    except (BodyFault, ValueFault) as fault:
        raise Away(f"the answer of SAP cannot be read: {fault}") from fault


def _filter(model: ServiceModel, kind: _Kind, field: str, sweep: Sweep, stamps: "_Stamps") -> str:
    entity = model.entity_set(kind.entity_set).type

    def is_(name: str, operator: str, value: Value) -> str:
        return condition(model, entity, name, operator, value)

    if sweep.after is None:
        return is_(field, "ge", stamps.value(sweep.since))
    stamp, number = sweep.after
    same = all_of(is_(field, "eq", stamps.value(stamp)), is_(kind.key, "gt", number))
    return any_of(is_(field, "gt", stamps.value(stamp)), same)


class _Stamps:
    """The stamp of a change, in the three ways in which SAP keeps one; as a text it sorts as it should."""

    def __init__(self, kind: EdmType, *, is_day: bool) -> None:
        self._kind, self._is_day = kind, is_day

    def kept(self, at: datetime) -> str:
        """An instant, as a stamp."""
        form = (
            "%Y-%m-%d" if self._is_day else "%Y%m%d%H%M%S" if self._kind is EdmType.STRING else "%Y-%m-%dT%H:%M:%S.%f"
        )
        return at.astimezone(UTC).strftime(form)

    def kept_of(self, value: Value | None) -> str:
        """What SAP answered, as a stamp."""
        if isinstance(value, datetime):
            return self.kept(value if value.tzinfo else value.replace(tzinfo=UTC))
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, str) and _STAMP.fullmatch(value):
            return value
        raise Away("SAP does not say when a document was changed")

    def value(self, kept: str) -> Value:
        """A stamp, as SAP is asked for it."""
        if self._is_day:
            return date.fromisoformat(kept)
        if self._kind is EdmType.STRING:
            return kept
        at = datetime.fromisoformat(kept).replace(tzinfo=UTC)
        return at if self._kind is EdmType.DATE_TIME_OFFSET else at.replace(tzinfo=None)

    def before(self, kept: str) -> str:
        """From where the next sweep begins: what got its stamp a moment ago may have changed again under it."""
        if self._is_day:
            return (date.fromisoformat(kept) - timedelta(days=1)).isoformat()
        if self._kind is EdmType.STRING:
            try:
                at = datetime.strptime(kept, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
            except ValueError:
                raise Away(f"SAP says that a document was changed at {kept}, which is no time") from None
            return self.kept(at - OVERLAP)
        return self.kept(datetime.fromisoformat(kept).replace(tzinfo=UTC) - OVERLAP)


async def all_where(service: SapService, entity_set: str, name: str, value: str) -> list[SapEntity]:
    """All entities of which a field has a value."""
    model = await service.model()
    query = EntityQuery(filter=condition(model, model.entity_set(entity_set).type, name, "eq", value))
    return [each async for page in service.pages(entity_set, query) for each in page.entities]
