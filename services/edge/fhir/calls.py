"""The calls behind the façade, each with the caller's own token: what a caller may see and do is decided there."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import grpc.aio
from doselane.masterdata.v1 import masterdata_pb2, resources_pb2
from doselane.slotting.v1 import slotting_pb2
from google.protobuf.message import Message

from services.edge.api import Binding
from services.edge.backends import Backends
from services.edge.replies import refusal_of_call
from services.kernel.http import HttpProblem
from services.kernel.identity import Caller

PAGE_SIZE = 1000
AT_ONCE_MAX = 8  # of the calls of one request

Methods = Mapping[str, Binding]
_Found = TypeVar("_Found")


def methods_of(bindings: Iterable[Binding]) -> Methods:
    """The bindings by `Service/Method`."""
    return {f"{each.method.containing_service.name}/{each.method.name}": each for each in bindings}


@dataclass(frozen=True, slots=True)
class Calls:
    """Makes the calls of one request; a refusal is raised as an HttpProblem."""

    backends: Backends
    methods: Methods
    caller: Caller
    metadata: tuple[tuple[str, str], ...]
    timeout_s: float

    async def make(self, name: str, request: Message) -> Any:
        """What `Service/Method` answers."""
        binding = self.methods[name]
        try:
            return await self.backends.call(binding)(request, timeout=self.timeout_s, metadata=self.metadata)
        except grpc.aio.AioRpcError as error:
            raise refusal_of_call(error, binding.method.input_type) from None

    async def product(self, name: str) -> resources_pb2.Product | None:
        """A product; None if the caller cannot see one of that name."""
        request = masterdata_pb2.GetProductRequest(name=name)
        found: resources_pb2.Product | None = await _unless_unknown(self.make("MasterDataService/GetProduct", request))
        return found

    async def site(self, name: str) -> resources_pb2.Site | None:
        """A centre; None if the caller cannot see one of that name."""
        request = masterdata_pb2.GetSiteRequest(name=name)
        found: resources_pb2.Site | None = await _unless_unknown(self.make("MasterDataService/GetSite", request))
        return found

    async def products(self) -> list[resources_pb2.Product]:
        """All products that the caller can see."""
        request = masterdata_pb2.ListProductsRequest(page_size=PAGE_SIZE)
        return await self._all("MasterDataService/ListProducts", request, "products")

    async def sites(self) -> list[resources_pb2.Site]:
        """All centres that the caller can see."""
        request = masterdata_pb2.ListSitesRequest(page_size=PAGE_SIZE)
        return await self._all("MasterDataService/ListSites", request, "sites")

    async def offers(
        self, request: slotting_pb2.SearchOffersRequest
    ) -> tuple[list[slotting_pb2.Offer], slotting_pb2.NothingFound]:
        """All offers of a search, and why there are none."""
        request.page_size, found = PAGE_SIZE, []
        while True:
            page: slotting_pb2.SearchOffersResponse = await self.make("SlottingService/SearchOffers", request)
            found += page.offers
            if not page.next_page_token:
                return found, page.nothing_found
            request.page_token = page.next_page_token

    async def slots_of(self, order_reference: str) -> list[slotting_pb2.Slot]:
        """All slots that the caller's partner claimed for an order, oldest first."""
        request = slotting_pb2.ListSlotsRequest(order_reference=order_reference, page_size=PAGE_SIZE)
        found: list[slotting_pb2.Slot] = await self._all("SlottingService/ListSlots", request, "slots")
        return [slot for slot in found if slot.partner == self.caller.partner]

    async def slot(self, name: str) -> slotting_pb2.Slot | None:
        """A slot; None if the caller cannot see one of that name."""
        request = slotting_pb2.GetSlotRequest(name=name)
        found: slotting_pb2.Slot | None = await _unless_unknown(self.make("SlottingService/GetSlot", request))
        return found

    async def _all(self, name: str, request: Any, field: str) -> list[Any]:
        found: list[Any] = []
        while True:
            page = await self.make(name, request)
            found += getattr(page, field)
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token


async def together(calls: Iterable[Callable[[], Coroutine[Any, Any, _Found]]]) -> list[_Found]:
    """What several calls answer, in their order, some of them at once. The first that is refused ends the others."""
    turns = asyncio.Semaphore(AT_ONCE_MAX)

    async def one(call: Callable[[], Coroutine[Any, Any, _Found]]) -> _Found:
        async with turns:
            return await call()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(each)) for each in calls]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


async def _unless_unknown(call: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await call
    except HttpProblem as refused:
        if refused.status_code == HTTPStatus.NOT_FOUND:
            return None
        raise
