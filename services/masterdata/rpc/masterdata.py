"""The calls of MasterDataService: five for each kind, all made of the same five here, and three for all kinds."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from doselane.masterdata.v1 import masterdata_pb2

from services.kernel.clock import Clock
from services.kernel.errors import GatewayError, NotFound
from services.kernel.paging import BY_NAME, BY_NUMBER, page_of
from services.kernel.rpc import Call
from services.kernel.steps import in_steps
from services.masterdata.documents import KINDS, ResourceKind, views, yaml_in, yaml_out
from services.masterdata.domain import Change
from services.masterdata.ledger import NetworkLedger
from services.masterdata.rpc import requests
from services.masterdata.store import ResourceFilter, Store
from services.masterdata.usecases import resources as usecases

Method = Callable[[Any, Call], Awaitable[Any]]


class MasterDataRpc:
    """Serves doselane.masterdata.v1.MasterDataService.

    CreateProduct, ListSites and so on are attributes made from the table of kinds.
    """

    def __init__(self, store: Store, ledger: NetworkLedger, clock: Clock) -> None:
        self._store, self._ledger, self._clock = store, ledger, clock
        verbs = {
            "Create": self._create,
            "Get": self._get,
            "List": self._list,
            "Update": self._update,
            "Delete": self._delete,
        }
        self._methods: dict[str, Method] = {
            kind.call(verb): partial(method, kind) for kind in KINDS for verb, method in verbs.items()
        }

    def __getattr__(self, name: str) -> Method:
        """The call of this name."""
        try:
            # Through __dict__: `self._methods` would end up here again before it is set, as when an object is copied.
            return self.__dict__["_methods"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    async def _create(self, kind: ResourceKind, request: Any, call: Call) -> bytes:

        def render(changes: Sequence[Change], _: Sequence[str]) -> bytes:
            answer: bytes = views.message_of(changes[0].after).SerializeToString()
            return answer

        return await self._change(requests.ask_of(request, [requests.creation(kind, request)], call, render))

    async def _get(self, kind: ResourceKind, request: Any, call: Call) -> Any:
        partner = call.caller.viewer
        return views.message_of(await usecases.get(kind, request.name, partner, self._store), partner)

    async def _list(self, kind: ResourceKind, request: Any, call: Call) -> Any:
        partner = call.caller.viewer
        wanted = ResourceFilter(kind.singular, partner, requests.mentions_of(kind, request))
        page = await page_of(self._store.database, request, call.caller, BY_NAME)
        found = await self._store.page(wanted, page.after or "", page.limit)
        shown, token = page.cut(found, lambda version: version.name)
        answer = kind.response("List")(next_page_token=token)
        getattr(answer, kind.collection).extend(
            await in_steps(lambda version: views.message_of(version, partner), shown)
        )
        return answer

    async def _update(self, kind: ResourceKind, request: Any, call: Call) -> bytes:

        def render(changes: Sequence[Change], slots: Sequence[str]) -> bytes:
            [done] = changes
            message = views.foreseen(done) if request.validate_only else views.message_of(done.after)
            facts = {kind.singular: message, "conflicting_slots": slots}
            answer: bytes = kind.response("Update")(**facts).SerializeToString()
            return answer

        return await self._change(requests.ask_of(request, [requests.update(kind, request)], call, render))

    async def _delete(self, kind: ResourceKind, request: Any, call: Call) -> bytes:

        def render(_: Sequence[Change], slots: Sequence[str]) -> bytes:
            answer: bytes = kind.response("Delete")(conflicting_slots=slots).SerializeToString()
            return answer

        return await self._change(requests.ask_of(request, [requests.deletion(kind, request)], call, render))

    async def ListRevisions(
        self, request: masterdata_pb2.ListRevisionsRequest, call: Call
    ) -> masterdata_pb2.ListRevisionsResponse:
        """Lists the versions of one resource, newest first."""
        kind = requests.kind_of_name(request.name)
        if not call.caller.operator:
            # Who changed what is the manufacturer's own, also of what a sponsor sees.
            raise NotFound(f"There is no such {kind.singular}.", resource=request.name)
        page = await page_of(self._store.database, request, call.caller, BY_NUMBER)
        found = await usecases.list_revisions(kind, request.name, page.after, page.limit, self._store)
        shown, token = page.cut(found, lambda version: version.number)
        return masterdata_pb2.ListRevisionsResponse(
            revisions=await in_steps(views.revision_of, shown), next_page_token=token
        )

    async def ExportMasterData(
        self, request: masterdata_pb2.ExportMasterDataRequest, call: Call
    ) -> masterdata_pb2.ExportMasterDataResponse:
        """Writes what the caller sees as YAML."""
        partner = call.caller.viewer
        found = await usecases.export(requests.collections_of(request), partner, self._store)
        # In a thread, as all the other calls would wait for a large text.
        return masterdata_pb2.ExportMasterDataResponse(yaml=await asyncio.to_thread(yaml_out.written, found, partner))

    async def ImportMasterData(self, request: masterdata_pb2.ImportMasterDataRequest, call: Call) -> bytes:
        """Creates and changes what a YAML text says, all of it or nothing."""
        text = await asyncio.to_thread(yaml_in.read, request.yaml)

        def render(changes: Sequence[Change], slots: Sequence[str]) -> bytes:
            done = {change.after.name: _action(change) for change in changes}
            results = [
                masterdata_pb2.ImportedResource(name=entry.name, action=done[entry.name]) for entry in text.entries
            ]
            answer = masterdata_pb2.ImportMasterDataResponse(resources=results, conflicting_slots=slots)
            return answer.SerializeToString()

        try:
            return await self._change(requests.ask_of(request, requests.imported(text), call, render))
        except GatewayError as error:
            raise text.located(error) from error

    async def _change(self, ask: usecases.ResourceAsk) -> bytes:
        return await usecases.change(ask, self._store, self._ledger, self._clock)


def _action(change: Change) -> masterdata_pb2.ImportedResource.Action:
    if not change.happens:
        return masterdata_pb2.ImportedResource.UNCHANGED
    return masterdata_pb2.ImportedResource.UPDATED if change.before else masterdata_pb2.ImportedResource.CREATED
