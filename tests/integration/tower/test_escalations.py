"""Ladders on a real database: written by calls, played as time goes by, stopped, and taken up after a crash."""

import asyncio
from typing import Any

import pytest
from doselane.alert.v1 import alert_pb2
from doselane.alert.v1 import events_pb2 as alert_events
from doselane.exchange.v1.events_pb2 import DeliveryFailed
from doselane.masterdata.v1.resources_pb2 import Product
from doselane.tower.v1 import escalation_pb2, events_pb2, tower_pb2

from services.kernel.errors import GatewayError, Kind
from services.kernel.idempotency import RequestKey
from services.kernel.ids import uuid7
from services.kernel.rpc import Client
from services.kernel.timestamps import stamp
from services.tower.domain.ladder import AlertChannel, AlertContact, LadderStep
from services.tower.store import Store
from services.tower.usecases import Escalations, play_due
from services.tower.usecases.escalating import LadderAsk
from tests.integration.tower.conftest import Desk, Door
from tests.support.forecasts import resource_event
from tests.support.tower import HARBOR, NORTHLAKE, PRODUCT, at
from tests.support.tower_news import event, run_news, slot_news

Channel, Escalation = escalation_pb2.AlertContact.Channel, escalation_pb2.Escalation
OTHER = "runs/lu-2"  # whose claims are cut off two hours after noon


def a_step(left_percent: int, *addresses: str) -> escalation_pb2.LadderStep:
    contacts = [escalation_pb2.AlertContact(channel=Channel.EMAIL, address=each) for each in addresses]
    return escalation_pb2.LadderStep(left_percent=left_percent, contacts=contacts)


def a_ladder(*steps: escalation_pb2.LadderStep, **changes: Any) -> escalation_pb2.SetEscalationLadderRequest:
    facts = {"product": PRODUCT, "request_id": str(uuid7()), "reason": "agreed"}
    chosen = steps or (a_step(100, "tower@cdmo.example"), a_step(50, "head@cdmo.example"), a_step(5, "qp@cdmo.example"))
    return escalation_pb2.SetEscalationLadderRequest(**{**facts, "steps": chosen, **changes})


async def call(client: Client, request: Any) -> Any:
    return await client.call(type(request).__name__.removesuffix("Request"), request)


async def refusal(client: Client, request: Any) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        await call(client, request)
    return refused.value


def staff(door: Door) -> Client:
    return door.client("partners/cdmo", "operator", "tower.read", "tower.operate", "tower.escalate")


def sponsor(door: Door, partner: str = NORTHLAKE) -> Client:
    return door.client(partner, "tower.read", "tower.escalate")


async def known(door: Door) -> None:
    """The tower has heard of the product."""
    await door.until("SELECT true FROM resource WHERE name = $1", PRODUCT)


async def endanger(door: Door) -> str:
    """Two sponsors' doses of a run that fails at noon less ten hours; another run can be claimed until two hours after.
    The name of the incident."""
    door.clock.advance_to(at(-10))
    await door.publish(run_news(), run_news(name=OTHER, ends_at=6), slot_news(), slot_news("d2", partner=HARBOR))
    await door.until("SELECT count(*) = 2 FROM board_entry")
    await door.publish(run_news("failed", 2))
    return str(await door.until("SELECT name FROM incident WHERE cardinality(doses) = 2"))


async def escalation_of(door: Door, client: Client, until: str = "true", *arguments: Any) -> Escalation:
    """The caller's escalation once a condition on its row holds."""
    await door.until(f"SELECT count(*) > 0 FROM escalation WHERE {until}", *arguments)
    (found,) = (await call(client, escalation_pb2.ListEscalationsRequest())).escalations
    return found  # type: ignore[no-any-return]


def taken(escalation: Escalation) -> list[bool]:
    return [step.HasField("take_time") for step in escalation.steps]


