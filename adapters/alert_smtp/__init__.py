"""E-mail, by SMTP to the partner's own mail server."""

from adapters.alert_smtp.client import SmtpRelay
from adapters.alert_smtp.port import SEND, look_ahead
from adapters.alert_smtp.settings import settings
from adapters.manifest import Adapter
from adapters.ports import alert

ADAPTER = Adapter(
    name="alert_smtp",
    port=alert.PORT,
    settings=settings,
    build=lambda _: alert.AlertReader(),
    connect_alone=SmtpRelay,
    reactions=(SEND,),
    preflight=look_ahead,
)
