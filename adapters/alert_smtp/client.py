"""The calls to a mail server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage

import aiosmtplib

from adapters.alert_smtp.settings import STARTTLS, TLS, Settings
from adapters.outbound import Away, Declined, Uncertain

ANSWER_S_MAX = 15.0
_FAULTS = (aiosmtplib.SMTPException, OSError)
_PASSING = range(400, 500)  # of RFC 5321: a fault that may pass by itself
_WORDS_MAX = 300


class SmtpRelay:
    """A partner's mail server; a connection for each mail, as there are few."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def send(self, mail: EmailMessage) -> str:
        """The server's yes, after which it is its own to deliver."""
        async with self._session() as server:
            try:
                await server.mail(self.settings.sender, encoding="ascii")
                await server.rcpt(mail["To"].addresses[0].addr_spec, encoding="ascii")
            except _FAULTS as fault:
                raise _not_sent(fault) from fault
            try:
                answer = await server.data(bytes(mail))
            except aiosmtplib.SMTPResponseException as fault:
                raise _not_sent(fault) from fault
            except _FAULTS as lost:
                raise Uncertain(f"the mail server's answer was lost: {lost!r}") from lost
        return f"{answer.code} {answer.message}"[:_WORDS_MAX]

    async def check(self) -> None:
        """Connects and logs in, and sends nothing."""
        async with self._session():
            pass

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiosmtplib.SMTP]:
        given = self.settings
        server = aiosmtplib.SMTP(
            hostname=given.host,
            port=given.port,
            use_tls=given.security == TLS,
            start_tls=given.security == STARTTLS,
            tls_context=given.tls,
            timeout=ANSWER_S_MAX,
        )
        try:
            await server.connect()
            if given.user:
                await server.login(given.user, given.password)
        except _FAULTS as fault:
            server.close()
            # It has judged no mail yet: whoever mends the account has it sent.
            raise Away(f"the mail server does not let us in: {_words(fault)}") from fault
        try:
            yield server
        finally:
            with suppress(*_FAULTS):
                await server.quit()
            server.close()


def _not_sent(fault: Exception) -> Away | Declined:
    if isinstance(fault, aiosmtplib.SMTPResponseException) and fault.code not in _PASSING and fault.code > 0:
        return Declined(f"the mail server refuses it: {_words(fault)}")
    return Away(f"the mail server does not take it: {_words(fault)}")


def _words(fault: Exception) -> str:
    """What was answered; never what we sent, which may be a password."""
    if isinstance(fault, aiosmtplib.SMTPResponseException):
        return f"{fault.code} {fault.message}"[:_WORDS_MAX]
    return f"{type(fault).__name__} {fault}"[:_WORDS_MAX]
