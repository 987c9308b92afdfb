"""An alert is sent as a short message, and looked for before it is sent again: Twilio has no key for repetitions."""

from collections.abc import Mapping

from adapters.alert_twilio.client import TwilioMessages
from adapters.alert_twilio.settings import Settings
from adapters.outbound import Declined, Outgoing, Reaction, Receipt
from adapters.ports.alert import SMS, STEP_TAKEN, Alert, alert_of, alerts, receipt
from adapters.preflight import Area, ConnectionFinding, Preflight, Severity

# Of a message: what Twilio takes at most, in several parts.
CHARACTERS_MAX = 1600
LOOKED_AT_MAX = 50
# Of which nobody was told.
_NOT_TOLD = frozenset({"failed", "undelivered", "canceled"})


def fields_of(alert: Alert, settings: Settings) -> Mapping[str, str]:
    """The message, as the resource takes it. Pure."""
    return {"To": alert.address, "Body": alert.short, **dict([settings.sender_field])}


async def send(twilio: TwilioMessages, outgoing: Outgoing) -> Receipt:
    """Sends one; raises as Twilio answers."""
    alert = alert_of(outgoing.body)
    if len(alert.short) > CHARACTERS_MAX:
        raise Declined(f"it would have {len(alert.short)} characters, and Twilio takes {CHARACTERS_MAX}")
    return receipt(alert.about, f"taken as {await twilio.create(fields_of(alert, twilio.settings))}")


async def look(twilio: TwilioMessages, outgoing: Outgoing) -> Receipt | None:
    """The receipt if Twilio has it: its text is like no other's."""
    alert = alert_of(outgoing.body)
    text = fields_of(alert, twilio.settings)["Body"]
    for each in await twilio.newest(alert.address, LOOKED_AT_MAX):
        if each.get("body") == text and each.get("status") not in _NOT_TOLD:
            return receipt(alert.about, f"found as {each.get('sid')}")
    return None


async def look_ahead(twilio: TwilioMessages) -> Preflight:
    """Whether the account is there and active."""
    try:
        status = await twilio.status()
    except Declined as no:
        remedy = "Check account_sid, and the user and password in connection.credentials."
        return Preflight([ConnectionFinding(Severity.ERROR, Area.LOGIN, str(no), remedy)])
    if status != "active":
        words = f"Twilio calls the account {status or 'nothing'}, and sends for active ones alone"
        return Preflight([ConnectionFinding(Severity.ERROR, Area.SERVICE, words, "Have it opened at Twilio.")])
    return Preflight()


def _written(settings: Settings, outgoing: Outgoing) -> bytes:
    fields = fields_of(alert_of(outgoing.body), settings)
    return "\n".join(f"{name}: {value}" for name, value in fields.items()).encode()


SEND = Reaction("alert.sms", STEP_TAKEN, alerts(SMS), send, look, _written)
