"""An operator is shown what would be made of a message, kept or given; nothing is changed by that, and it comes so."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from doselane.courier.v1.events_pb2 import MilestoneReported
from doselane.exchange.v1 import connection_pb2, exchange_pb2

from adapters.manifest import Incoming, Refused, Translation
from services.kernel.errors import Denied, GatewayError, Invalid, NotFound
from services.kernel.rpc import Client
from tests.support.couriers import SWIFT, CourierDesk, epcis_document, epcis_event, ups

As = Callable[..., Client]
Asked, Message, Raw = exchange_pb2.TranslateMessageRequest, exchange_pb2.Message, exchange_pb2.RawMessage
KEPT = ("message", "verdict", "accepted_event", "accepted_body", "ended_reading", "reference", "outbox", "cursor")


class NotYet:
    """A reader that lacks what it needs, until it is mended."""

    def translate(self, incoming: Incoming) -> Translation:
        raise Refused("NOT_YET", "The tables lack this.")


@pytest.fixture
async def operator(client_of: As) -> Client:
    return client_of("partners/cdmo", "exchange.read", "exchange.operate", "operator")


async def kept(desk: CourierDesk) -> Mapping[str, str]:
    """All that is kept, as a digest a table."""
    digests = {}
    for table in KEPT:
        query = f"SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {table} t"
        digests[table] = await desk.database.pool.fetchval(query)
    return digests


async def shown(desk: CourierDesk, operator: Client, **asked: Any) -> exchange_pb2.MessageTranslation:
    before = await kept(desk)
    told: exchange_pb2.MessageTranslation = await operator.call("TranslateMessage", Asked(**asked))
    assert await kept(desk) == before
    return told


def in_general_words(push: str) -> str:
    return push.replace("pushes/", "messages/")


async def test_what_was_refused_is_shown_as_it_will_be_when_it_is_read_again(
    desk: CourierDesk, operator: Client
) -> None:
    door: Any = desk.host.door
    mended = door._accounts["swift-ups"]
    door._accounts["swift-ups"] = replace(mended, reader=NotYet(), mapping_version="0")
    name = in_general_words((await desk.push_ups(ups())).headers["doselane-push"])
    before = await operator.call("GetMessage", exchange_pb2.GetMessageRequest(name=name))
    assert (before.state, before.reason, before.mapping_version) == (Message.REFUSED, "NOT_YET", "0")

    told = await shown(desk, operator, message=name)
    (event,) = told.events
    said = MilestoneReported()
    assert event.data.Unpack(said)
    assert (event.type, said.push, said.courier) == (
        "doselane.courier.milestone.reported.v1",
        name.replace("messages/", "pushes/"),
        SWIFT,
    )
    assert (event.kind, event.code, event.published) == ("OUT_FOR_DELIVERY", "021", True)
    assert list(event.references) == list(said.milestone.shipment_references)

    again = await operator.call("ReplayMessage", exchange_pb2.ReplayMessageRequest(name=name))
    assert (
        (again.state, again.mapping_version)
        == (told.state, told.mapping_version)
        == (
            Message.ACCEPTED,
            mended.mapping_version,
        )
    )
    assert [list(note.warnings) for note in again.notes] == [list(event.warnings)]
    milestones = [each for each in await desk.published() if each.type == event.type]
    assert [each.data for each in milestones] == [said.SerializeToString(deterministic=True)]


async def test_what_is_taken_already_would_be_published_by_nobody_but_another_partner(
    desk: CourierDesk, operator: Client
) -> None:
    name = in_general_words((await desk.push_ups(ups())).headers["doselane-push"])
    found = {
        account: await shown(desk, operator, message=name, account=account)
        for account in ("", "swift-basic", "rival-ups")
    }
    assert {account: (told.state, told.events[0].published) for account, told in found.items()} == {
        "": (Message.ACCEPTED, False),
        "swift-basic": (Message.REPEATED, False),
        "rival-ups": (Message.ACCEPTED, True),
    }
    assert "EVENT_REPEATED" in found["swift-basic"].events[0].warnings
    accounts = await operator.call("ListAccounts", connection_pb2.ListAccountsRequest())
    in_force = {each.name.partition("/")[2]: each.mapping_version for each in accounts.accounts}
    assert in_force["rival-ups"] == found["rival-ups"].mapping_version != ""


async def test_a_message_that_is_given_is_read_with_its_headers_and_says_what_would_be_left_out(
    desk: CourierDesk, operator: Client
) -> None:
    document = epcis_document(epcis_event(), {**epcis_event(), "eventTime": "yesterday"})
    proceed = Raw.Header(name="GS1-Capture-Error-Behaviour", value="proceed")
    given = {"account": "cold", "source": "epcis.capture"}
    raw = Raw(body=json.dumps(document).encode(), headers=[proceed])
    told = await shown(desk, operator, raw=raw, **given)
    assert (told.state, told.reason, told.event_count) == (Message.ACCEPTED, "PARTLY_REFUSED", 2)
    taken, left_out = told.events
    assert (taken.published, taken.kind, left_out.published, left_out.type) == (True, "DEPARTED", False, "")
    assert left_out.warnings[0] == "EVENT_REFUSED" and "eventTime" in left_out.detail
    strict = await shown(desk, operator, raw=Raw(body=raw.body), **given)
    assert (strict.state, strict.event_count) == (Message.REFUSED, 0) and strict.detail


async def test_of_many_events_those_are_shown_that_fit_and_all_are_counted(desk: CourierDesk, operator: Client) -> None:
    # What is told of an event says its names twice, so the answer would be larger than the question.
    names = [f"urn:x:{number}:{'a' * 900}" for number in range(4)]
    events = [epcis_event(epcList=names) for _ in range(400)]
    raw = Raw(body=json.dumps(epcis_document(*events)).encode())
    told = await shown(desk, operator, raw=raw, account="cold", source="epcis.capture")
    assert (told.state, told.event_count, told.detail) == (Message.ACCEPTED, 400, "")
    assert 100 < len(told.events) < 400
    assert [each.index for each in told.events] == list(range(len(told.events)))


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        (Asked(account="swift-ups"), Invalid, "what"),
        (Asked(raw=Raw(body=b"{}")), NotFound, ""),
        (Asked(raw=Raw(body=b"{}"), account="nobodys"), NotFound, "nobodys"),
        (Asked(raw=Raw(body=b"{}"), account="swift-ups", source="fax"), Invalid, "source"),
        (
            Asked(raw=Raw(headers=[Raw.Header(name="date"), Raw.Header(name="Date")]), account="swift-ups"),
            Invalid,
            "raw.headers",
        ),
        (Asked(message="messages/0198f2c4-0000-7000-8000-000000000001"), NotFound, "0198f2c4"),
    ],
)
async def test_what_cannot_be_asked_is_said(
    desk: CourierDesk, operator: Client, asked: Any, error: type[GatewayError], told: str
) -> None:
    with pytest.raises(error) as refused:
        await operator.call("TranslateMessage", asked)
    assert told in str(dict(refused.value.facts))


async def test_only_an_operator_may_ask(desk: CourierDesk, client_of: As) -> None:
    with pytest.raises(Denied):
        await client_of(SWIFT).call("TranslateMessage", Asked(raw=Raw(), account="swift-ups"))


async def test_what_was_refused_unread_names_no_version(desk: CourierDesk, operator: Client) -> None:
    answer = await desk.push_ups(b" " * (9 << 20))
    assert answer.status_code == 413
    name = in_general_words(answer.headers["doselane-push"])
    refused = await operator.call("GetMessage", exchange_pb2.GetMessageRequest(name=name))
    assert (refused.reason, refused.mapping_version) == ("BODY_TOO_LARGE", "")
