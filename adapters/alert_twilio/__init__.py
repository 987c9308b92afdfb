"""Short messages to telephones, by Twilio's Programmable Messaging."""

from adapters.alert_twilio.client import TwilioMessages
from adapters.alert_twilio.port import SEND, look_ahead
from adapters.alert_twilio.settings import settings
from adapters.manifest import Adapter
from adapters.ports import alert

ADAPTER = Adapter(
    name="alert_twilio",
    port=alert.PORT,
    settings=settings,
    build=lambda _: alert.AlertReader(),
    connect=TwilioMessages,
    reactions=(SEND,),
    preflight=look_ahead,
)
