"""Asks SAP what is planned to be needed: all of it, now and again, as neither an event nor a field tells of changes."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from adapters.erp_sap.client.connection import SapConnection
from adapters.erp_sap.documents import Record, SapDocument
from adapters.erp_sap.odata.addresses import EntityQuery, all_of, condition
from adapters.erp_sap.odata.model import DefinitionFault
from adapters.erp_sap.odata.values import ValueFault
from adapters.erp_sap.settings import PLANNED_REQUIREMENTS
from adapters.outbound import Declined, Fetched, Following, Poll

_ENTITY_SET = "PlannedIndepRqmtItem"
AT_ONCE_MAX = 10


async def read_requirements(sap: SapConnection, cursor: str, following: Following) -> Fetched:
    """What is planned of the next products of ours; the cursor is the last one, empty where a round is over."""
    table = sap.mapping.tables.get("product", {})
    products = sorted({ours for ours in table.values() if ours > cursor})
    fresh = products[:AT_ONCE_MAX]
    read = [await _read(sap, product, [each for each in table if table[each] == product]) for product in fresh]
    more = len(products) > len(fresh)
    return Fetched([each.written() for each in read if each is not None], fresh[-1] if more else "", more)


async def _read(sap: SapConnection, product: str, materials: Sequence[str]) -> SapDocument | None:
    """The requirements of all materials that are one product of ours; None where nothing is planned of it."""
    read_at = sap.now()
    try:
        items = [each for material in materials for each in await _items(sap, material)]
    except (DefinitionFault, ValueFault) as fault:
        raise Declined(str(fault)) from fault
    # Nothing of it tells one state from another but what it says.
    state = hashlib.sha256("\n".join(sorted(map(repr, items))).encode()).hexdigest()[:16]
    return SapDocument(PLANNED_REQUIREMENTS, product, state, read_at, {"item": items}) if items else None


async def _items(sap: SapConnection, material: str) -> list[Record]:
    service = sap.service(PLANNED_REQUIREMENTS)
    model = await service.model()
    entity = model.entity_set(_ENTITY_SET).type
    wanted = {"Product": material, "PlndIndepRqmtVersion": sap.settings.requirement_version}
    query = EntityQuery(filter=all_of(*(condition(model, entity, name, "eq", each) for name, each in wanted.items())))
    return [each.values async for page in service.pages(_ENTITY_SET, query) for each in page.entities]


PLANNED = Poll(
    "sap.planned_requirements",
    timedelta(hours=1),
    read_requirements,
    wanted=lambda given: PLANNED_REQUIREMENTS in given.settings.reads,
)
