"""Signed webhooks, to where the partner's account leads."""

from adapters.alert_webhook.client import WebhookReceiver
from adapters.alert_webhook.port import SEND
from adapters.alert_webhook.settings import settings
from adapters.manifest import Adapter
from adapters.ports import alert

ADAPTER = Adapter(
    name="alert_webhook",
    port=alert.PORT,
    settings=settings,
    build=lambda _: alert.AlertReader(),
    connect=WebhookReceiver,
    reactions=(SEND,),
)
