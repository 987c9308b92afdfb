"""The calls of drafts: read the request, ask the use case, write the answer."""

from doselane.tower.v1 import draft_pb2
from doselane.type.v1.options_pb2 import required_scope
from google.protobuf.json_format import Parse
from google.protobuf.message_factory import GetMessageClass

from services.kernel.agent_consents import AgentConsent, require_person
from services.kernel.asking import named_ask_of
from services.kernel.paging import BY_TIME, page_of
from services.kernel.rpc import Call
from services.kernel.steps import in_steps
from services.kernel.timestamps import optional_instant, stamp
from services.tower.domain.draft import Draft, consent_until
from services.tower.events.drafts import draft_message
from services.tower.rpc.drafting import CALLS, drafted_request
from services.tower.store.drafts import find_draft, list_drafts
from services.tower.usecases import Drafts


class DraftCalls:
    """The part of TowerService that is about what automated agents draft."""

    drafts: Drafts

    async def CreateDraft(self, request: draft_pb2.CreateDraftRequest, call: Call) -> bytes:
        """An agent drafts a request, of a call that its own token could make."""
        asked = drafted_request(request.call, request.request_json)
        call.caller.require(_scopes_of(request.call))
        until = optional_instant(request, "expire_time")
        return await self.drafts.create(named_ask_of(request, call), asked, until, _rendered)

    async def GetDraft(self, request: draft_pb2.GetDraftRequest, call: Call) -> draft_pb2.Draft:
        """One draft of the caller's partner."""
        async with self.drafts.store.reading() as conn:
            found = await find_draft(conn, request.name.lower(), call.caller.viewer)
        return draft_message(found.as_of(self.drafts.clock.now()))

    async def ListDrafts(self, request: draft_pb2.ListDraftsRequest, call: Call) -> draft_pb2.ListDraftsResponse:
        """The drafts of the caller's partner, newest first."""
        page = await page_of(self.drafts.store.database, request, call.caller, BY_TIME)
        states, now = sorted(set(request.states)), self.drafts.clock.now()
        async with self.drafts.store.reading() as conn:
            found = await list_drafts(conn, call.caller.viewer, states, now, page.after, page.limit)
        shown, token = page.cut(found, lambda each: (each.created_at, each.name))
        return draft_pb2.ListDraftsResponse(drafts=await in_steps(draft_message, shown), next_page_token=token)

    async def AnswerDraft(self, request: draft_pb2.AnswerDraftRequest, call: Call) -> bytes:
        """A person of the partner, who may make the call themselves, consents once or declines."""
        require_person(call.caller)
        consents = request.answer == draft_pb2.AnswerDraftRequest.CONSENT

        def allowed(draft: Draft) -> None:
            call.caller.require(_scopes_of(draft.request.call))

        return await self.drafts.answer(named_ask_of(request, call), consents, request.digest, allowed, _rendered)

    async def WithdrawDraft(self, request: draft_pb2.WithdrawDraftRequest, call: Call) -> bytes:
        """A person of the partner takes a consent back."""
        require_person(call.caller)
        return await self.drafts.withdraw(named_ask_of(request, call), _rendered)

    async def RedeemDraft(self, request: draft_pb2.RedeemDraftRequest, call: Call) -> bytes:
        """The agent that drafted uses the consent."""
        return await self.drafts.redeem(named_ask_of(request, call), self._sealed)

    def _sealed(self, draft: Draft) -> bytes:
        """What lets the request in, with the draft."""
        until = consent_until(draft)
        consent = AgentConsent(draft.partner, draft.agent, draft.person, draft.name, until.timestamp())
        request = Parse(draft.request.json, GetMessageClass(CALLS[draft.request.call].input_type)())
        return draft_pb2.RedeemDraftResponse(
            draft=draft_message(draft),
            consent=self.drafts.require_seal().sealed(consent, draft.request.call, request),
            consent_expire_time=stamp(until),
        ).SerializeToString()


def _scopes_of(call: str) -> str:
    return str(CALLS[call].GetOptions().Extensions[required_scope])


def _rendered(draft: Draft) -> bytes:
    return draft_message(draft).SerializeToString()
