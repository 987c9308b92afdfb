"""A mail server on a real port: it keeps what it takes, and answers as a test wants it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "tower", "a-password-of-mail"


@dataclass
class Mailbox:
    """What came, and what is answered next: to a recipient, or to a mail. `secure`: of each mail, if it came by TLS."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    of_recipients: list[str] = field(default_factory=list)
    of_mails: list[str] = field(default_factory=list)  # empty: the line is cut after the mail was taken

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes a recipient, unless it is to be refused."""
        if self.of_recipients:
            return self.of_recipients.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keeps a mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        answer = self.of_mails.pop(0) if self.of_mails else "250 queued as 1"
        if not answer or answer.startswith("2"):
            made = message_from_bytes(content, policy=default)
            assert isinstance(made, EmailMessage) and made["To"].addresses[0].addr_spec == envelope.rcpt_tos[0]
            self.mails.append(made)
            self.secure.append(server.transport is not None and bool(server.transport.get_extra_info("sslcontext")))
        if not answer and server.transport is not None:
            server.transport.abort()
        return answer or "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, auth: Any) -> AuthResult:
        """Lets in who knows the password."""
        self.users.append(auth.login.decode() if isinstance(auth, LoginPassword) else "")
        good = isinstance(auth, LoginPassword) and auth.password == PASSWORD.encode()
        return AuthResult(success=good, handled=False)


@asynccontextmanager
async def a_mailbox(tls: ssl.SSLContext | None = None, *, at_once: bool = False) -> AsyncIterator[Mailbox]:
    """A mail server on a free port. With `tls` it wants STARTTLS and a login, or TLS `at_once`."""
    box, loop = Mailbox(), asyncio.get_running_loop()

    def made() -> SMTP:
        facts: dict[str, Any] = {"hostname": "mail.cdmo.example", "enable_SMTPUTF8": False, "loop": loop}
        if tls is not None:
            facts["authenticator"] = box.authenticate
            wanted = {"tls_context": tls, "require_starttls": True, "auth_required": True}
            facts |= {"auth_require_tls": False} if at_once else wanted
        return SMTP(box, **facts)

    server = await loop.create_server(made, "127.0.0.1", 0, ssl=tls if at_once else None)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
