"""The calls of consents: read the request, ask the use case, write the answer."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from doselane.tower.v1 import consent_pb2, rescue_pb2

from services.kernel.asking import named_ask_of
from services.kernel.errors import Denied
from services.kernel.paging import BY_TIME, page_of
from services.kernel.rpc import Behalf, Call
from services.kernel.steps import in_steps
from services.kernel.timestamps import instant, optional_instant
from services.tower.domain.consent import Consent, ConsentTerms
from services.tower.events.consents import consent_message
from services.tower.rpc.rescues import (
    applied,
    apply_ask_of,
    asked_moves,
    rescue_ask_of,
    what_if_message,
)
from services.tower.store.consents import find_consent, list_consents
from services.tower.usecases import Consents, Rescues


class RescueCalls:
    """The part of TowerService that is about rescues and consents."""

    rescues: Rescues

    async def WhatIf(self, request: rescue_pb2.WhatIfRequest, call: Call) -> rescue_pb2.WhatIfResponse:
        """How doses could be saved."""
        return what_if_message(await self.rescues.what_if(rescue_ask_of(request, call), Behalf.of(call)))

    async def ApplyRescue(self, request: consent_pb2.ApplyRescueRequest, call: Call) -> bytes:
        """Carries out a plan."""
        ask = apply_ask_of(request, call)
        return await self.rescues.apply(ask, Behalf.of(call), partial(applied, request, ask))

    async def SignConsent(self, request: consent_pb2.SignConsentRequest, call: Call) -> bytes:
        """A sponsor signs ahead."""
        _require_sponsor(call)
        valid = (
            optional_instant(request, "valid_from_time"),
            instant(request.valid_until_time, "valid_until_time"),
        )
        return await Consents(self.rescues).sign(
            named_ask_of(request, call), _terms_of(request.terms), valid, _rendered
        )

    async def AskConsents(self, request: consent_pb2.AskConsentsRequest, call: Call) -> bytes:
        """Staff asks sponsors to agree."""
        moves, ask = asked_moves(request), named_ask_of(request, call)
        return await Consents(self.rescues).ask_for(ask, moves, Behalf.of(call), _all_rendered)

    async def AnswerConsent(self, request: consent_pb2.AnswerConsentRequest, call: Call) -> bytes:
        """A sponsor answers what it was asked."""
        _require_sponsor(call)
        given = request.answer == consent_pb2.AnswerConsentRequest.GIVE
        return await Consents(self.rescues).answer(named_ask_of(request, call), given, _rendered)

    async def RevokeConsent(self, request: consent_pb2.RevokeConsentRequest, call: Call) -> bytes:
        """A sponsor takes a consent back."""
        _require_sponsor(call)
        return await Consents(self.rescues).revoke(named_ask_of(request, call), _rendered)

    async def GetConsent(self, request: consent_pb2.GetConsentRequest, call: Call) -> consent_pb2.Consent:
        """One consent of the caller."""
        async with self.rescues.store.reading() as conn:
            found = await find_consent(conn, request.name.lower(), call.caller.viewer)
        return consent_message(found.as_of(self.rescues.clock.now()))

    async def ListConsents(
        self, request: consent_pb2.ListConsentsRequest, call: Call
    ) -> consent_pb2.ListConsentsResponse:
        """The consents of the caller, newest first."""
        page = await page_of(self.rescues.store.database, request, call.caller, BY_TIME)
        states, now = sorted(set(request.states)), self.rescues.clock.now()
        async with self.rescues.store.reading() as conn:
            found = await list_consents(conn, call.caller.viewer, states, now, page.after, page.limit)
        shown, token = page.cut(found, lambda each: (each.created_at, each.name))
        return consent_pb2.ListConsentsResponse(consents=await in_steps(consent_message, shown), next_page_token=token)


def _require_sponsor(call: Call) -> None:
    """A consent is the sponsor's: the manufacturer's staff gives none. Agents do not come here."""
    if call.caller.operator:
        raise Denied("Only the sponsor consents for its doses; ask it by AskConsents.", field="partner")


def _terms_of(terms: consent_pb2.ConsentTerms) -> ConsentTerms:
    return ConsentTerms(
        product=terms.product,
        site=terms.site,
        dose=terms.dose.removeprefix("doses/"),
        delay_max=timedelta(minutes=terms.delay_minutes_max),
        activity_fraction_min=terms.activity_fraction_min if terms.HasField("activity_fraction_min") else 1.0,
        helping=terms.helping,
        sites=tuple(terms.sites),
    )


def _rendered(consent: Consent) -> bytes:
    return consent_message(consent).SerializeToString()


def _all_rendered(consents: Sequence[Consent]) -> bytes:
    return consent_pb2.AskConsentsResponse(consents=map(consent_message, consents)).SerializeToString()
