"""Topics on a partner's own brokers: what an address means, what makes sense beside it, where a loop connects to."""

import asyncio
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from services.kernel import public_addresses
from services.kernel.public_addresses import NameUnknown
from services.streams import guarded_loop
from services.streams.domain.client_certificate import ClientCertificate
from services.streams.domain.kafka_destination import BrokerAccess, BrokerSasl, is_kafka, read_destination
from services.streams.events import binary_value, structured_value
from services.streams.guarded_loop import REFUSALS, BrokerRefused, GuardedLoop, Refusals
from tests.support.status import NOON

PLAIN = BrokerAccess()
NAME: dict[str, Any] = {"sasl": BrokerSasl.PLAIN, "username": "u", "password": "p"}
ISSUER = "https://login.example/token"
BY_TOKEN: dict[str, Any] = {**NAME, "sasl": BrokerSasl.OAUTHBEARER, "token_url": ISSUER}
PUBLIC, PRIVATE, OURS = "93.184.215.14", "10.0.0.1", "127.0.0.1"


@pytest.mark.parametrize(("url", "brokers", "topic"), [
    ("kafka://b:1/t", ("b:1",), "t"),
    ("kafka://b-1.example:9093,10.0.0.1:65535/a.B_c-1", ("b-1.example:9093", "10.0.0.1:65535"), "a.B_c-1"),
    ("kafka://[2001:db8::1]:9092/t", ("[2001:db8::1]:9092",), "t"),
    (f"kafka://b:1/{'t' * 249}", ("b:1",), "t" * 249),
    (f"kafka://{','.join(['b:1'] * 10)}/t", ("b:1",) * 10, "t"),
])  # fmt: skip
def test_an_address_names_brokers_and_a_topic(url: str, brokers: tuple[str, ...], topic: str) -> None:
    found = read_destination(url, PLAIN)
    assert (found.brokers, found.topic) == (brokers, topic)
    assert found.urls == tuple(f"https://{broker}/" for broker in brokers)
    assert read_destination(url, BrokerAccess(plaintext=True)).urls == tuple(f"http://{each}/" for each in brokers)


@pytest.mark.parametrize(("url", "why"), [
    ("https://b:1/t", "must be kafka"), ("kafka://b:1", "must be kafka"), ("kafka://b/t", "no host:port"),
    ("kafka:///t", "no host:port"), ("kafka://b:0/t", "no host:port"), ("kafka://b:65536/t", "no host:port"),
    ("kafka://b:1,/t", "no host:port"), ("kafka://u@b:1/t", "no host:port"), ("kafka://b:1/", "topic"),
    ("kafka://b:1/a/b", "topic"), ("kafka://b:1/.", "topic"), ("kafka://b:1/..", "topic"), ("kafka://b:1/t?x", "topic"),
    (f"kafka://b:1/{'t' * 250}", "topic"), (f"kafka://{','.join(['b:1'] * 11)}/t", "more than 10"),
])  # fmt: skip
def test_what_is_no_such_address_is_said(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_destination(url, PLAIN)


def test_only_the_scheme_says_that_brokers_are_meant() -> None:
    assert is_kafka("kafka://b:1/t")
    assert not any(map(is_kafka, ("https://kafka/", "", "KAFKA://b:1/t", "kafka:/b")))


@pytest.mark.parametrize(("access", "wrong"), [
    ({}, ""), (NAME, ""), ({**NAME, "plaintext": True}, ""), ({**NAME, "sasl": BrokerSasl.SCRAM_SHA_512}, ""),
    ({**NAME, "username": ""}, "sasl_username"), ({**NAME, "password": ""}, "sasl_password"),
    ({"username": "u"}, "sasl_mechanism"), ({"password": "p"}, "sasl_mechanism"),
    ({"plaintext": True, "authorities": "x"}, "ca_certificates"), ({"authorities": "x"}, "ca_certificates"),
    (BY_TOKEN, ""), ({**BY_TOKEN, "scope": "kafka"}, ""), ({**BY_TOKEN, "token_url": ""}, "sasl_token_url"),
    ({**BY_TOKEN, "password": ""}, "sasl_password"), ({**BY_TOKEN, "username": ""}, "sasl_username"),
    ({**NAME, "token_url": ISSUER}, "sasl_token_url"), ({**NAME, "scope": "kafka"}, "sasl_scope"),
    ({"token_url": ISSUER}, "sasl_token_url"),
    ({"plaintext": True, "certificate": ClientCertificate("x", "y")}, "client_certificates"),
    ({"certificate": ClientCertificate("x", "y")}, "client_certificates"),
])  # fmt: skip
def test_what_makes_no_sense_together_is_said_with_its_field(access: dict[str, Any], wrong: str) -> None:
    if not wrong:
        BrokerAccess(**access).check(NOON)
        return
    with pytest.raises(ValueError, match=f"^{wrong}: "):
        BrokerAccess(**access).check(NOON)


def test_a_password_is_never_printed_and_tls_verifies_names() -> None:
    assert "hidden" not in repr(read_destination("kafka://b:1/t", BrokerAccess(**{**NAME, "password": "hidden"})))
    context = PLAIN.tls()
    assert context is not None and context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED
    assert BrokerAccess(plaintext=True).tls() is None


def test_the_modes_carry_the_same() -> None:
    body = b'{"id":"1","type":"t","datacontenttype":"application/json","feedposition":"7","test":true,"data":{"a":1}}'
    value, headers = structured_value(body)
    assert (value, headers[1:]) == (body, [("feedposition", b"7")])
    value, headers = binary_value(body)
    assert (value, dict(headers)) == (b'{"a":1}', {
        "content-type": b"application/json", "ce_id": b"1", "ce_type": b"t", "ce_feedposition": b"7",
        "ce_test": b"true", "feedposition": b"7",
    })  # fmt: skip


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Any, ...]]]:
    """Where loops connect to: nowhere really."""
    found: list[tuple[Any, ...]] = []

    async def connect(self: object, factory: object, host: str, port: int, **more: Any) -> tuple[str, str]:
        found.append((host, port, more["server_hostname"]))
        if host == "198.51.100.1":
            raise OSError("nobody there")
        return "transport", "protocol"

    monkeypatch.setattr(asyncio.SelectorEventLoop, "create_connection", connect)
    yield found


