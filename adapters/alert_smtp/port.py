"""An alert is written as an e-mail, and handed to the mail server."""

from datetime import UTC, datetime

from adapters.alert_smtp.client import SmtpRelay
from adapters.alert_smtp.settings import Settings
from adapters.alert_smtp.translate import mail_of
from adapters.outbound import Away, Declined, Outgoing, Reaction, Receipt
from adapters.ports.alert import EMAIL, STEP_TAKEN, alert_of, alerts, receipt
from adapters.preflight import Area, ConnectionFinding, Preflight, Severity


async def send(relay: SmtpRelay, outgoing: Outgoing) -> Receipt:
    """Sends one; raises as the server answers."""
    alert, now = alert_of(outgoing.body), datetime.now(UTC)
    try:
        mail = mail_of(alert, relay.settings, now)
    except (ValueError, IndexError) as wrong:
        raise Declined(f"it cannot be written as an e-mail: {wrong}") from wrong
    return receipt(alert.about, await relay.send(mail))


async def look_ahead(relay: SmtpRelay) -> Preflight:
    """Whether the mail server lets us in."""
    try:
        await relay.check()
    except Away as fault:
        remedy = "Check host, port, security, user and password in the account's options."
        return Preflight([ConnectionFinding(Severity.ERROR, Area.LOGIN, str(fault), remedy)])
    return Preflight()


def _written(settings: Settings, outgoing: Outgoing) -> bytes:
    return bytes(mail_of(alert_of(outgoing.body), settings, datetime.now(UTC)))


# Without `look`: a mail that is sent twice bears the same id, by which mail systems show it once.
SEND = Reaction("alert.email", STEP_TAKEN, alerts(EMAIL), send, written=_written)
