"""Who is called of doses at risk: a ladder of the manufacturer's, telephones, and the person who answers for it."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from doselane.tower.v1 import escalation_pb2

from services.kernel.ids import uuid7
from services.local import clock
from services.local.demo.doors import Program, Signatory
from services.local.demo.planning import until
from services.local.twins import SimulatedTelephones

Say = Callable[[str], None]
Contact = escalation_pb2.AlertContact
# Numbers that nobody has.
ON_CALL, HEAD = "+15550100200", "+15550100300"
# Who is called, by how many per cent of the time are left in which doses can be saved.
LADDER = {100: (ON_CALL,), 50: (ON_CALL, HEAD), 10: (HEAD,)}
READ_AFTER = timedelta(minutes=4)


class ControlRoom:
    """Entered by who is on call in the manufacturer's control tower, with a telephone."""

    def __init__(self, planner: Program, tower: Signatory, telephones: SimulatedTelephones, say: Say) -> None:
        self._planner, self._tower, self._telephones, self._say = planner, tower, telephones, say

    async def write_ladder(self, product: str) -> None:
        """Who is called of doses of a product; the tower hears of products by events, a moment after they are there."""
        steps = [
            escalation_pb2.LadderStep(
                left_percent=left, contacts=[Contact(channel=Contact.SMS, address=each) for each in numbers]
            )
            for left, numbers in LADDER.items()
        ]
        request = escalation_pb2.SetEscalationLadderRequest(
            product=product, steps=steps, request_id=str(uuid7()), reason="who is on call"
        )
        await until(lambda: self._tower.call("TowerService", "SetEscalationLadder", request))

    async def answer(self, doses: Collection[str]) -> None:
        """The ladder's first step for these doses reaches a telephone, and whoever reads it looks after them.

        Raises RuntimeError if that was not before the time in which they can be saved was over.
        """
        escalation = await until(lambda: self._escalation_of(doses), lambda found: found is not None)
        (words,) = self._telephones.messages(ON_CALL, escalation.incident)
        await clock.advance(self._planner, READ_AFTER, "a short message is read")
        acknowledge = escalation_pb2.AcknowledgeEscalationRequest(
            name=escalation.name, request_id=str(uuid7()), reason="we look for other places"
        )
        answered = await self._tower.call("TowerService", "AcknowledgeEscalation", acknowledge)
        read_at, until_at = _at(answered.acknowledge_time), _at(answered.until_time)
        if read_at >= until_at:
            raise RuntimeError(
                f"{answered.name} was acknowledged at {read_at}, and doses were to be saved by {until_at}."
            )
        self._say(
            f"  A short message reached who is on call: “{words}” It was acknowledged at {read_at:%A %H:%M} UTC, "
            f"{_hours(until_at - read_at)} before the time to save them was over; nobody else is called."
        )

    async def _escalation_of(self, doses: Collection[str]) -> escalation_pb2.Escalation | None:
        """The escalation of these doses that nobody has acknowledged; others may have begun since."""
        asked = escalation_pb2.ListEscalationsRequest(states=[escalation_pb2.Escalation.RUNNING], page_size=1000)
        found = (await self._tower.call("TowerService", "ListEscalations", asked)).escalations
        return next((each for each in found if _reached(each, doses)), None)


def _reached(escalation: escalation_pb2.Escalation, doses: Collection[str]) -> bool:
    """Whether all these doses are in it, and its first step is with those whom it tells."""
    sent = [each.state == escalation_pb2.AlertOutcome.SENT for each in escalation.steps[0].outcomes]
    return {each.dose for each in escalation.doses} >= set(doses) and bool(sent) and all(sent)


def _at(stamp: object) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)  # type: ignore[attr-defined, no-any-return]


def _hours(time: timedelta) -> str:
    return f"{time / timedelta(hours=1):.0f} h"
