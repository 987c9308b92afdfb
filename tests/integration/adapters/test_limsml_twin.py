"""LIMSML's client beside its twin, on a real socket: the rules of both, one by one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from starlette.responses import Response

from adapters.host.client import client
from adapters.lims_limsml.client import LimsmlClient, SessionOver
from adapters.lims_limsml.obscuring import key_of, obscured, padded
from adapters.lims_limsml.request import LimsmlEntity, LimsmlTransaction, request_text
from adapters.lims_limsml.settings import settings
from adapters.outbound import Away, Declined, Uncertain
from adapters.sandbox.limsml import XML, LimsmlTwin
from adapters.sandbox.limsml_wire import ACTION, SERVICE, answer, envelope, error
from services.kernel.clock import VirtualClock
from services.kernel.http import HttpServer
from tests.support.couriers import NOW
from tests.support.limsml import PASSWORD, USER, options

HEADERS = {"content-type": XML, "soapaction": ACTION}
FIND = LimsmlTransaction(LimsmlEntity("SAMPLE", "FIND", {"PAGESIZE": "10"}))
LOG_IN = LimsmlTransaction(
    LimsmlEntity("SAMPLE", "LOGIN_SAMPLE", {"TEMPLATE": "T"}, {"customer_ref": "batches/b/samples/s"}), "system"
)
WRONG = LimsmlTransaction(LimsmlEntity("SAMPLE", "GET_RESULTS", {"SAMPLE_ID": "9"}))


@dataclass
class Wire:
    """The twin, its clock, a client of ours, and a bare one."""

    twin: LimsmlTwin
    clock: VirtualClock
    lims: LimsmlClient
    http: httpx.AsyncClient

    async def post(self, *transactions: LimsmlTransaction, connect: str = "StartSession", **header: str) -> str:
        """What the twin answers to a request that is right to the byte."""
        key = key_of("".join(each.document for each in transactions))
        said = {"USER": USER, **(header or {"PASSWORD": padded(PASSWORD)})}
        hidden = {name: obscured(key, value) for name, value in said.items()}
        text = request_text({**hidden, "CONNECT": connect}, transactions)
        escaped = text.replace("&", "&amp;").replace("<", "&lt;")
        sent = envelope(f'<Process xmlns="{SERVICE}"><request>{escaped}</request></Process>')
        return (await self.http.post("/", content=sent, headers=HEADERS)).text

    async def begun(self) -> str:
        """A session of the twin's."""
        await self.post(FIND)
        return next(iter(self.twin.sessions))


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    clock = VirtualClock(NOW)
    twin = LimsmlTwin(clock, USER, PASSWORD)
    server = HttpServer(twin.app, "127.0.0.1:0")
    await server.start()
    url = f"http://127.0.0.1:{server.port}"
    async with client({"url": url}, clock) as http, httpx.AsyncClient(base_url=url) as bare:
        yield Wire(twin, clock, LimsmlClient(settings(options()), http), bare)
    await server.stop(0)


async def test_an_address_without_tls_is_refused() -> None:
    async with httpx.AsyncClient(base_url="http://lims.example:56104") as http:
        with pytest.raises(ValueError, match="must be an https address"):
            LimsmlClient(settings(options()), http)
    async with httpx.AsyncClient(base_url="https://lims.example:56104") as http:
        LimsmlClient(settings(options()), http)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": XML},
        {"content-type": XML, "soapaction": f'"{ACTION}"'},
        {"content-type": "application/json", "soapaction": ACTION},
        HEADERS,
    ],
)
async def test_the_twin_hears_limsml_alone(wire: Wire, headers: dict[str, str]) -> None:
    sent = envelope(f'<Process xmlns="{SERVICE}"><request>&lt;limsml/></request></Process>')
    heard = await wire.http.post("/", content=sent, headers=headers)
    assert (heard.status_code, b"faultstring" in heard.content) == (500, True)
    assert wire.twin.calls == []


async def test_the_twin_believes_nobody_with_another_password(wire: Wire) -> None:
    assert "LIMS-401" in await wire.post(FIND, PASSWORD="geheim")  # not padded
    assert "LIMS-401" in await wire.post(FIND, USER="nobody", PASSWORD=padded(PASSWORD))
    assert wire.twin.sessions == {}
    assert "SESSION" in await wire.post(FIND)


