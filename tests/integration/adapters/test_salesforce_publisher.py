"""Platform events out, over a real socket: a result for each, and whether it may be there already for the rest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.crm_salesforce.pubsub.publisher import EventPublisher, EventToPublish
from adapters.outbound import Away, Declined, Uncertain
from tests.support.couriers import NOW
from tests.support.pubsub import RELEASED, USER, Twins, a_client, twins

TOPIC = f"/event/{RELEASED}"


@asynccontextmanager
async def publishing(outside: Twins, topic: str = TOPIC) -> AsyncIterator[EventPublisher]:
    async with a_client(outside) as (client, schemas):
        publisher = EventPublisher(client, schemas, topic)
        yield publisher
        publisher.close()


@pytest.fixture
async def outside() -> AsyncIterator[Twins]:
    async with twins() as running:
        yield running


def event(dose: object = "doses/1", event_id: UUID | None = None) -> EventToPublish:
    return EventToPublish(event_id or uuid4(), {"Dose__c": dose}, NOW)


def fault_of(outcome: object) -> str:
    return type(getattr(outcome, "fault", None)).__name__


async def test_an_event_is_in_the_bus_under_our_own_id_with_who_made_it_and_when(outside: Twins) -> None:
    made = event()
    async with publishing(outside) as publisher:
        (outcome,) = await publisher.publish([made])
    (there,) = outside.bus.after(TOPIC, 0, 10)
    assert (there.event_id, there.replay_id) == (str(made.id), outcome.check())
    assert outside.bus.decoded(there.schema_id, there.payload) == {
        "CreatedDate": int(NOW.timestamp() * 1000), "CreatedById": USER, "Dose__c": "doses/1", "Batch__c": None,
    }  # fmt: skip


async def test_many_go_in_requests_of_two_hundred_in_their_order_over_one_stream(outside: Twins) -> None:
    events = [event(f"doses/{number}") for number in range(450)]
    async with publishing(outside) as publisher:
        outcomes = await publisher.publish(events)
        await publisher.publish([event()])
    assert [each.id for each in outcomes] == [each.id for each in events]
    assert all(each.check() for each in outcomes)
    assert [each for _, each in outside.api.published[:450]] == [str(each.id) for each in events]
    assert (outside.api.requests, outside.api.streams) == ([200, 200, 50, 1], 1)
    assert len(outside.api.schemas_asked) == 1


async def test_large_ones_go_in_requests_of_three_megabytes(outside: Twins) -> None:
    async with publishing(outside) as publisher:
        outcomes = await publisher.publish([event("x" * 900_000) for _ in range(7)])
    assert all(each.check() for each in outcomes)
    assert outside.api.requests == [3, 3, 1]


async def test_of_a_batch_each_event_has_its_own_end(outside: Twins) -> None:
    outside.api.event_faults.extend(["", "FIELD_INTEGRITY: no", "", "LIMIT_EXCEEDED: hourly"])
    events = [event(), event(), event(7), event(), event(), event("x" * 1_000_001)]
    async with publishing(outside) as publisher:
        outcomes = await publisher.publish(events)
    assert [fault_of(each) for each in outcomes] == ["NoneType", "Declined", "Declined", "NoneType", "Away", "Declined"]
    with pytest.raises(Declined, match="FIELD_INTEGRITY"):
        outcomes[1].check()
    with pytest.raises(Declined, match="Dose__c is <7>"):
        outcomes[2].check()
    with pytest.raises(Away, match="LIMIT_EXCEEDED") as away:
        outcomes[4].check()
    assert away.value.retry_after == timedelta(hours=1)
    with pytest.raises(Declined, match="bytes of 1000000"):
        outcomes[5].check()
    assert [each for _, each in outside.api.published] == [str(events[0].id), str(events[3].id)]


async def test_a_spent_allocation_stays_away_from_the_event_at_which_it_ended(outside: Twins) -> None:
    outside.api.publishes_left = 2
    async with publishing(outside) as publisher:
        outcomes = await publisher.publish([event() for _ in range(4)])
    assert [fault_of(each) for each in outcomes] == ["NoneType", "NoneType", "Away", "Away"]


async def test_a_lost_answer_is_uncertain_and_the_next_one_opens_another_stream(outside: Twins) -> None:
    outside.api.lose_answers = 1
    async with publishing(outside) as publisher:
        (lost,) = await publisher.publish([event()])
        with pytest.raises(Uncertain, match="the stream broke"):
            lost.check()
        assert len(outside.api.published) == 1  # It was there.
        (second,) = await publisher.publish([event()])
        assert second.check()
        assert outside.api.streams == 2


async def test_a_stream_that_the_server_closed_for_idleness_is_opened_again_when_it_is_needed() -> None:
    async with twins(idle_s=0.1) as outside, publishing(outside) as publisher:
        assert (await publisher.publish([event()]))[0].check()
        async with asyncio.timeout(60):
            while not publisher._opened.ended:  # type: ignore[union-attr]
                await asyncio.sleep(0.01)
        (outcome,) = await publisher.publish([event()])
        assert outcome.check()
        assert outside.api.streams == 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("service.protection.triggered", Away),
        ("service.unavailable", Uncertain),  # of a request that was sent
        ("publish.event.count.invalid", Declined),
    ],
)
async def test_a_refusal_of_the_whole_request_is_the_outcome_of_each_event(
    outside: Twins, name: str, kind: type[Exception]
) -> None:
    async with publishing(outside) as publisher:
        assert (await publisher.publish([event()]))[0].check()
        outside.api.faults.append(name)
        outcomes = await publisher.publish([event(), event()])
        for outcome in outcomes:
            with pytest.raises(kind, match=name):
                outcome.check()
        assert len(outside.api.published) == 1


async def test_a_token_that_is_over_is_replaced_once(outside: Twins) -> None:
    async with publishing(outside) as publisher:
        assert (await publisher.publish([event()]))[0].check()
        outside.tokens.end()
        assert (await publisher.publish([event()]))[0].check()
        outside.tokens.end()
        outside.tokens.bad = 1
        (refused,) = await publisher.publish([event()])
        with pytest.raises(Away, match="a new token was refused too"):
            refused.check()
    assert outside.tokens.given == 3


async def test_nothing_is_sent_where_we_may_not_publish_or_nobody_is_there(outside: Twins) -> None:
    async with publishing(outside, "/event/Nothing__e") as publisher:
        with pytest.raises(Declined, match=r"topic.not.found"):
            await publisher.publish([event()])
    outside.api.forbidden.add(TOPIC)
    async with publishing(outside) as publisher:
        with pytest.raises(Declined, match="may not publish"):
            await publisher.publish([event()])
        outside.api.forbidden.clear()
        assert (await publisher.publish([event()]))[0].check()
        publisher.close()
        await outside.api.stop()
        (outcome,) = await publisher.publish([event()])
        with pytest.raises(Away, match="UNAVAILABLE"):
            outcome.check()


async def test_an_event_that_an_administrator_changed_is_written_by_the_schema_in_force(outside: Twins) -> None:
    async with publishing(outside) as publisher:
        assert (await publisher.publish([event()]))[0].check()
        outside.bus.define_event(RELEASED, {"Dose__c": "string", "Added__c": "string"})
        (same,) = await publisher.publish([event()])  # declined by the bus for its old schema
        outside.bus.define_event(RELEASED, {"Dose__c": "string", "Added__c": "string", "More__c": "string"})
        more, wrong = EventToPublish(uuid4(), {"More__c": "a"}, NOW), EventToPublish(uuid4(), {"Less__c": "a"}, NOW)
        new, not_ours = await publisher.publish([more, wrong])  # does not even fit it
        assert same.check()
        assert new.check()
        with pytest.raises(Declined, match="has no field Less__c"):
            not_ours.check()
    assert len(outside.api.published) == 3
