"""What is exchanged can be listed, looked into and tried again, by an operator and by the partner concerned alone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from doselane.exchange.v1 import exchange_pb2

from adapters.host import deliveries, rpc
from adapters.host.deliveries import Delivery, DeliveryState, NewDelivery
from adapters.host.housekeeping import Housekeeping
from adapters.outbound import Outgoing, Reaction
from services.kernel.errors import GatewayError, Kind
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.rpc import Client
from tests.support.couriers import NOW, RIVAL, SWIFT, CourierDesk, ups

As = Callable[..., Client]


async def a_delivery(desk: CourierDesk, state: DeliveryState, subject: str = "s") -> Delivery:
    """A delivery of Swift's that came to this end."""
    account = desk.host.door._accounts["swift-ups"]
    event = Event(uuid7(), "t", "s", "x", 1, NOW, b"")
    reaction = Reaction("test.tell", "t", lambda *_: (), lambda *_: None)  # type: ignore[arg-type,return-value]
    outgoing = Outgoing(subject, b"told", NOW + timedelta(days=1))
    await deliveries.add(desk.database.pool, [NewDelivery(account, reaction, event, outgoing)], NOW)
    found, *_ = await deliveries.page(desk.database.pool, partner=SWIFT, states=(), before=None, limit=1)
    if state != DeliveryState.WAITING:
        await deliveries.finish(desk.database.pool, found, state, "in their words", NOW)
    return found


async def test_a_partner_sees_its_own_messages_and_an_operator_all(desk: CourierDesk, client_of: As) -> None:
    answer = await desk.push_ups(ups())
    name = f"messages/{answer.headers['doselane-push'].partition('/')[2]}"
    asked = exchange_pb2.GetMessageRequest(name=name)
    mine = await client_of(SWIFT).call("GetMessage", asked)
    assert (mine.name, mine.partner, mine.account, mine.source) == (name, SWIFT, "swift-ups", "ups.track-alert")
    assert json.loads(mine.body)["trackingNumber"]
    assert [note.kind for note in mine.notes] == ["OUT_FOR_DELIVERY"]
    everything = exchange_pb2.ListMessagesRequest()
    operator = client_of("partners/cdmo", "exchange.read", "operator")
    assert [each.name for each in (await operator.call("ListMessages", everything)).messages] == [name]
    assert not (await client_of(RIVAL).call("ListMessages", everything)).messages
    with pytest.raises(GatewayError) as refused:
        await client_of(RIVAL).call("GetMessage", asked)
    assert refused.value.kind == Kind.NOT_FOUND
    again = await client_of(SWIFT).call("ReplayMessage", exchange_pb2.ReplayMessageRequest(name=name, reason="to see"))
    assert again.state == exchange_pb2.Message.ACCEPTED


async def test_a_message_is_shown_with_its_body_where_that_fits_into_an_answer_and_else_without(
    desk: CourierDesk, client_of: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await desk.push_ups(ups())
    asked = exchange_pb2.GetMessageRequest(name=f"messages/{answer.headers['doselane-push'].partition('/')[2]}")
    body = json.dumps(ups()).encode()
    for most, shown in ((len(body), body), (len(body) - 1, b"")):
        monkeypatch.setattr(rpc, "ANSWER_BYTES_MAX", most)
        assert (await client_of(SWIFT).call("GetMessage", asked)).body == shown


async def test_deliveries_are_listed_and_looked_into_by_whom_they_concern(desk: CourierDesk, client_of: As) -> None:
    parked, sent = await a_delivery(desk, DeliveryState.PARKED), await a_delivery(desk, DeliveryState.SENT)
    swift = client_of(SWIFT)
    pages: list[str] = []
    token = ""
    while True:
        page = await swift.call("ListDeliveries", exchange_pb2.ListDeliveriesRequest(page_size=1, page_token=token))
        pages += [each.name for each in page.deliveries]
        if not (token := page.next_page_token):
            break
    assert pages == [f"deliveries/{sent.id}", f"deliveries/{parked.id}"]
    found = await swift.call("GetDelivery", exchange_pb2.GetDeliveryRequest(name=f"deliveries/{parked.id}"))
    assert (found.state, found.detail, found.body) == (exchange_pb2.Delivery.PARKED, "in their words", b"told")
    only = exchange_pb2.ListDeliveriesRequest(states=[exchange_pb2.Delivery.PARKED])
    assert len((await swift.call("ListDeliveries", only)).deliveries) == 1
    assert not (await client_of(RIVAL).call("ListDeliveries", only)).deliveries
    for call, request in (
        ("GetDelivery", exchange_pb2.GetDeliveryRequest),
        ("ReplayDelivery", exchange_pb2.ReplayDeliveryRequest),
    ):
        with pytest.raises(GatewayError) as refused:
            await client_of(RIVAL).call(call, request(name=f"deliveries/{parked.id}"))
        assert refused.value.kind == Kind.NOT_FOUND


@pytest.mark.parametrize("state", [DeliveryState.PARKED, DeliveryState.GIVEN_UP])
async def test_what_has_ended_badly_can_be_sent_again(desk: CourierDesk, client_of: As, state: DeliveryState) -> None:
    ended = await a_delivery(desk, state)
    asked = exchange_pb2.ReplayDeliveryRequest(name=f"deliveries/{ended.id}", reason="they have mended it")
    found = await client_of(SWIFT).call("ReplayDelivery", asked)
    assert (found.state, found.uncertain) == (exchange_pb2.Delivery.WAITING, True)
    assert found.give_up_time.ToDatetime(UTC) > desk.clock.now()
    assert not found.HasField("finish_time")


@pytest.mark.parametrize("state", [DeliveryState.WAITING, DeliveryState.SENT])
async def test_what_waits_or_was_sent_is_not_sent_again(desk: CourierDesk, client_of: As, state: DeliveryState) -> None:
    found = await a_delivery(desk, state)
    with pytest.raises(GatewayError) as refused:
        asked = exchange_pb2.ReplayDeliveryRequest(name=f"deliveries/{found.id}")
        await client_of(SWIFT).call("ReplayDelivery", asked)
    assert (refused.value.reason, refused.value.facts["state"]) == ("DELIVERY_NOT_ENDED", state.name)


def an_id_of(at: datetime) -> UUID:
    return UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (0b10 << 62))


async def test_months_are_made_ahead_and_dropped_with_all_that_counts_in_them(desk: CourierDesk) -> None:
    pool, now, house = desk.database.pool, datetime.now(UTC), Housekeeping(desk.database, timedelta(days=60))
    old = an_id_of(now - timedelta(days=120))
    await pool.execute("SELECT ensure_partition('message', $1)", now - timedelta(days=120))
    await pool.execute(
        "INSERT INTO message VALUES ($1, 'a', 'p', 'k', 'x', 's', now(), '{}', NULL, 0, '', '', '')", old
    )
    await pool.execute("INSERT INTO accepted_event VALUES ('k', 'p', 'f', 'e', $1, 0, 'c', 's')", old)
    await desk.push_ups(ups())
    await house.once(now)
    months = await pool.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'message'::regclass"
    )
    names = {row["name"].rpartition(".")[2] for row in months}
    assert f"message_{now + timedelta(days=62):%Y_%m}" in names
    assert f"message_{now - timedelta(days=120):%Y_%m}" not in names
    assert await desk.stored() == 1
    assert await pool.fetchval("SELECT count(*) FROM accepted_event") == 1
    assert await pool.fetchval("SELECT count(*) FROM ONLY message_other") == 0
