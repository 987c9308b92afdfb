"""What tells people: mail servers, gateways of telephones, receivers of webhooks. They are told of steps of ladders.

A message holds names of ours, instants and counts, and nothing else: no order, no words of anybody, no patient.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doselane.alert.v1 import alert_pb2, events_pb2
from doselane.tower.v1 import escalation_pb2, incident_pb2
from doselane.tower.v1.events_pb2 import EscalationStepTaken
from google.protobuf.message import Message

from adapters.content import digest
from adapters.json_body import read_json
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.outbound import Outgoing, Receipt
from adapters.ports import Port, Sender
from services.kernel.event import Event
from services.kernel.timestamps import instant

STEP_TAKEN = "doselane.tower.escalation.step_taken.v1"
ALERT_SENT = "doselane.alert.alert.sent.v1"
EMAIL, SMS, WEBHOOK = (
    escalation_pb2.AlertContact.EMAIL,
    escalation_pb2.AlertContact.SMS,
    escalation_pb2.AlertContact.WEBHOOK,
)
# So many doses are named; how many more there are is told.
DOSES_MAX = 50


@dataclass(frozen=True, slots=True)
class Alert:
    """One contact, to be told of one step. `about` names it, `facts` is what is told, as JSON."""

    about: str
    address: str
    facts: dict[str, Any]

    @property
    def headline(self) -> str:
        """In a line."""
        said = self.facts
        doses = "1 dose" if said["dosesCount"] == 1 else f"{said['dosesCount']} doses"
        about = f" ({said['subject']})" if said["subject"] else ""
        return f"{said['kind']}{about}: {doses} of {said['product']} at risk, until {said['untilTime']}"

    @property
    def text(self) -> str:
        """In some lines."""
        said = self.facts
        named = [f"  {each['dose']}  until {each['rescueUntilTime']}" for each in said["doses"]]
        if more := said["dosesCount"] - len(said["doses"]):
            named.append(f"  and {more} more")
        told = f"Step {said['step']} of {said['steps']}. After {said['untilTime']} no move that is known helps."
        names = f"Incident: {said['incident']}\nEscalation: {said['escalation']}"
        last = "Acknowledge the incident or the escalation to stop further steps."
        return "\n".join([self.headline, "", told, names, "", "Doses:", *named, "", last, ""])

    @property
    def short(self) -> str:
        """As few words as a telephone shows at once; the last ones tell it from every other."""
        said = self.facts
        mark = f"{said['escalation'].rpartition('-')[2]}/{said['step']}"
        return f"{self.headline}. Step {said['step']} of {said['steps']}. {said['incident']} [{mark}]"

    def body(self) -> bytes:
        """As it is kept until it is sent."""
        return json.dumps({"about": self.about, "address": self.address, "facts": self.facts}).encode()


def alert_of(body: bytes) -> Alert:
    """The alert in a body that `alerts` made."""
    return Alert(**json.loads(body))


def alerts(channel: int) -> Callable[[Event, str], Iterator[Outgoing]]:
    """What an account tells of a step, if the ladder is its partner's: each contact of a channel by itself.

    Nobody is told after the time in which doses can be saved, so then each is given up.
    """

    def made(event: Event, partner: str) -> Iterator[Outgoing]:
        said = EscalationStepTaken.FromString(event.data)
        escalation = said.escalation
        if escalation.partner != partner or not escalation.HasField("until_time"):
            return
        give_up_at, facts = instant(escalation.until_time, "until_time"), _facts(said)
        for number, outcome in enumerate(escalation.steps[said.step - 1].outcomes, 1):
            if outcome.contact.channel == channel:
                about = f"{escalation.name}/steps/{said.step}/contacts/{number}"
                yield Outgoing(about, Alert(about, outcome.contact.address, facts).body(), give_up_at)

    return made


def _facts(said: EscalationStepTaken) -> dict[str, Any]:
    escalation = said.escalation
    named = [
        {"dose": each.dose, "rescueUntilTime": _text(instant(each.rescue_until_time, "rescue_until_time"))}
        for each in escalation.doses[:DOSES_MAX]
    ]
    return {
        "escalation": escalation.name,
        "incident": escalation.incident,
        "kind": incident_pb2.Incident.Kind.Name(escalation.kind),
        "subject": escalation.subject,
        "product": escalation.product,
        "step": said.step,
        "steps": len(escalation.steps),
        "untilTime": _text(instant(escalation.until_time, "until_time")),
        "doses": named,
        "dosesCount": len(escalation.doses),
    }


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def receipt(about: str, words: str) -> Receipt:
    """That the next system has it; its answer is read as a message, and published."""
    return Receipt(words, json.dumps({"about": about, "detail": words[:500]}).encode())


class AlertReader:
    """Reads what `receipt` wrote."""

    def translate(self, incoming: Incoming) -> Translation:
        """The one alert in it."""
        said = read_json(incoming.body)
        try:
            about, detail = said["about"], said["detail"]
            alert = alert_pb2.Alert(about=about, detail=detail)
        except (KeyError, TypeError) as wrong:
            raise Refused("BODY_NOT_RECEIPT", "It must tell about and detail.") from wrong
        return Translation((Fact(0, about, digest({"about": about}), alert, event_id=about, kind="SENT"),))


def _reported(sender: Sender, alert: Any) -> tuple[str, Message]:
    said = events_pb2.AlertSent(partner=sender.partner, adapter=sender.adapter, message=sender.message, alert=alert)
    return ALERT_SENT, said


def _refused(sender: Sender, reason: str, detail: str) -> Message:
    return events_pb2.AlertMessageRefused(
        partner=sender.partner, adapter=sender.adapter, message=sender.message, reason=reason, detail=detail
    )


PORT = Port(
    name="alert",
    topic="doselane.alert",
    hears=("doselane.tower",),
    scope="alert.push",
    reported=_reported,
    refused_type="doselane.alert.message.refused.v1",
    refused=_refused,
    refers=lambda _: None,
    unknown_reference="ESCALATION_UNKNOWN",
)