def connect(loop: GuardedLoop, host: str, *, tls: bool = True) -> list[str]:
    """Connects; what was noted of refusals."""
    refusals = Refusals()
    told = refusals.told

    async def work() -> None:
        REFUSALS.set(refusals)
        await loop.create_connection(lambda: None, host, 9092, ssl=PLAIN.tls() if tls else None)

    try:
        loop.run_until_complete(work())
    except BrokerRefused as refused:
        assert told == [str(refused)] and refusals.come.is_set()
    finally:
        loop.close()
    return told


@pytest.mark.parametrize(("found", "loopback", "tls", "reached"), [
    ([PUBLIC], False, True, [PUBLIC]), ([PUBLIC], True, True, [PUBLIC]), ([OURS], True, True, [OURS]),
    ([OURS], True, False, [OURS]), (["8.8.8.8", PUBLIC], False, True, ["8.8.8.8"]),
    ([PRIVATE], False, True, []), ([PRIVATE], True, True, []), ([OURS], False, True, []),
    ([PUBLIC, PRIVATE], False, True, []), ([PUBLIC], False, False, []), ([PUBLIC], True, False, []),
    ([OURS], False, False, []), ([OURS, PUBLIC], True, False, []),
    (["::1"], False, True, []), (["::ffff:10.0.0.1"], False, True, []),
])  # fmt: skip
def test_a_loop_connects_to_judged_addresses_alone(
    connected: list[tuple[Any, ...]],
    monkeypatch: pytest.MonkeyPatch,
    found: list[str],
    loopback: bool,
    tls: bool,
    reached: list[str],
) -> None:
    async def resolve(host: str) -> list[Any]:
        assert host == "broker.example"
        return [ip_address(each) for each in found]

    monkeypatch.setattr(guarded_loop, "resolve", resolve)
    told = connect(GuardedLoop(loopback=loopback), "broker.example", tls=tls)
    assert [host for host, *_ in connected] == reached
    assert all(asked == [9092, "broker.example" if tls else None] for _, *asked in connected)
    assert bool(told) is not bool(reached)


