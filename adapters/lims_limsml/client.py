"""The calls to a LIMS: one session at a time, begun for what is to be done and ended after it."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from adapters.host.client.soap import SoapService, wsdl_of
from adapters.lims_limsml.answers import LimsmlAnswer, LimsmlPart, NotLimsml, answer_of
from adapters.lims_limsml.catalogue import QUESTIONS, missing
from adapters.lims_limsml.obscuring import key_of, obscured, padded
from adapters.lims_limsml.request import LimsmlEntity, LimsmlTransaction, request_text
from adapters.lims_limsml.settings import Settings
from adapters.outbound import Away, Declined, Uncertain

BINDING = "{http://www.thermo.com/informatics/xmlns/limswebservice}LimsWebServiceSoap"
END_S_MAX = 5.0
LEFT_MAX = 8
# A session such as `7` stands in many words, and is over soon.
HIDDEN_CHARACTERS_MIN = 4
_WSDL = wsdl_of(Path(__file__).parent / "limsml.wsdl")
_LOGOUT = LimsmlTransaction(LimsmlEntity("USER", "LOGOUT"))
_HERE = ("127.0.0.1", "localhost")

log = logging.getLogger(__name__)


class SessionOver(Away):
    """The LIMS no longer knows our session."""


class LimsmlClient:
    """A LIMS with an account of ours. Its licences may count sessions: we have one, and no longer than needed."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        if http.base_url.scheme != "https" and http.base_url.host not in _HERE:
            # Whoever sees a message can read the password in it.
            raise ValueError("LIMSML only obscures its credentials, so connection.url must be an https address")
        http.event_hooks = {"request": [_unquoted]}
        self.settings = settings
        self._soap = SoapService(_WSDL, http, settings.path, binding=BINDING)
        self._one = asyncio.Lock()
        self._left: deque[str] = deque(maxlen=LEFT_MAX)  # sessions that could not be ended

    @asynccontextmanager
    async def session(self) -> AsyncIterator["LimsmlSession"]:
        """A session, for as long as it is used. Raises Away or Declined if there is none to be had."""
        async with self._one:
            while self._left:
                await self.log_out(self._left.popleft(), last=True)
            made = LimsmlSession(self)
            try:
                await made.start()
                yield made
            finally:
                await made.end()

    async def process(
        self,
        header: Mapping[str, str],
        connect: str,
        transactions: Sequence[LimsmlTransaction],
        *,
        changes: bool = False,
    ) -> LimsmlAnswer:
        """The answer to a request. Raises Away or Declined, or Uncertain if it changes something."""
        call = self._soap.change if changes else self._soap.read
        key = key_of("".join(each.document for each in transactions))
        hidden = {name: obscured(key, value) for name, value in header.items()}
        try:
            return answer_of(await call("Process", request=request_text({**hidden, "CONNECT": connect}, transactions)))
        except (Away, Declined, Uncertain) as fault:
            # What a fault says may repeat what was sent.
            fault.args = (self.cleaned(str(fault), *hidden.values(), *list(header.values())[1:]),)
            raise fault from None
        except NotLimsml as wrong:
            raise (Uncertain if changes else Away)(str(wrong)) from None

    async def log_out(self, session: str, *, last: bool = False) -> None:
        """Ends a session. If that fails it is tried once more, and then it ends when the LIMS thinks so."""
        try:
            async with asyncio.timeout(END_S_MAX):
                answer = await self.process(self.header(session), "EndSession", [_LOGOUT])
            if answer.errors and not _says(answer.words, self.settings.session_errors):
                raise Declined(self.cleaned(answer.words, session))
        except (Away, Declined, TimeoutError) as fault:
            log.warning("a session was not ended: %s", fault)
            if not last:
                self._left.append(session)

    def header(self, session: str) -> dict[str, str]:
        """The session goes back as it came, with the blanks around it."""
        return {"USER": self.settings.user, "SESSION": session}

    def cleaned(self, words: str, *secrets: str) -> str:
        """Words of the LIMS without what nobody may read."""
        for secret in (
            self.settings.password,
            *(each for each in secrets if len(each.strip()) >= HIDDEN_CHARACTERS_MIN),
        ):
            words = words.replace(secret.strip() or secret, "…")
        return words


class LimsmlSession:
    """One session, with one new login if the LIMS forgets it."""

    def __init__(self, client: LimsmlClient) -> None:
        self._client, self._settings = client, client.settings
        self._id = ""

    async def start(self) -> None:
        """Logs in, and compares the site's catalogue with what we need."""
        header = {"USER": self._settings.user, "PASSWORD": padded(self._settings.password)}
        answer = await self._client.process(header, "StartSession", QUESTIONS)
        self._id = answer.parameters.get("SESSION", "")
        words = self._client.cleaned(answer.words, self._id)
        if not self._id.strip():
            self._id = ""
            kind = Away if _says(words, self._settings.busy_errors) else Declined
            raise kind(f"the login failed: {words or 'without a reason'}")
        if answer.errors:
            raise Declined(f"the login failed in part: {words}")
        if lacking := missing(answer, self._settings):
            raise Declined(f"the site does not offer {'; '.join(lacking)}")

    async def read(self, transaction: LimsmlTransaction) -> LimsmlPart:
        """What the LIMS answers to a question: asked again, once, if the session was over."""
        try:
            return await self._asked(transaction, changes=False)
        except SessionOver:
            await self.start()
            return await self._asked(transaction, changes=False)

    async def change(self, transaction: LimsmlTransaction) -> LimsmlPart:
        """What the LIMS answers to a write. Raises Uncertain if the session was over: nobody knows since when."""
        try:
            return await self._asked(transaction, changes=True)
        except SessionOver as over:
            raise Uncertain(str(over)) from over

    async def end(self) -> None:
        """Logs out."""
        ended, self._id = self._id, ""
        if ended:
            await self._client.log_out(ended)

    async def _asked(self, transaction: LimsmlTransaction, *, changes: bool) -> LimsmlPart:
        header = self._client.header(self._id)
        answer = await self._client.process(header, "ContinueSession", [transaction], changes=changes)
        words = self._client.cleaned(answer.words, self._id)
        if _says(words, self._settings.session_errors):
            self._id = ""
            raise SessionOver(words)
        if answer.errors:
            raise Declined(words)
        if len(answer.parts) != 1:
            raise (Uncertain if changes else Away)(f"one transaction was answered by {len(answer.parts)}")
        return answer.parts[0]


def _says(words: str, any_of: Sequence[str]) -> bool:
    return any(each in words.lower() for each in any_of)


async def _unquoted(request: Any) -> None:
    """The LIMS is known to hear the action without quotation marks, zeep writes them."""
    if "SOAPAction" in request.headers:
        request.headers["SOAPAction"] = request.headers["SOAPAction"].strip('"')