async def test_a_ladder_is_written_read_and_withdrawn_by_whose_it_is(door: Door):
    await known(door)
    ours, theirs, others = staff(door), sponsor(door), sponsor(door, HARBOR)
    request = a_ladder()
    made = await call(ours, request)
    assert (made.partner, made.product, made.etag, len(made.steps)) == ("partners/cdmo", PRODUCT, "1", 3)
    assert await call(ours, request) == made
    own = await call(theirs, a_ladder(a_step(50, "desk@northlake.example")))
    listed = [
        {each.name for each in (await call(who, escalation_pb2.ListEscalationLaddersRequest())).escalation_ladders}
        for who in (ours, theirs, others)
    ]
    assert listed == [{made.name, own.name}, {own.name}, set()]
    assert await call(theirs, escalation_pb2.GetEscalationLadderRequest(name=own.name)) == own
    for request in (
        escalation_pb2.GetEscalationLadderRequest(name=own.name),
        escalation_pb2.WithdrawEscalationLadderRequest(name=own.name, request_id=str(uuid7())),
    ):
        assert (await refusal(others, request)).reason == "LADDER_UNKNOWN"
    withdraw = escalation_pb2.WithdrawEscalationLadderRequest(name=own.name, request_id=str(uuid7()))
    assert (await refusal(ours, withdraw)).kind is Kind.DENIED  # the manufacturer sees it, and leaves it alone
    changed = await call(theirs, a_ladder(a_step(20, "desk@northlake.example"), etag="1"))
    assert (changed.name, changed.etag, changed.create_time) == (own.name, "2", own.create_time)
    assert (await refusal(theirs, a_ladder(etag="1"))).kind is Kind.STALE
    bad = await refusal(theirs, a_ladder(a_step(50, "a@b.example"), a_step(60, "desk@@northlake")))
    assert "steps[1].left_percent" in str(bad) and "steps[1].contacts[0].address" in str(bad)
    assert (await refusal(door.client(), a_ladder())).reason == "SCOPE_MISSING"
    agent = door.client(NORTHLAKE, "tower.read", "tower.escalate", "agent")
    assert (await refusal(agent, a_ladder())).reason == "AGENT_MAY_NOT"
    await call(theirs, withdraw)
    assert (await refusal(theirs, escalation_pb2.GetEscalationLadderRequest(name=own.name))).kind is Kind.NOT_FOUND
    rows = await door.database.pool.fetch("SELECT type, partner FROM outbox WHERE type ~ 'ladder' ORDER BY seq")
    assert [(row["type"].split(".")[3], row["partner"]) for row in rows] == [
        ("set", "partners/cdmo"), ("set", NORTHLAKE), ("set", NORTHLAKE), ("withdrawn", NORTHLAKE),
    ]  # fmt: skip


async def test_a_ladder_for_what_is_no_product_is_refused_as_for_one_that_a_sponsor_does_not_know(door: Door):
    await known(door)
    misspelt = a_ladder(product="products/lv")
    for client, request in ((staff(door), misspelt), (sponsor(door), misspelt), (sponsor(door, HARBOR), a_ladder())):
        refused = await refusal(client, request)
        assert (refused.reason, refused.facts) == ("PRODUCT_UNKNOWN", {"field": "product", "product": request.product})
    assert [(await call(who(door), a_ladder())).etag for who in (staff, sponsor)] == ["1", "1"]
    await door.publish(resource_event(Product(name=PRODUCT), 2, deleted=True))
    await door.until("SELECT deleted FROM resource WHERE name = $1", PRODUCT)
    assert (await refusal(staff(door), a_ladder(etag="1"))).reason == "PRODUCT_UNKNOWN"


async def test_steps_go_out_as_the_time_runs_until_somebody_looks_after_the_incident(door: Door):
    await known(door)
    ours, theirs = staff(door), sponsor(door)
    await call(ours, a_ladder())
    await call(theirs, a_ladder(a_step(50, "desk@northlake.example")))
    incident = await endanger(door)
    (own,) = (await escalation_of(door, theirs, "partner = $1", NORTHLAKE),)
    assert [each.dose for each in own.doses] == ["doses/d1"] and taken(own) == [False]
    found = (await call(ours, escalation_pb2.ListEscalationsRequest(incident=incident))).escalations
    first = next(each for each in found if each.partner == "partners/cdmo")
    assert len(found) == 2 and taken(first) == [True, False, False]
    assert {each.dose for each in first.doses} == {"doses/d1", "doses/d2"}
    assert first.until_time == stamp(at(2)) and first.steps[1].due_time == stamp(at(-4))
    door.clock.advance_to(at(-4))
    await door.until("SELECT count(*) = 3 FROM outbox WHERE type ~ 'escalation.step_taken'")
    said = [
        events_pb2.EscalationStepTaken.FromString(row["data"])
        for row in await door.database.pool.fetch("SELECT data FROM outbox WHERE type ~ 'step_taken' ORDER BY seq")
    ]
    assert sorted((each.escalation.partner, each.step) for each in said) == [
        ("partners/cdmo", 1), ("partners/cdmo", 2), (NORTHLAKE, 1),
    ]  # fmt: skip
    assert "px-77" not in str(said) and "NL-1" not in str(said)
    acknowledge = tower_pb2.AcknowledgeIncidentRequest(name=incident, request_id=str(uuid7()), reason="I call")
    await call(ours, acknowledge)
    await door.until("SELECT state = 2 FROM escalation WHERE partner = 'partners/cdmo'")
    stopped = await call(ours, escalation_pb2.GetEscalationRequest(name=first.name))
    assert (stopped.state, stopped.acknowledge_reason, taken(stopped)) == (
        Escalation.ACKNOWLEDGED, "I call", [True, True, False],
    )  # fmt: skip
    mine = escalation_pb2.AcknowledgeEscalationRequest(name=own.name, request_id=str(uuid7()), reason="seen")
    assert (await refusal(sponsor(door, HARBOR), mine)).reason == "ESCALATION_UNKNOWN"
    assert (await refusal(ours, mine)).kind is Kind.DENIED
    answer = await call(theirs, mine)
    assert (answer.state, await call(theirs, mine)) == (Escalation.ACKNOWLEDGED, answer)