async def test_the_twin_counts_licences_and_ends_sessions_that_nobody_uses(wire: Wire) -> None:
    session = await wire.begun()
    assert "LIMS-429" in await wire.post(FIND)
    wire.clock.advance_to(NOW + wire.twin.session_life)
    assert "LIMS-440" not in await wire.post(FIND, connect="ContinueSession", SESSION=session)
    wire.clock.advance_to(wire.clock.now() + wire.twin.session_life + timedelta(seconds=1))
    assert "LIMS-440" in await wire.post(FIND, connect="ContinueSession", SESSION=session)
    assert "LIMS-440" in await wire.post(FIND, connect="ContinueSession", SESSION=session.strip())
    assert "LIMS-429" not in await wire.post(FIND)


async def test_of_several_writes_the_twin_does_those_before_a_mistake(wire: Wire) -> None:
    session = await wire.begun()
    assert "LIMS-404" in await wire.post(LOG_IN, WRONG, connect="ContinueSession", SESSION=session)
    assert list(wire.twin.samples) == ["41"]


async def test_an_action_without_its_parameter_or_that_is_not_offered_is_an_error(wire: Wire) -> None:
    session = await wire.begun()
    for entity, words in (
        (LimsmlEntity("SAMPLE", "FIND"), "The parameter PAGESIZE is mandatory"),
        (LimsmlEntity("SAMPLE", "DESTROY"), "There is no action DESTROY for SAMPLE"),
        (LimsmlEntity("VIAL", "FIND", {"PAGESIZE": "1"}), "There is no table VIAL"),
    ):
        assert words in await wire.post(LimsmlTransaction(entity), connect="ContinueSession", SESSION=session)


async def test_a_read_is_repeated_once_in_a_new_session_and_no_more(wire: Wire) -> None:
    async with wire.lims.session() as session:
        wire.twin.expire_sessions()
        assert "sample" in (await session.read(FIND)).tables
        assert [call for call in wire.twin.calls if call == "StartSession"] == ["StartSession"] * 2
        over = Response(answer("", (), [error("The session is over")]), media_type=XML)
        wire.twin.faults.extend([over, over])
        with pytest.raises(Declined, match="the login failed: The session is over"):
            await session.read(FIND)


async def test_a_session_that_is_over_at_once_is_told_as_something_that_passes(wire: Wire) -> None:
    async with wire.lims.session() as session:
        wire.twin.session_life = timedelta(seconds=-1)
        with pytest.raises(SessionOver, match="has expired"):
            await session.read(FIND)
    assert wire.twin.calls.count("StartSession") == 2
    assert issubclass(SessionOver, Away)


async def test_a_write_in_a_session_that_is_over_is_uncertain(wire: Wire) -> None:
    async with wire.lims.session() as session:
        wire.twin.expire_sessions()
        with pytest.raises(Uncertain, match="has expired"):
            await session.change(LOG_IN)
    assert wire.twin.samples == {}


def answered(inner: str) -> bytes:
    """An answer to the one operation there is."""
    return envelope(f'<ProcessResponse xmlns="{SERVICE}">{inner}</ProcessResponse>')


BOMB = '<!DOCTYPE x [<!ENTITY a "ha">]><limsml>&a;</limsml>'.replace("&", "&amp;").replace("<", "&lt;")


@pytest.mark.parametrize(
    ("body", "to_a_write"),
    [
        (answer("", (), [error(below=error(code="E7"))]), Declined),
        (answer("", (), ()), Uncertain),  # no transaction answered
        (answered(""), Uncertain),
        (answered(f"<ProcessResult>{BOMB}</ProcessResult>"), Uncertain),
    ],
    ids=range(4),
)  # fmt: skip
async def test_an_answer_that_says_nothing_leaves_a_write_uncertain(
    wire: Wire, body: bytes, to_a_write: type[Exception]
) -> None:
    async with wire.lims.session() as session:
        wire.twin.faults.append(Response(body, media_type=XML))
        with pytest.raises(to_a_write):
            await session.change(LOG_IN)
        wire.twin.faults.append(Response(body, media_type=XML))
        with pytest.raises(Declined if to_a_write is Declined else Away):
            await session.read(FIND)


async def test_words_that_repeat_what_was_sent_are_cleaned(wire: Wire) -> None:
    async with wire.lims.session() as session:
        (name,) = wire.twin.sessions
        for secret in (name.strip(), PASSWORD, obscured_in(FIND, name)):
            fault = f"<s:Fault><faultcode>s:Client</faultcode><faultstring>{secret} is bad</faultstring></s:Fault>"
            wire.twin.faults.append(Response(envelope(fault), 500, media_type=XML))
            with pytest.raises(Declined, match="… is bad") as told:
                await session.read(FIND)
            assert told.value.__cause__ is None


def obscured_in(transaction: LimsmlTransaction, session: str) -> str:
    """A session as the header of a request has it."""
    return obscured(key_of(transaction.document), session)
