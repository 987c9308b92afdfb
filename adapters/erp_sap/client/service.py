"""An OData V2 service of SAP: entities read, made and changed, functions called, many of these in one batch."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import uuid4

import httpx

from adapters.erp_sap.client.sending import RequestIdentity, SapRequest, SapSender
from adapters.erp_sap.odata import requests
from adapters.erp_sap.odata.addresses import EntityQuery, entity_address, query_of
from adapters.erp_sap.odata.batch import (
    BatchAnswer,
    BatchFault,
    BatchOperation,
    BatchPart,
    ChangeSet,
    read_batch,
    written_batch,
)
from adapters.erp_sap.odata.entities import (
    BodyFault,
    EntitiesPage,
    SapEntity,
    Written,
    entity_of,
    page_of,
    read_body,
    returned_of,
)
from adapters.erp_sap.odata.errors import EntityMissing, StateChanged, error_of, refusal_in
from adapters.erp_sap.odata.literals import Value
from adapters.erp_sap.odata.metadata import read_v2
from adapters.erp_sap.odata.model import DefinitionFault, EntityType, MetadataReader, ServiceModel
from adapters.erp_sap.odata.requests import JSON, Key
from adapters.outbound import Away, Declined, Uncertain

ROOT = "/sap/opu/odata/sap"
PAGES_MAX = 1000
CHANGE_ATTEMPTS = 3
_UNREADABLE = (BodyFault, DefinitionFault)
_Read = TypeVar("_Read")


class SapService:
    """One service, by the name in its address (`API_SALES_ORDER_SRV`, `API_OUTBOUND_DELIVERY_SRV;v=0002`).

    `merges`: an older Gateway that takes changes as POST with `X-HTTP-Method: MERGE`. All calls raise Away, Declined or
    Uncertain; ValueFault and DefinitionFault say, before anything is sent, that what is given does not fit.
    """

    def __init__(
        self,
        sender: SapSender,
        name: str,
        *,
        root: str = ROOT,
        merges: bool = False,
        reader: MetadataReader = read_v2,
    ) -> None:
        self.name, self.merges, self._sender, self._reader = name, merges, sender, reader
        self._address = f"{root.rstrip('/')}/{name}/"
        self._model: ServiceModel | None = None
        self._one_at_a_time = asyncio.Lock()

    async def model(self) -> ServiceModel:
        """What the service has, read once."""
        async with self._one_at_a_time:
            if self._model is None:
                asked = SapRequest("GET", self._at("$metadata"), {"accept": "application/xml"})
                answer = await self._sender.send(asked)
                try:
                    self._model = self._reader(self.name, answer.content)
                except DefinitionFault as fault:
                    raise Declined(str(fault)) from fault
            return self._model

    async def read(
        self, entity_set: str, key: Key, *, select: Sequence[str] = (), expand: Sequence[str] = ()
    ) -> SapEntity | None:
        """One entity; None where SAP says that there is none."""
        model = await self.model()
        query = query_of(model, model.entity_set(entity_set).type, EntityQuery(select=select, expand=expand))
        address = entity_address(model, entity_set, key)
        try:
            answer = await self._get(self._at(f"{address}{f'?{query}' if query else ''}"))
        except EntityMissing:
            return None
        entity = _readable(lambda: entity_of(model, model.entity_set(entity_set).type, read_body(answer.content)))
        return _expanded(await self._whole(model, _with_etag(entity, answer), answer), expand)

    async def pages(self, entity_set: str, query: EntityQuery) -> AsyncIterator[EntitiesPage]:
        """The pages of a collection, one after the other as the server cuts them."""
        model = await self.model()
        entity = model.entity_set(entity_set).type
        asked = query_of(model, entity, query)
        async for page, answer in self._pages(
            model, entity, self._at(f"{entity_set}{f'?{asked}' if asked else ''}"), entity_set
        ):
            whole = [await self._whole(model, each, answer) for each in page.entities]
            yield replace(page, entities=[_expanded(each, query.expand) for each in whole])

    async def _pages(
        self, model: ServiceModel, entity: EntityType, address: str, name: str
    ) -> AsyncIterator[tuple[EntitiesPage, httpx.Response]]:
        """From an address on, with the answer that each stands in."""
        seen = set[str]()
        while address not in seen:
            seen.add(address)
            answer = await self._get(address)
            page = _read_page(model, entity, answer.content)
            yield page, answer
            if not page.next:
                return
            if len(seen) == PAGES_MAX:
                raise Declined(f"{name} has more than {PAGES_MAX} pages: ask for less at once")
            address = self._sender.followed(answer, page.next)
        raise Away(f"the pages of {name} lead back to one that was read")

    async def _whole(self, model: ServiceModel, entity: SapEntity, answer: httpx.Response) -> SapEntity:
        """An entity with what its expanded lists leave to further pages, however deep they are."""
        links: dict[str, Sequence[SapEntity]] = {}
        for name, below in entity.links.items():
            found = [await self._whole(model, each, answer) for each in below]
            if address := entity.continued.get(name):
                target = model.target_of(entity.type.links[name])
                async for page, further in self._pages(model, target, self._sender.followed(answer, address), name):
                    found += [await self._whole(model, each, further) for each in page.entities]
            links[name] = found
        return replace(entity, links=links, continued={})

    async def create(self, entity_set: str, values: Written, identity: RequestIdentity | None = None) -> SapEntity:
        """Makes an entity, with those below it, and answers it as SAP stored it."""
        model = await self.model()
        answer = await self._change(requests.creation(model, entity_set, values), identity)
        return _made(model, model.entity_set(entity_set).type, answer)

    async def change(
        self, entity_set: str, key: Key, values: Written, etag: str, identity: RequestIdentity | None = None
    ) -> str:
        """Changes fields of an entity that was read with this ETag, and answers the new one, or nothing.

        Raises StateChanged where it was changed meanwhile: then it is to be read again first.
        """
        operation = requests.changing(await self.model(), entity_set, key, values, etag, merge=self.merges)
        answer = await self._change(operation, identity)
        return str(answer.headers.get("etag", ""))

    async def change_latest(
        self, entity_set: str, key: Key, decide: Callable[[SapEntity], Written | None], *, expand: Sequence[str] = ()
    ) -> SapEntity | None:
        """Reads an entity, changes it as `decide` says (None: not at all), and reads again where it changed meanwhile.

        Answers the entity that was decided on; None where there is none.
        """
        for _ in range(CHANGE_ATTEMPTS):
            entity = await self.read(entity_set, key, expand=expand)
            values = decide(entity) if entity is not None else None
            if entity is None or not values:
                return entity
            try:
                await self.change(entity_set, key, values, entity.etag)
            except StateChanged:
                continue
            return entity
        raise Away(f"{entity_set} changed each of {CHANGE_ATTEMPTS} times between reading and changing it")

    async def delete(self, entity_set: str, key: Key, etag: str) -> None:
        """Deletes an entity that was read with this ETag."""
        await self._change(requests.deletion(await self.model(), entity_set, key, etag), None)

    async def call(
        self,
        function: str,
        given: Mapping[str, Value | None],
        identity: RequestIdentity | None = None,
        etag: str = "",
    ) -> Sequence[SapEntity]:
        """Calls a function, and answers what it returned; raises Declined where that holds an error."""
        model = await self.model()
        called, operation = model.function(function), requests.calling(model, function, given, etag)
        if called.method == "GET":
            answer = await self._get(self._at(operation.address))
            returned = _readable(lambda: returned_of(model, called, read_body(answer.content)))
        else:
            answer = await self._change(operation, identity)
            if not answer.content.strip():
                return ()
            returned = _done(lambda: returned_of(model, called, read_body(answer.content)), f"{function} was called")
        if refused := refusal_in(returned):
            raise refused
        return returned

    async def batch(self, parts: Sequence[BatchPart], identity: RequestIdentity | None = None) -> Sequence[BatchAnswer]:
        """Sends many requests as one. Each answer is to be looked at: the outer status says nothing of them."""
        changes = any(isinstance(each, ChangeSet) for each in parts)
        kind, body = written_batch(parts, f"batch_{uuid4().hex}")
        headers = {"content-type": kind, "accept": "multipart/mixed"}
        request = SapRequest("POST", self._at("$batch"), headers, body, changes, identity)
        answer = await self._sender.send(request)
        try:
            return read_batch(answer.headers.get("content-type", ""), answer.content, parts)
        except BatchFault as fault:
            raise (Uncertain if changes else Away)(f"the answer of SAP to a batch cannot be read: {fault}") from fault

    async def _change(self, operation: BatchOperation, identity: RequestIdentity | None) -> httpx.Response:
        address = self._at(operation.address)
        request = SapRequest(operation.method, address, operation.headers, operation.body, True, identity)
        answer = await self._sender.send(request)
        kind = answer.headers.get("content-type", JSON)
        if answer.content and not kind.lower().startswith(JSON):
            said = error_of(answer.status_code, answer.headers, answer.content)
            raise Uncertain(f"the answer of SAP is no JSON: {said}")
        return answer

    async def _get(self, address: str) -> httpx.Response:
        return await self._sender.send(SapRequest("GET", address, {}))

    def _at(self, address: str) -> str:
        return self._sender.at(f"{self._address}{address}")


def _made(model: ServiceModel, entity: EntityType, answer: httpx.Response) -> SapEntity:
    made = _done(lambda: entity_of(model, entity, read_body(answer.content)), f"{entity.name} was made")
    return _with_etag(made, answer)


def _with_etag(entity: SapEntity, answer: httpx.Response) -> SapEntity:
    """The header goes before: some releases leave it out of the body."""
    etag = answer.headers.get("etag", "") or entity.etag
    return replace(entity, etag=etag)


def _read_page(model: ServiceModel, entity: EntityType, body: bytes) -> EntitiesPage:
    return _readable(lambda: page_of(model, entity, read_body(body)))


def _readable(read: Callable[[], _Read]) -> _Read:
    try:
        return read()
    except _UNREADABLE as fault:
        raise Away(f"the answer of SAP cannot be read: {fault}") from fault


def _expanded(entity: SapEntity, expand: Sequence[str]) -> SapEntity:
    """A whole entity, further pages of its lists included, if it holds all that was to be expanded."""
    _readable(lambda: entity.require_expanded([path.split("/") for path in expand]))
    return entity


def _done(read: Callable[[], _Read], words: str) -> _Read:
    """What was done is done, although its answer cannot be read: look before sending it again."""
    try:
        return read()
    except _UNREADABLE as fault:
        raise Uncertain(f"{words}, and the answer of SAP cannot be read: {fault}") from fault