async def prepared(desk: Desk) -> None:
    """A ladder of the manufacturer's, and a dose of a run that fails ten hours before noon."""
    desk.now(-10)
    await desk.apply(run_news(), run_news(name=OTHER, ends_at=6), slot_news())
    await write(desk, "partners/cdmo", False)
    await desk.apply(run_news("failed", 2))


async def write(desk: Desk, partner: str, sponsor: bool) -> None:
    steps = [LadderStep(left, (AlertContact(AlertChannel.EMAIL, f"step{left}@cdmo.example"),)) for left in (100, 50, 5)]
    ask = LadderAsk(partner, sponsor, "somebody", "", RequestKey(partner, uuid7(), b""), "")
    await Escalations(desk.store, desk.clock).set_ladder(ask, PRODUCT, steps, lambda ladder: ladder.name.encode())


async def steps_told(desk: Desk) -> list[int]:
    told = [each for each in await desk.published("escalations/") if each.type.endswith("step_taken.v1")]
    return [events_pb2.EscalationStepTaken.FromString(each.data).step for each in told]


async def test_whoever_goes_on_after_a_crash_takes_each_step_once_and_none_is_left_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    await prepared(desk)
    assert await play_due(desk.store, desk.clock) == 1
    desk.now(-4)

    async def dies(*_: Any) -> None:
        raise RuntimeError("the process ends here")

    monkeypatch.setattr("services.tower.store.escalations.note_played", dies)
    with pytest.raises(RuntimeError):
        await play_due(desk.store, desk.clock)
    monkeypatch.undo()
    assert await steps_told(desk) == [1]
    stores = [Store(desk.database), Store(desk.database)]  # two processes, which both look
    assert sum(await asyncio.gather(*(play_due(store, desk.clock) for store in stores))) == 1
    desk.now(1.5)
    assert await play_due(Store(desk.database), desk.clock) == 1
    assert await steps_told(desk) == [1, 2, 3]
    assert await play_due(desk.store, desk.clock) == 0


async def test_a_window_that_shrinks_takes_the_last_step_before_its_end(desk: Desk):
    await prepared(desk)
    await play_due(desk.store, desk.clock)
    await desk.apply(run_news(name=OTHER, ends_at=-4, version=2))  # claims are cut off eight hours before noon
    await play_due(desk.store, desk.clock)
    assert await desk.database.pool.fetchval("SELECT due_at FROM escalation") == at(-9)
    desk.now(-8.05)
    await play_due(desk.store, desk.clock)
    assert await steps_told(desk) == [1, 2, 3]


async def test_a_dose_that_expires_closes_its_incident_and_the_escalation_with_it(desk: Desk):
    await prepared(desk)
    await play_due(desk.store, desk.clock)
    await desk.look(2)  # the time to save it is over
    await play_due(desk.store, desk.clock)
    assert await desk.database.pool.fetchrow("SELECT state, due_at FROM escalation") == (1, None)
    await desk.look(39.5)
    assert (await desk.entry()).verdict == 3
    await desk.look(48)
    assert await desk.database.pool.fetchval("SELECT state FROM incident") == 3
    await play_due(desk.store, desk.clock)
    assert await desk.database.pool.fetchval("SELECT state FROM escalation") == 3
    assert await steps_told(desk) == [1]


async def test_what_became_of_alerts_is_kept_with_the_step(desk: Desk):
    await prepared(desk)
    await play_due(desk.store, desk.clock)
    name = await desk.database.pool.fetchval("SELECT name FROM escalation")
    about = f"{name}/steps/1/contacts/1"
    failed = DeliveryFailed(about=about, detail="550 no such user")
    sent = alert_events.AlertSent(alert=alert_pb2.Alert(about=about, detail="250 ok"))
    strange = DeliveryFailed(about="shipments/1", detail="not of a ladder")
    for number, (what, said) in enumerate((("delivery.failed", failed), ("delivery.failed", strange)), 1):
        await desk.apply(event(f"alert.{what}", f"deliveries/{number}", said))
    await desk.apply(event("alert.alert.sent", "messages/1", sent))
    changed = [each for each in await desk.published("escalations/") if each.type.endswith("escalation.changed.v1")]
    outcomes = [events_pb2.EscalationChanged.FromString(each.data).escalation.steps[0].outcomes[0] for each in changed]
    assert [(each.state, each.detail) for each in outcomes] == [(3, "550 no such user"), (2, "250 ok")]
    assert outcomes[-1].time == stamp(at(0))  # when the events are from