@pytest.mark.parametrize("host", [
    PRIVATE, "127.0.0.1", "::1", "2130706433", "0x7f000001", "127.1", "bad host", "", "0177.0.0.1", "127.0.0.1.",
    "broker.example.", "::ffff:10.0.0.1", "::ffff:a00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "fe80::1%eth0",
    "fe80::1%25eth0", "2002:a00:1::", "169.254.169.254", "0.0.0.0", "u@broker.example", "broker.example/x",
    "broker.example?x",
    "broker.example#x", f"{PUBLIC}/x", f"{PUBLIC}?@10.0.0.1", "broker.example:1", "[::1]", "[10.0.0.1]",
    "br\u00f6ker.example",
    "\u2460.0.0.1", "%31.0.0.1", "a" * 64, "a.\x00b", "x\\y", "-a.example",
])  # fmt: skip
def test_no_spelling_of_an_address_gets_by_that_a_broker_names(
    connected: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    async def resolve(host: str) -> list[Any]:
        return [ip_address(PUBLIC)]  # of whoever gets as far as asking

    monkeypatch.setattr(guarded_loop, "resolve", resolve)
    assert connect(GuardedLoop(loopback=False), host)
    assert not connected


@pytest.mark.parametrize("port", [-1, 0, 65536, 2**31 - 1])
def test_a_port_that_is_none_is_refused_also_where_a_broker_names_it(
    connected: list[tuple[Any, ...]], port: int
) -> None:
    loop = GuardedLoop(loopback=False)
    with pytest.raises(BrokerRefused, match="host and port"):
        loop.run_until_complete(loop.create_connection(lambda: None, PUBLIC, port, ssl=PLAIN.tls()))
    loop.close()
    assert not connected


def test_a_name_that_leads_elsewhere_the_next_time_is_judged_anew_and_reached_where_it_was_judged(
    connected: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [[PUBLIC], [PRIVATE], [PUBLIC, "::ffff:127.0.0.1"], [PUBLIC]]

    async def resolve(host: str) -> list[Any]:
        return [ip_address(each) for each in answers.pop(0)]

    monkeypatch.setattr(guarded_loop, "resolve", resolve)
    told = [bool(connect(GuardedLoop(loopback=False), "broker.example")) for _ in range(4)]
    assert told == [False, True, True, False] and not answers  # each connection asks once, and goes to what was told
    assert [host for host, *_ in connected] == [PUBLIC, PUBLIC]


@pytest.mark.parametrize("brokers", [
    "10.0.0.1:9092", f"{PUBLIC}:9092,10.0.0.1:9092", "2130706433:9092", "0x7f000001:9092", "0177.0.0.1:9092",
    "127.1:9092",
    "[::ffff:10.0.0.1]:9092", "[64:ff9b::a00:1]:9092", "[fe80::1%eth0]:9092", "[::1]:9092", "broker.example.:9092",
    f"u:p@{PUBLIC}:9092", f"{PUBLIC}:0", f"{PUBLIC}:65536", f"{PUBLIC}:", PUBLIC, f"{PUBLIC}:9092,",
    f",{PUBLIC}:9092", "",
    f"{PUBLIC}:9092, {PUBLIC}:9093", "br\u00f6ker.example:9092", "br%6fker.example:9092", f"{PUBLIC}:+9092",
    f"{PUBLIC}:9_2",
    f"{PUBLIC}:\u0669\u0660", "[::1:9092", "::1:9092",
])  # fmt: skip
@pytest.mark.parametrize("topic", ["doses"])
async def test_brokers_in_whatever_disguise_are_refused_where_they_are_stated(
    monkeypatch: pytest.MonkeyPatch, brokers: str, topic: str
) -> None:
    async def resolve(host: str) -> list[Any]:
        return [ip_address(PUBLIC)]

    monkeypatch.setattr(public_addresses, "resolve", resolve)
    good = read_destination(f"kafka://{PUBLIC}:9092,xn--brker-jua.example:1/{topic}", PLAIN)
    assert [await public_addresses.why_not(url, loopback=False) for url in good.urls] == ["", ""]
    try:
        stated = read_destination(f"kafka://{brokers}/{topic}", PLAIN)
    except ValueError as wrong:
        assert str(wrong).endswith(".") and len(str(wrong)) < 200
        return
    assert any([await public_addresses.why_not(url, loopback=False) for url in stated.urls])


@pytest.mark.parametrize(
    "topic", ["", ".", "..", "a b", "a/b", "d\u00f6ses", "a" * 250, "a?b", "a#b", "a%20b", "a\x00", "a\n", "a:b"]
)
def test_a_topic_that_brokers_would_not_have_is_refused(topic: str) -> None:
    with pytest.raises(ValueError, match="topic"):
        read_destination(f"kafka://{PUBLIC}:9092/{topic}", PLAIN)


def test_the_next_address_is_tried_and_what_leads_nowhere_is_no_refusal(
    connected: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(host: str) -> list[Any]:
        if host == "nowhere.example":
            raise NameUnknown("It leads nowhere.")
        return [ip_address("198.51.100.1"), ip_address(PUBLIC)]

    monkeypatch.setattr(guarded_loop, "resolve", resolve)
    monkeypatch.setattr(guarded_loop, "judge", lambda *_, **__: None)
    assert connect(GuardedLoop(loopback=False), "broker.example") == []
    assert [host for host, *_ in connected] == ["198.51.100.1", PUBLIC]
    with pytest.raises(NameUnknown):
        connect(GuardedLoop(loopback=False), "nowhere.example")


def test_a_way_to_connect_that_nobody_judged_is_none() -> None:
    loop = GuardedLoop(loopback=True)
    with pytest.raises(NotImplementedError, match="sock"):
        loop.run_until_complete(loop.create_connection(lambda: None, "b", 1, sock=object()))
    loop.close()
