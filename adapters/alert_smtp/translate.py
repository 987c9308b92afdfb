"""An alert as an e-mail (RFC 5322). Pure."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from adapters.alert_smtp.settings import Settings
from adapters.ports.alert import Alert


def mail_of(alert: Alert, settings: Settings, at: datetime) -> EmailMessage:
    """The e-mail; raises ValueError if an address is none. The same alert has the same id, however often it is sent.

    Each header is set as a structured value, and the policy refuses line breaks in any, so none can be injected.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = Address("Doselane", addr_spec=settings.sender)
    made["To"] = Address(addr_spec=alert.address)
    made["Subject"] = alert.headline
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{alert.about.replace('/', '.')}@{settings.domain}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: whoever is away answers no machine
    made["Importance"] = "high"
    made.set_content(alert.text)
    return made
