"""The calls of TransitProposalService."""

from collections.abc import Sequence
from dataclasses import dataclass

from doselane.masterdata.v1 import transit_proposal_pb2 as pb

from services.kernel.clock import Clock
from services.kernel.paging import BY_TIME, page_of
from services.kernel.rpc import Call
from services.masterdata.documents import views
from services.masterdata.domain import Change
from services.masterdata.domain.transit_proposal import TransitProposal
from services.masterdata.events.proposals import proposal_message
from services.masterdata.ledger import NetworkLedger
from services.masterdata.rpc.requests import ask_of
from services.masterdata.store import Store, proposals
from services.masterdata.usecases.proposals import accept, reject


@dataclass(frozen=True, slots=True)
class TransitProposalRpc:
    """Serves doselane.masterdata.v1.TransitProposalService."""

    store: Store
    ledger: NetworkLedger
    clock: Clock

    async def GetTransitProposal(self, request: pb.GetTransitProposalRequest, call: Call) -> pb.TransitProposal:
        """Returns a proposal."""
        async with self.store.reader() as reader:
            return proposal_message(await proposals.load(reader.conn, request.name))

    async def ListTransitProposals(
        self, request: pb.ListTransitProposalsRequest, call: Call
    ) -> pb.ListTransitProposalsResponse:
        """Lists proposals, newest first."""
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        async with self.store.reader() as reader:
            found = await proposals.page(reader.conn, request.lane, request.states, page.after, page.limit)
        shown, token = page.cut(found, lambda each: (each.measured.measured_at, each.name))
        return pb.ListTransitProposalsResponse(transit_proposals=map(proposal_message, shown), next_page_token=token)

    async def AcceptTransitProposal(self, request: pb.AcceptTransitProposalRequest, call: Call) -> bytes:
        """Makes the proposed figures the lane's."""
        ask = ask_of(request, (), call, _unused)
        return await accept(request.name, request.etag, ask, self.store, self.ledger, self.clock, _accepted)

    async def RejectTransitProposal(self, request: pb.RejectTransitProposalRequest, call: Call) -> bytes:
        """Leaves the lane as it is."""
        ask = ask_of(request, (), call, _unused)
        return await reject(request.name, request.etag, ask, self.store, self.clock, _rejected)


def _accepted(proposal: TransitProposal, made: Change, slots: Sequence[str]) -> bytes:
    answer = pb.AcceptTransitProposalResponse(
        transit_proposal=proposal_message(proposal), lane=views.message_of(made.after), conflicting_slots=slots
    )
    return answer.SerializeToString()


def _rejected(proposal: TransitProposal) -> bytes:
    return proposal_message(proposal).SerializeToString()


def _unused(_: Sequence[Change], __: Sequence[str]) -> bytes:
    raise AssertionError("the use case says how its answer is made")
