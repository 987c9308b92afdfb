"""The calls of SpecificationService."""

from dataclasses import dataclass

from doselane.quality.v1 import batch_pb2, specification_pb2

from services.kernel.asking import ask_of
from services.kernel.clock import Clock
from services.kernel.paging import BY_NAME, page_of
from services.kernel.rpc import Call
from services.kernel.signatures import SealingKeys
from services.quality.domain.specification import ChangedOutcome, Outcome
from services.quality.domain.specified import SpecificationVersion
from services.quality.events import messages
from services.quality.rpc import requests
from services.quality.store import Store
from services.quality.usecases import specifications


@dataclass(frozen=True, slots=True)
class SpecificationRpc:
    """Serves doselane.quality.v1.SpecificationService."""

    store: Store
    clock: Clock
    keys: SealingKeys

    async def ProposeSpecification(
        self, request: specification_pb2.ProposeSpecificationRequest, call: Call
    ) -> bytes | specification_pb2.Specification:
        """Proposes a version."""
        ask = ask_of(request, call)
        if request.validate_only:
            foreseen = await specifications.foresee(self.store, self.clock, request.name, request.yaml, ask)
            return messages.specification_message(foreseen)
        return await specifications.propose(self.store, self.clock, request.name, request.yaml, ask, _version)

    async def RehearseSpecification(
        self, request: specification_pb2.RehearseSpecificationRequest, call: Call
    ) -> specification_pb2.RehearseSpecificationResponse:
        """Judges past batches by the proposed version."""
        batches = request.batches if request.HasField("batches") else specifications.REHEARSED_BATCHES
        version, judged, changes = await specifications.rehearsal(self.store, request.name, batches)
        return specification_pb2.RehearseSpecificationResponse(
            version=version.version, batches_judged=judged, changes=map(_change, changes)
        )

    async def SignSpecification(self, request: specification_pb2.SignSpecificationRequest, call: Call) -> bytes:
        """Signs the proposed version."""
        ask, pen = ask_of(request, call), requests.pen_of(request, call, self.keys)
        return await specifications.sign(self.store, self.clock, request.name, pen, ask, _version)

    async def GetSpecification(
        self, request: specification_pb2.GetSpecificationRequest, call: Call
    ) -> specification_pb2.Specification:
        """Returns one specification."""
        version = request.version if request.HasField("version") else None
        found = await specifications.get(self.store, request.name, version, call.caller.viewer)
        return messages.specification_message(found, whole=call.caller.operator)

    async def ListSpecifications(
        self, request: specification_pb2.ListSpecificationsRequest, call: Call
    ) -> specification_pb2.ListSpecificationsResponse:
        """Lists specifications."""
        page = await page_of(self.store.database, request, call.caller, BY_NAME)
        found = await self.store.specifications(call.caller.viewer, page.after or "", page.limit)
        shown, token = page.cut(found, lambda version: version.name)
        told = [messages.specification_message(version, whole=call.caller.operator) for version in shown]
        return specification_pb2.ListSpecificationsResponse(specifications=told, next_page_token=token)


def _version(version: SpecificationVersion) -> bytes:
    return messages.specification_message(version).SerializeToString()


def _change(change: ChangedOutcome) -> specification_pb2.VerdictChange:
    return specification_pb2.VerdictChange(
        batch=change.batch,
        subject=change.subject,
        before=_outcome(change.before),
        after=_outcome(change.after),
        explanation=" ".join(change.sentences),
    )


def _outcome(outcome: Outcome | None) -> batch_pb2.Verdict.Outcome:
    return batch_pb2.Verdict.Outcome.Value(outcome or "OUTCOME_UNSPECIFIED")
