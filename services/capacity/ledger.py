"""The port to slotting's ledger, which alone knows the slots that stand on a run."""

import asyncio
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid5

from doselane.slotting.v1 import slotting_pb2
from tenacity import AsyncRetrying, retry_if_exception, stop_before_delay, wait_random_exponential

from services.capacity import events
from services.capacity.domain import CutOfRun
from services.kernel.errors import GatewayError, Unavailable
from services.kernel.rpc import Behalf, Client

# What is left to this service, of the time that its caller waits, to store what the ledger has answered.
TO_STORE_S = 0.25


@dataclass(frozen=True, slots=True)
class LedgerOrder:
    """What the ledger is asked to do to a run: cut it, or, without a cut, withdraw it altogether."""

    run: str
    base_version: int
    request_id: UUID
    lower: CutOfRun | None
    accept_conflicts: bool
    reason: str
    validate_only: bool = False
    failed: bool = False  # withdrawn because its manufacture failed


class RunLedger(Protocol):
    """What this service needs of slotting."""

    async def cut(self, order: LedgerOrder, behalf: Behalf) -> tuple[str, ...]:
        """Does it once per `request_id` and names the slots that lost their place; raises the ledger's own refusal."""
        ...


class LedgerOutOfStep(Unavailable):
    """The ledger and this service disagree on a run's version; its event will tell what it did."""

    reason = "LEDGER_OUT_OF_STEP"


class LedgerBehind(Unavailable):
    """The ledger has not heard of this version of the run within the caller's time."""

    reason = "RUN_NOT_YET_KNOWN"


# What a ledger answers for a run, or a version of it, that it has not heard of.
_NOT_HEARD = frozenset({"RUN_UNKNOWN", LedgerBehind.reason})


class SlottingRunLedger:
    """The ledger of the slotting service, over gRPC."""

    def __init__(self, client: Client, timeout_s: float) -> None:
        self._client = client
        self._timeout_s = timeout_s

    async def cut(self, order: LedgerOrder, behalf: Behalf) -> tuple[str, ...]:
        """Calls CutRunCapacity with the caller's own token, so that the ledger records who it was.

        The run is there, since it is ours: a ledger that does not know it, or not this version, will hear of it in a
        moment, and is asked again until the time is up. The client does the same while the ledger is away.
        """
        left_s, clock = behalf.time_left_s(self._timeout_s, to_store_s=TO_STORE_S), asyncio.get_running_loop().time
        until_s = clock() + left_s
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception(_has_not_heard),
                wait=wait_random_exponential(multiplier=0.05, max=1.0),
                stop=stop_before_delay(left_s),
                reraise=True,
            ):
                with attempt:
                    answer = await self._ask(order, until_s - clock(), behalf)
        except GatewayError as refusal:
            if not _has_not_heard(refusal):
                raise
            raise LedgerBehind("The ledger has not heard of the run yet.", run=order.run, retry_after_ms=50) from None
        expected = order.base_version + (0 if order.validate_only else 1)
        if answer.version != expected:
            raise LedgerOutOfStep(
                "The ledger answered for another version of the run.", run=order.run, version=answer.version
            )
        return tuple(answer.conflicting_slots)

    async def _ask(self, order: LedgerOrder, left_s: float, behalf: Behalf) -> slotting_pb2.CutRunCapacityResponse:
        answer: slotting_pb2.CutRunCapacityResponse = await self._client.call(
            "CutRunCapacity", _request(order), timeout_s=left_s, token=behalf.token
        )
        return answer


def _has_not_heard(refusal: BaseException) -> bool:
    return isinstance(refusal, GatewayError) and refusal.reason in _NOT_HEARD


def derived_id(request_id: UUID, partner: str, base_version: int, *, validate_only: bool = False) -> UUID:
    """The ledger's request id for a request of ours.

    It says the version too: should the run change under a request before the ledger took it, the next try is another
    request to the ledger, while a repetition of the same try is the same.
    """
    return uuid5(request_id, f"{partner} {base_version}{' validate' if validate_only else ''}")


def _request(order: LedgerOrder) -> slotting_pb2.CutRunCapacityRequest:
    request = slotting_pb2.CutRunCapacityRequest(
        run=order.run,
        cancel=order.lower is None,
        failed=order.failed,
        accept_conflicts=order.accept_conflicts,
        validate_only=order.validate_only,
        base_version=order.base_version,
        request_id=str(order.request_id),
        reason=order.reason,
    )
    if order.lower is not None:
        request.pledged.CopyFrom(events.capacity_message(order.lower.pledged))
        for partner, size in sorted(order.lower.allotments.items()):
            request.allotments.add(partner=partner, capacity=events.capacity_message(size))
    return request
