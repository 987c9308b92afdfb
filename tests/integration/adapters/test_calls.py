"""A courier, or an operator, looks after its pushes over gRPC; what another pushed does not exist."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2
from pydantic import SecretStr

from adapters.courier_ups import codes
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.rpc import Client, Server
from services.kernel.timestamps import stamp
from tests.support.couriers import (
    ACCOUNTS,
    COLD,
    COURIER,
    NOW,
    RIVAL,
    RIVAL_KEY,
    SWIFT,
    CourierDesk,
    a_courier_desk,
    epcis_document,
    epcis_event,
    ups,
)

Kind = courier_pb2.Milestone.Kind
ALL_SCOPES = ("courier.read", "courier.operate")
VEGA = "partners/vega"  # has no account: nothing of its own speaks with us
As = Callable[..., Client]


@asynccontextmanager
async def clients(desk: CourierDesk) -> AsyncIterator[As]:
    server = Server("127.0.0.1:0", desk.issuer.verifier())
    for descriptor, servicer in desk.host.servicers:
        server.add(descriptor, servicer)
    await server.start()
    made: list[Client] = []

    def client(partner: str, *scopes: str) -> Client:
        token = desk.issuer.token(partner, scopes or ALL_SCOPES, actor="night-shift")
        made.append(Client(f"127.0.0.1:{server.port}", COURIER, token))
        return made[-1]

    yield client
    for each in made:
        await each.close()
    await server.stop(0)


@pytest.fixture
async def client_of(desk: CourierDesk) -> AsyncIterator[As]:
    async with clients(desk) as client:
        yield client


async def accounts_of(client: Client, size: int = 0) -> list[courier_pb2.CourierAccount]:
    """All accounts that a caller sees, page by page."""
    found: list[courier_pb2.CourierAccount] = []
    request = courier_pb2.ListCourierAccountsRequest(page_size=size)
    while True:
        page = await client.call("ListCourierAccounts", request)
        assert len(page.accounts) <= (size or 50)
        found += page.accounts
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


async def push(desk: CourierDesk, **changes: object) -> str:
    return (await desk.push_ups(ups(**changes))).headers["doselane-push"]


async def events_of(desk: CourierDesk, name: str) -> list[Event]:
    return [event for event in await desk.published() if event.subject == name]


async def test_a_courier_sees_its_push_with_its_body(desk: CourierDesk, client_of: As) -> None:
    name = await push(desk)
    found = await client_of(SWIFT).call("GetPush", courier_pb2.GetPushRequest(name=name))
    assert (found.name, found.courier, found.state) == (name, SWIFT, courier_pb2.Push.ACCEPTED)
    assert found.body == await desk.body_of(name)
    assert [note.kind for note in found.notes] == [Kind.OUT_FOR_DELIVERY]


async def test_anothers_push_answers_as_if_it_did_not_exist(desk: CourierDesk, client_of: As) -> None:
    name = await push(desk)
    absent = "pushes/01900000-0000-7000-8000-000000000000"
    answers = []
    for call, request in (("GetPush", courier_pb2.GetPushRequest), ("RejudgePush", courier_pb2.RejudgePushRequest)):
        for asked in (name, absent):
            with pytest.raises(GatewayError) as refused:
                await client_of(RIVAL).call(call, request(name=asked))
            answers.append((refused.value.kind, refused.value.message))
    assert set(answers) == {("NOT_FOUND", "There is no message of this name.")}


async def test_an_operator_sees_the_pushes_of_all(desk: CourierDesk, client_of: As) -> None:
    names = {
        await push(desk),
        (await desk.post("/ups/rival-ups", ups(), {"credential": RIVAL_KEY})).headers["doselane-push"],
    }
    listed = await client_of("partners/cdmo", "courier.read", "operator").call(
        "ListPushes", courier_pb2.ListPushesRequest()
    )
    assert {each.name for each in listed.pushes} == names


async def test_pushes_are_listed_newest_first_in_pages_without_bodies(desk: CourierDesk, client_of: As) -> None:
    names = [await push(desk, tracking=f"1Z{number:016}") for number in range(5)]
    await desk.post("/ups/rival-ups", ups(), {"credential": RIVAL_KEY})
    found: list[courier_pb2.Push] = []
    token = ""
    while True:
        request = courier_pb2.ListPushesRequest(page_size=2, page_token=token)
        page = await client_of(SWIFT).call("ListPushes", request)
        found += page.pushes
        token = page.next_page_token
        if not token:
            break
    assert [each.name for each in found] == names[::-1]
    assert not any(each.body for each in found)


async def test_pushes_are_listed_by_state(desk: CourierDesk, client_of: As) -> None:
    taken, again = await push(desk), await push(desk)
    refused = await push(desk, trackingNumber="no")
    states = courier_pb2.Push.State
    for state, expected in ((states.ACCEPTED, taken), (states.REPEATED, again), (states.REFUSED, refused)):
        listed = await client_of(SWIFT).call("ListPushes", courier_pb2.ListPushesRequest(states=[state]))
        assert [each.name for each in listed.pushes] == [expected]


@pytest.mark.parametrize("name", ["", "pushes/", "pushes/x", "slots/01900000-0000-7000-8000-000000000000"])
async def test_a_name_that_is_none_is_refused(desk: CourierDesk, client_of: As, name: str) -> None:
    with pytest.raises(GatewayError, match="name must look like pushes"):
        await client_of(SWIFT).call("GetPush", courier_pb2.GetPushRequest(name=name))


async def test_judged_again_without_a_change_publishes_nothing_twice(desk: CourierDesk, client_of: As) -> None:
    names = [await push(desk), await push(desk), await push(desk, trackingNumber="no")]
    before = await desk.published()
    for name in names:
        old = await client_of(SWIFT).call("GetPush", courier_pb2.GetPushRequest(name=name))
        new = await client_of(SWIFT).call("RejudgePush", courier_pb2.RejudgePushRequest(name=name, reason="to be sure"))
        assert (new.state, new.reason, list(new.notes)) == (old.state, old.reason, list(old.notes))
    assert await desk.published() == before


async def test_judged_again_with_a_better_table_the_better_milestone_is_published(
    desk: CourierDesk, client_of: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = await push(desk, code="999")
    monkeypatch.setitem(codes.KIND_OF_DESCRIPTION_CODE, 999, Kind.DELIVERED)
    request = courier_pb2.RejudgePushRequest(name=name, reason="999 is known now")
    found = await client_of(SWIFT).call("RejudgePush", request)
    assert "CODE_UNKNOWN" not in found.notes[0].warnings
    first, second = await events_of(desk, name)
    assert (first.sequence, second.sequence) == (1, 2)
    assert (second.actor, second.reason) == ("night-shift", "999 is known now")
    unknown, known = await desk.milestones()
    assert (unknown.event_id, unknown.kind, known.kind) == (known.event_id, Kind.KIND_UNSPECIFIED, Kind.DELIVERED)
    await client_of(SWIFT).call("RejudgePush", request)
    assert len(await events_of(desk, name)) == 2


async def test_a_refused_push_can_be_accepted_when_judged_again(
    desk: CourierDesk, client_of: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(incoming: object) -> None:
        raise KeyError("a slip of ours")

    port = desk.host.door._accounts["swift-ups"].reader
    with monkeypatch.context() as patched:
        patched.setattr(type(port), "translate", lambda self, incoming: fails(incoming))
        answer = await desk.push_ups(ups())
    assert (answer.status_code, answer.json()["reason"]) == (500, "ADAPTER_FAULT")
    name = answer.headers["doselane-push"]
    found = await client_of(SWIFT).call("RejudgePush", courier_pb2.RejudgePushRequest(name=name))
    assert found.state == courier_pb2.Push.ACCEPTED
    assert [event.sequence for event in await events_of(desk, name)] == [1, 2]
    assert len(await desk.milestones()) == 1


async def test_what_was_refused_as_changed_stays_refused_when_judged_again(desk: CourierDesk, client_of: As) -> None:
    event = epcis_event()
    await desk.capture(epcis_document(event))
    refused = await desk.capture(epcis_document(epcis_event(), {**event, "bizStep": "receiving"}))
    request = courier_pb2.RejudgePushRequest(name=refused.headers["doselane-push"])
    found = await client_of(COLD).call("RejudgePush", request)
    assert (found.state, found.reason) == (courier_pb2.Push.REFUSED, "EVENT_CHANGED")
    assert len(await desk.milestones()) == 1


async def test_what_counts_only_when_it_is_judged_again_is_on_record_from_then(
    desk: CourierDesk, client_of: As
) -> None:
    refused = await desk.capture(epcis_document(epcis_event(bizStep="flying"), epcis_event()))
    assert refused.status_code == 400
    body = json.dumps(epcis_document(epcis_event(), epcis_event())).encode()
    name = refused.headers["doselane-push"]
    await desk.database.pool.execute("UPDATE message SET body = $2 WHERE message_id = $1", name.partition("/")[2], body)
    for _ in range(2):  # the second time nothing is new
        await client_of(COLD).call("RejudgePush", courier_pb2.RejudgePushRequest(name=name))
    rows = await desk.database.pool.fetch("SELECT account, position, indexes FROM record")
    assert [tuple(row) for row in rows] == [("cold", 1, [0, 1])]


async def test_a_push_whose_account_is_gone_is_not_judged_again_and_says_so(courier_dsn: str) -> None:
    async with a_courier_desk(courier_dsn) as before:
        name = await push(before)
    left = {account: described for account, described in ACCOUNTS.items() if account != "swift-ups"}
    async with a_courier_desk(courier_dsn, accounts=SecretStr(json.dumps(left))) as now, clients(now) as client_of:
        with pytest.raises(GatewayError) as refused:
            await client_of(SWIFT).call("RejudgePush", courier_pb2.RejudgePushRequest(name=name))
        assert (refused.value.reason, refused.value.facts["account"]) == ("ACCOUNT_GONE", "swift-ups")
        kept = await client_of(SWIFT).call("GetPush", courier_pb2.GetPushRequest(name=name))
        assert kept.state == courier_pb2.Push.ACCEPTED


async def test_reading_does_not_allow_judging(desk: CourierDesk, client_of: As) -> None:
    name = await push(desk)
    with pytest.raises(GatewayError) as refused:
        await client_of(SWIFT, "courier.read").call("RejudgePush", courier_pb2.RejudgePushRequest(name=name))
    assert refused.value.reason == "SCOPE_MISSING"


async def test_a_courier_sees_its_own_accounts_and_an_operator_all_of_them(desk: CourierDesk, client_of: As) -> None:
    everybody = await accounts_of(client_of("partners/cdmo", "courier.read", "operator"), 2)
    assert [each.name for each in everybody] == sorted(f"courierAccounts/{name}" for name in ACCOUNTS)
    mine = await accounts_of(client_of(SWIFT), 1)
    own = sorted(name for name, account in ACCOUNTS.items() if account["partner"] == SWIFT)
    assert [each.name for each in mine] == [f"courierAccounts/{name}" for name in own]
    assert [each.courier for each in await accounts_of(client_of(RIVAL))] == [RIVAL]
    assert await accounts_of(client_of("partners/nobody")) == []


async def test_an_account_tells_when_it_last_pushed_and_leaves_unset_what_is_not_known(
    desk: CourierDesk, client_of: As
) -> None:
    await desk.push_ups(ups())
    desk.clock.advance(timedelta(minutes=5))
    await desk.push_ups(b"{")  # refused, but he pushed
    found = {each.name: each for each in await accounts_of(client_of(SWIFT))}
    basic, pushed = (found[f"courierAccounts/swift-{way}"] for way in ("basic", "ups"))
    assert pushed.last_push_time.ToDatetime(UTC) == desk.clock.now()
    assert not basic.HasField("last_push_time")
    assert (pushed.adapter, list(pushed.webhooks)) == ("courier_ups", ["/push/ups/swift-ups"])
    assert list(pushed.operations) == []  # nothing is asked of a system that we do not reach
    assert pushed.state == courier_pb2.CourierAccount.STATE_UNSPECIFIED
    assert not pushed.HasField("last_fetch_time")


def a_report(
    *kinds: str, courier: str = "", request_id: str = "", **changes: Any
) -> courier_pb2.ReportMilestonesRequest:
    said = {"shipment_references": ["VEGA-1"], "time": stamp(NOW), **changes}
    entries = [courier_pb2.MilestoneEntry(kind=Kind.Value(kind), **said) for kind in kinds]
    return courier_pb2.ReportMilestonesRequest(
        courier=courier, milestones=entries, request_id=request_id or str(uuid7()), reason="by telephone"
    )


async def test_a_courier_without_any_system_reports_by_hand_and_a_repetition_changes_nothing(
    desk: CourierDesk, client_of: As
) -> None:
    await desk.attach(VEGA, "VEGA-1")
    vega = client_of(VEGA, "courier.push", "courier.read")
    asked = a_report("COLLECTED", "DELIVERED")
    first = await vega.call("ReportMilestones", asked)
    assert (first.courier, first.adapter, first.state) == (VEGA, "courier_generic", courier_pb2.Push.ACCEPTED)
    assert [(note.kind, list(note.warnings)) for note in first.notes] == [(Kind.COLLECTED, []), (Kind.DELIVERED, [])]
    assert await vega.call("ReportMilestones", asked) == first
    assert [each.kind for each in await desk.milestones()] == [Kind.COLLECTED, Kind.DELIVERED]
    reported = await events_of(desk, first.name)
    assert [(event.partner, event.actor) for event in reported] == [(VEGA, "night-shift")] * 2
    # It was kept as it came, before it was judged, and can be looked at and judged again as any push.
    found = await vega.call("GetPush", courier_pb2.GetPushRequest(name=first.name))
    kept = json.loads(found.body)
    assert (kept["reason"], kept["milestones"][1]["kind"]) == ("by telephone", "DELIVERED")
    sources = await desk.database.pool.fetch("SELECT DISTINCT source, account FROM message")
    assert [tuple(row) for row in sources] == [("courier.entry", "entry:courier_generic")]
    operator = client_of("partners/cdmo", "courier.operate", "courier.read", "operator")
    again = await operator.call("RejudgePush", courier_pb2.RejudgePushRequest(name=first.name))
    assert again.state == courier_pb2.Push.ACCEPTED
    assert len(await desk.milestones()) == 2
    # The same told once more, under a new id, is the same fact.
    twice = await vega.call("ReportMilestones", a_report("DELIVERED"))
    assert [list(note.warnings) for note in twice.notes] == [["EVENT_REPEATED"]]


async def test_only_an_operator_reports_for_another_courier(desk: CourierDesk, client_of: As) -> None:
    asked = a_report("DELIVERED", courier=VEGA)
    for partner, scopes in (
        (RIVAL, ("courier.push", "courier.operate")),
        ("partners/cdmo", ("courier.push", "operator")),
        ("partners/cdmo", ("courier.operate", "operator")),
    ):
        with pytest.raises(GatewayError) as refused:
            await client_of(partner, *scopes).call("ReportMilestones", asked)
        assert refused.value.reason == "SCOPE_MISSING"
    assert await desk.stored() == 0
    operator = client_of("partners/cdmo", "courier.push", "courier.operate", "operator")
    found = await operator.call("ReportMilestones", asked)
    assert (found.courier, found.state) == (VEGA, courier_pb2.Push.ACCEPTED)


async def test_what_is_wrong_with_a_report_is_said_and_a_request_id_is_used_once(
    desk: CourierDesk, client_of: As
) -> None:
    vega = client_of(VEGA, "courier.push")
    hot = courier_pb2.MilestoneEntry.Temperature(celsius=float("nan"))
    wrong = [
        (a_report(), "milestones"),
        (a_report("KIND_UNSPECIFIED"), "milestones[0].kind"),
        (a_report("DELIVERED", time=None), "milestones[0].time"),
        (a_report("DELIVERED", shipment_references=[]), "milestones[0].shipment_references"),
        (a_report("DELIVERED", description="\0"), "milestones[0].description"),
        (a_report("DELIVERED", temperatures=[hot]), "celsius"),
        (a_report("DELIVERED", courier="vega"), "courier"),
        (a_report("DELIVERED", request_id="none"), "request_id"),
    ]
    for asked, field in wrong:
        with pytest.raises(GatewayError) as refused:
            await vega.call("ReportMilestones", asked)
        assert (refused.value.kind, field in str(refused.value)) == ("INVALID", True), refused.value
    assert await desk.stored() == 0
    early = await vega.call("ReportMilestones", a_report("DELIVERED", "ARRIVED", time=stamp(NOW + timedelta(days=3))))
    assert (early.state, early.reason) == (courier_pb2.Push.REFUSED, "TIME_IN_FUTURE")
    assert await desk.milestones() == []
    one = a_report("DELIVERED")
    await vega.call("ReportMilestones", one)
    with pytest.raises(GatewayError) as refused:
        await vega.call("ReportMilestones", a_report("ARRIVED", request_id=one.request_id))
    assert "used before with another body" in refused.value.message


async def test_twins_of_a_request_are_one_push(desk: CourierDesk, client_of: As) -> None:
    vega, asked = client_of(VEGA, "courier.push"), a_report("DELIVERED")
    found = await asyncio.gather(*(vega.call("ReportMilestones", asked) for _ in range(8)))
    assert len({each.name for each in found}) == 1
    assert await desk.stored() == 1
    assert len(await desk.milestones()) == 1
