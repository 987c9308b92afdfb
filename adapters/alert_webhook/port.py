"""An alert is sent as JSON, signed after Standard Webhooks."""

import json
from datetime import UTC, datetime

from adapters.alert_webhook.client import WebhookReceiver
from adapters.outbound import Outgoing, Reaction, Receipt
from adapters.ports.alert import STEP_TAKEN, WEBHOOK, alert_of, alerts, receipt

TYPE = "doselane.escalation.step"


async def send(receiver: WebhookReceiver, outgoing: Outgoing) -> Receipt:
    """Sends one; raises as the receiver answers."""
    alert, now = alert_of(outgoing.body), datetime.now(UTC)
    said = await receiver.tell(alert.about.replace("/", "."), now, written(None, outgoing))
    return receipt(alert.about, said)


def written(_: object, outgoing: Outgoing) -> bytes:
    """What goes over the wire, whenever it is sent."""
    alert = alert_of(outgoing.body)
    return json.dumps({"type": TYPE, "about": alert.about, "data": alert.facts}).encode()


# Without `look`: the receiver knows a repetition by its id.
SEND = Reaction("alert.webhook", STEP_TAKEN, alerts(WEBHOOK), send, written=written)
