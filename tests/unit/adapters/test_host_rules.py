"""What the host decides by itself: which fact is told again, what is published of it, and what it may be told."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from doselane.courier.v1.courier_pb2 import Milestone
from doselane.courier.v1.events_pb2 import MilestoneReported, PushRefused
from doselane.exchange.v1.events_pb2 import DeliveryFailed, SourceHeard, SourceSilent
from doselane.exchange.v1.exchange_pb2 import Message

from adapters.host import events, judge
from adapters.host.answers import PLAIN, PUSH_HEADER, Problem, problem_reply
from adapters.host.auth import SECRET_CHARACTERS_MIN, SECRETS_MAX, BearerToken, CredentialWrong, credential
from adapters.host.body import Body
from adapters.host.checking import ConnectionChecker
from adapters.host.cursors import Silence
from adapters.host.deliveries import NO_EVENT, Delivery, DeliveryState
from adapters.host.discover import discover
from adapters.host.dry_run import comparing, sending
from adapters.host.mappings import MAPPING_BYTES_MAX, NO_MAPPING, MappingNotValid, mapping_file
from adapters.host.settings import Settings, accounts, entry_accounts
from adapters.host.values import (
    Account,
    Deduplication,
    PendingMessage,
    TranslationResult,
    Verdict,
    by_itself,
    digest,
)
from adapters.manifest import Refused
from adapters.mapping import MappingShape
from adapters.outbound import Away, Declined, Outgoing, Reaction
from adapters.ports import courier
from adapters.preflight import Area, ConnectionFinding, Preflight, Severity
from services.kernel.clock import VirtualClock
from services.kernel.errors import Denied
from services.kernel.ids import uuid7
from services.kernel.settings import Bounds, SettingsError, load
from tests.support.couriers import ACCOUNTS, KEY, NOW, SWIFT
from tests.support.line import an_event
from tests.support.tokens import Issuer

ISSUER = Issuer()
SAID = Milestone(event_id="e1", kind=Milestone.DELIVERED, code="OK", shipment_references=["AWB-1"])
FACT = courier.fact(0, "key", b"content", SAID)


@pytest.fixture(scope="module")
def swift() -> Account:
    from adapters.courier_ups import ADAPTER

    told = json.dumps({"swift-ups": ACCOUNTS["swift-ups"]})
    return accounts(told, {ADAPTER.name: ADAPTER}, ISSUER.verifier())["swift-ups"]


def pending(account: Account, *, again: bool = False) -> PendingMessage:
    received = by_itself(account, "ups.track", b"{}", NOW, headers={"date": "today"}, traceparent="00-1")
    return PendingMessage(received, TranslationResult((FACT,)), account.port, again=again, reason="mended")


def test_what_was_fetched_is_a_message_of_its_account(swift: Account) -> None:
    received = by_itself(swift, "ups.track", b"{}", NOW, headers={"date": "today"}, traceparent="00-1")
    assert (received.account, received.partner, received.adapter, received.source) == (
        "swift-ups",
        SWIFT,
        "courier_ups",
        "ups.track",
    )
    assert (received.body, received.body_bytes, received.body_sha256) == (b"{}", 2, digest(b"{}"))
    assert (received.received_at, received.headers, received.traceparent) == (NOW, {"date": "today"}, "00-1")
    assert (received.actor, received.port, received.name) == (
        "account swift-ups",
        "courier",
        f"pushes/{received.message_id}",
    )
    assert by_itself(swift, "ups.track", b"{}", NOW).headers == {}


@pytest.mark.parametrize(
    ("again", "mine", "fresh", "changed", "told"),
    [
        (False, True, True, False, True),  # new
        (False, False, False, True, False),  # another message told of it: its word stands
        (True, True, False, False, False),  # read again, and it says the same
        (True, True, False, True, True),  # read again, and it says something else
        (True, False, False, True, False),
        (False, True, False, True, False),
    ],
)
def test_a_fact_is_told_when_it_is_new_or_its_own_message_now_says_otherwise(
    swift: Account, again: bool, mine: bool, fresh: bool, changed: bool, told: bool
) -> None:
    message = pending(swift, again=again)
    owner = (message.received.message_id if mine else uuid7(), 0)
    said = digest(b"something else") if changed else message.result.said[0]
    found = Deduplication(fresh, owner, b"content", said)
    assert [fact.index for fact in judge.to_publish(message, {0: found})] == ([0] if told else [])


def test_what_is_reported_or_refused_is_an_event_of_the_message_in_the_words_of_its_port(swift: Account) -> None:
    message = pending(swift)
    reported = events.reported(message, FACT, 7, NOW)
    said = MilestoneReported.FromString(reported.data)
    assert (said.courier, said.adapter, said.push, said.milestone) == (
        SWIFT,
        "courier_ups",
        message.received.name,
        SAID,
    )
    refused = events.refused(message, Verdict(Message.REFUSED, "BODY_NOT_JSON", "It ends."), 8, NOW)
    words = PushRefused.FromString(refused.data)
    assert (words.reason, words.detail, words.push) == ("BODY_NOT_JSON", "It ends.", message.received.name)
    for event, kind, number in (
        (reported, "milestone.reported", 7),
        (refused, "push.refused", 8),
    ):
        assert (event.type, event.subject, event.sequence) == (
            f"doselane.courier.{kind}.v1",
            message.received.name,
            number,
        )
        assert (event.source, event.partner, event.actor, event.reason, event.traceparent, event.time) == (
            "doselane/courier",
            SWIFT,
            "account swift-ups",
            "mended",
            "00-1",
            NOW,
        )


def test_what_goes_wrong_in_the_hosts_own_work_is_told_under_the_ports_name(swift: Account) -> None:
    outgoing = Outgoing("shipments/1", b"body", NOW + timedelta(days=1))
    facts = (
        "swift-ups",
        SWIFT,
        "courier",
        "courier_ups",
        "ups.subscribe",
        outgoing,
        NO_EVENT,
        NOW,
        DeliveryState.WAITING,
    )
    delivery = Delivery(UUID(int=1), *facts, 3, True, "", None, "00-2")
    failed = events.delivery_failed(swift.port, delivery, DeliveryState.PARKED, "No such number.", 2, NOW)
    said = DeliveryFailed.FromString(failed.data)
    assert (failed.type, failed.subject, failed.partner, failed.traceparent, failed.sequence) == (
        "doselane.courier.delivery.failed.v1",
        f"deliveries/{UUID(int=1)}",
        SWIFT,
        "00-2",
        2,
    )
    assert (said.about, said.attempts, said.uncertain, said.detail, said.event_id, said.state) == (
        "shipments/1",
        3,
        True,
        "No such number.",
        "",
        DeliveryState.PARKED,
    )
    silence = Silence(NOW - timedelta(hours=1), 4)
    silent = events.source_silent(swift, "ups.track", silence, "It is down.", NOW)
    heard = events.source_heard(swift, "ups.track", silence, NOW)
    for event, message, kind in ((silent, SourceSilent, "source.silent"), (heard, SourceHeard, "source.heard")):
        told: Any = message.FromString(event.data)
        assert (event.type, event.subject, event.sequence, event.partner) == (
            f"doselane.courier.{kind}.v1",
            "accounts/swift-ups/sources/ups.track",
            4,
            SWIFT,
        )
        assert (told.account, told.source, told.since.ToDatetime(NOW.tzinfo)) == (
            "swift-ups",
            "ups.track",
            silence.since,
        )
    assert SourceSilent.FromString(silent.data).detail == "It is down."


def of_secrets(secrets: list[str]) -> Any:
    return credential({"type": "header_key", "header": "k", "secrets": secrets}, ISSUER.verifier(), "courier.push")


def test_secrets_have_a_least_length_and_are_two_at_most() -> None:
    least = "s" * SECRET_CHARACTERS_MIN
    assert of_secrets([least] * SECRETS_MAX) is not None
    for wrong in ([least[1:]], [], [least] * (SECRETS_MAX + 1), [least, least[1:]], [f"{least}ä"]):
        with pytest.raises(ValueError, match=r"auth\.secrets must be"):
            of_secrets(wrong)


async def test_a_token_says_who_pushes_and_must_speak_for_the_accounts_partner() -> None:
    key, body = BearerToken(ISSUER.verifier(), "courier.push"), Body(b"", 0)

    def brought(partner: str, *scopes: str) -> dict[str, str]:
        return {"authorization": f"Bearer {ISSUER.token(partner, scopes, actor='van-7')}"}

    assert await key.check(brought(SWIFT, "courier.push"), body, SWIFT) == "van-7"
    with pytest.raises(CredentialWrong):
        await key.check(brought("partners/rival", "courier.push"), body, SWIFT)
    with pytest.raises(Denied):
        await key.check(brought(SWIFT, "courier.read"), body, SWIFT)


def test_a_mapping_may_be_as_large_as_said_and_no_larger(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(NO_MAPPING + "\n#" + "x" * (MAPPING_BYTES_MAX - len(NO_MAPPING) - 2))
    assert path.stat().st_size == MAPPING_BYTES_MAX
    assert mapping_file(str(path), MappingShape()).mapping.version == "none"
    with path.open("a") as file:
        file.write("x")
    with pytest.raises(MappingNotValid, match=f"larger than {MAPPING_BYTES_MAX} bytes"):
        mapping_file(str(path), MappingShape())


def test_a_version_of_a_mapping_is_a_short_word(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    for version, fits in (("v" * 40, True), ("2026-11-26.1", True), ("v" * 41, False), ("a b", False)):
        path.write_text(f"version: {version}")
        if fits:
            assert mapping_file(str(path), MappingShape()).mapping.version == version
        else:
            with pytest.raises(MappingNotValid, match="1: version must be 1 to 40"):
                mapping_file(str(path), MappingShape())


README = (Path(__file__).parents[3] / "adapters" / "host" / "README.md").read_text()
UNITS = {"MiB": 1 << 20, "days": 86_400, "s": 1, "": 1}
NUMBERS = re.findall(r"`([A-Z_]+)` \((\d+)(?: (MiB|days|s))?[):]", README)


@pytest.mark.parametrize(("name", "number", "unit"), NUMBERS, ids=lambda each: str(each))
def test_the_defaults_are_those_that_operators_read_of(name: str, number: str, unit: str) -> None:
    found = getattr(Settings(), name.lower())
    value = found.total_seconds() if isinstance(found, timedelta) else found
    assert value == int(number) * UNITS[unit]


def test_there_are_defaults_to_read_of() -> None:
    assert len(NUMBERS) >= 7


def bounded() -> list[tuple[str, Bounds]]:
    fields = Settings.model_fields.items()
    return [(name, each) for name, field in fields for each in field.metadata if isinstance(each, Bounds)]


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("body_bytes_max", 1024, 64 << 20),
        ("pushes_waiting_max", 1, 100_000),
        ("bytes_waiting_max", 1024, 1 << 40),
        ("body_within", 0.01, 600),
        ("keep", 86_400, 3650 * 86_400),
        ("request_retention", 3600, None),
        ("look_every", 0.01, 60),
    ],
)
def test_a_setting_is_taken_within_its_bounds_and_refused_beyond(name: str, least: float, most: float | None) -> None:
    def given(value: float) -> Settings:
        return load(Settings, {f"DOSELANE_EXCHANGE_{name.upper()}": f"{value}"}, "DOSELANE_EXCHANGE")

    step = 1 if least >= 1 else 0.001
    for within, beyond in ((least, least - step), *([(most, most + 1)] if most else [])):
        assert given(within)
        with pytest.raises(SettingsError):
            given(beyond)


def test_the_bounds_of_all_settings_are_held_by_the_table_above() -> None:
    assert len(bounded()) == 7


def test_what_is_refused_says_where(swift: Account) -> None:
    found = judge.refused(Refused("BODY_NOT_JSON", "It ends.", "/a", status=422), NOW)
    assert (found.state, found.reason, found.detail, found.place, found.status, found.judged_at) == (
        Message.REFUSED,
        "BODY_NOT_JSON",
        "It ends. (/a)",
        "/a",
        422,
        NOW,
    )
    assert KEY not in repr(swift.credential)


def test_a_problem_is_answered_with_all_that_its_reader_can_use() -> None:
    problem = Problem(422, "BODY_NOT_JSON", "It ends.", "pushes/1", "/a", (("X-Limit", "2"),))
    reply = problem_reply(problem, PLAIN, "/push/ups/swift-ups")
    assert (reply.status, reply.media_type) == (422, "application/problem+json")
    assert reply.headers == (("X-Limit", "2"), (PUSH_HEADER, "pushes/1"))
    said = json.loads(reply.body or b"")
    assert (said["status"], said["reason"], said["instance"]) == (422, "BODY_NOT_JSON", "/push/ups/swift-ups")
    assert (said["facts"], said["type"]) == (
        {"push": "pushes/1", "place": "/a"},
        "urn:doselane:problem:BODY_NOT_JSON",
    )
    assert problem_reply(Problem(404, "ROUTE_NOT_FOUND", ""), PLAIN, "/").headers == ()


def test_what_is_entered_by_hand_has_an_account_of_the_house() -> None:
    found = entry_accounts(discover().values())
    assert set(found) == {"entry:courier_generic"}
    account = found["entry:courier_generic"]
    assert (account.id, account.partner, account.adapter.name) == ("entry:courier_generic", "", "courier_generic")
    assert account.mapping_version


@pytest.mark.parametrize("more", [{}, {"metadata": None, "preflight": None}])
async def test_an_adapter_that_cannot_ask_its_system_says_so_in_a_dry_run(swift: Account, more: dict[str, Any]) -> None:
    told = await comparing(replace(swift, adapter=replace(swift.adapter, **more)))
    assert told["problems"] == ["courier_ups cannot ask its system what it has"]


async def test_a_dry_run_tells_only_what_would_fail(swift: Account) -> None:
    async def look(ahead: Any) -> Preflight:
        return Preflight([ConnectionFinding(each, Area.SERVICE, f"it is {each}") for each in Severity])

    asked = replace(swift, adapter=replace(swift.adapter, preflight=look), connection={"url": "http://127.0.0.1:9"})
    told = await comparing(asked)
    assert told["problems"] == ["it is ERROR"]
    assert len(told["findings"]) == len(Severity)


@pytest.mark.parametrize(
    ("written", "told"), [('{"a": "é"}'.encode(), {"body": '{"a": "é"}'}), (b"\xffZ", {"bodyBase64": "/1o="})]
)
def test_a_dry_run_shows_what_would_go_over_the_wire_also_where_it_is_no_text(
    swift: Account, written: bytes, told: dict[str, str]
) -> None:
    async def unsent(connection: Any, outgoing: Outgoing) -> str:
        raise AssertionError("nothing is sent in a dry run")

    event = an_event(type="a.b.c")
    reaction = Reaction("r", event.type, lambda *_: [Outgoing("s", b"", NOW)], unsent, written=lambda *_: written)
    account = replace(swift, adapter=replace(swift.adapter, reactions=(reaction,)))
    (shown,) = sending(account, event)["deliveries"]
    assert shown == {"reaction": "r", "subject": "s", "giveUpTime": NOW.isoformat(), **told}


@pytest.mark.parametrize("fault", [Away("it rests"), Declined("it rests")])
async def test_a_system_that_cannot_be_asked_is_found_with_why_and_what_to_do(swift: Account, fault: Exception) -> None:
    async def look(_: object) -> Preflight:
        raise fault

    adapter = replace(swift.adapter, connect=None, connect_alone=lambda _: None, preflight=look)
    checker = ConnectionChecker(VirtualClock(NOW), lambda _: pytest.fail("nothing archived is looked at"))
    (found,) = (await checker.check(replace(swift, adapter=adapter))).findings
    assert "it rests" in found.detail and "check again" in found.remedy
