"""The port to slotting's ledger, which alone knows the promised slots that stand on a product, a place or a way."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from doselane.slotting.v1 import slotting_pb2

from services.kernel.rpc import Behalf, Client
from services.masterdata.documents.views import resource_of
from services.masterdata.domain import Version

# What is left to this service, of the time that its caller waits, to store what the ledger has answered.
TO_STORE_S = 0.5


class ThreatenedSlot(NamedTuple):
    """A promised slot that would lose something, and what."""

    slot: str
    risk: str


class NetworkLedger(Protocol):
    """What this service needs of slotting."""

    async def threatened(self, changed: Sequence[Version], behalf: Behalf) -> tuple[ThreatenedSlot, ...]:
        """The slots that these versions would put at risk; deleted ones are no more. Changes nothing."""
        ...


class SlottingNetworkLedger:
    """The ledger of the slotting service, over gRPC."""

    def __init__(self, client: Client, timeout_s: float) -> None:
        self._client = client
        self._timeout_s = timeout_s

    async def threatened(self, changed: Sequence[Version], behalf: Behalf) -> tuple[ThreatenedSlot, ...]:
        """Calls PreviewNetworkChange with the caller's own token, so that the ledger knows who asks."""
        request = slotting_pb2.PreviewNetworkChangeRequest(
            changed=[resource_of(version) for version in changed if not version.deleted],
            deleted=[version.name for version in changed if version.deleted],
        )
        # Some of the caller's time is kept back: an answer that comes too late to be stored was asked for nothing.
        left_s = behalf.time_left_s(self._timeout_s, to_store_s=TO_STORE_S)
        answer: slotting_pb2.PreviewNetworkChangeResponse = await self._client.call(
            "PreviewNetworkChange", request, timeout_s=left_s, token=behalf.token
        )
        return tuple(ThreatenedSlot(each.slot, slotting_pb2.Slot.Risk.Name(each.risk)) for each in answer.slots)
