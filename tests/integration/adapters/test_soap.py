"""SOAP with another side that answers as it likes, on a real socket: what comes is believed only as the WSDL says."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from zeep.exceptions import DTDForbidden, EntitiesForbidden, ExternalReferenceForbidden

from adapters.host.client import client
from adapters.host.client.soap import SoapService, wsdl_of
from adapters.outbound import Away, Declined, Uncertain
from services.kernel.clock import VirtualClock
from services.kernel.http import HttpServer

FILE = Path(__file__).parents[2] / "support" / "laboratory.wsdl"
WSDL = wsdl_of(FILE)
BINDING = "{urn:laboratory}SamplesSoap"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XML = "text/xml; charset=utf-8"


def enveloped(body: str, before: str = "") -> bytes:
    text = f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body>{body}</e:Body></e:Envelope>'
    return f'<?xml version="1.0"?>{before}{text}'.encode()


def fault(code: str) -> bytes:
    return enveloped(f"<e:Fault><faultcode>{code}</faultcode><faultstring>as they word it</faultstring></e:Fault>")


def registered(number: str, before: str = "") -> bytes:
    return enveloped(f'<Registered xmlns="urn:laboratory"><number>{number}</number></Registered>', before)


class Laboratory:
    """Takes registrations, if they are as the WSDL says, and answers what it was told to."""

    def __init__(self) -> None:
        self.answer: Response = Response(registered("7"), media_type=XML)
        self.samples: list[str] = []
        self.visited: list[str] = []

    async def soap(self, request: Request) -> Response:
        assert request.headers["soapaction"].strip('"') == "urn:laboratory:Register"
        assert request.headers["authorization"] == "Basic bGltczpzZWNyZXQ="
        found = etree.fromstring(await request.body()).find(".//{urn:laboratory}sample")
        assert found is not None
        self.samples.append(str(found.text))
        return self.answer

    async def other(self, request: Request) -> Response:
        self.visited.append(request.url.path)
        return Response("secret")


@pytest.fixture
async def laboratory() -> AsyncIterator[tuple[Laboratory, SoapService, str]]:
    made = Laboratory()
    app = Starlette(routes=[Route("/lims/soap", made.soap, methods=["POST"]), Route("/{path:path}", made.other)])
    server = HttpServer(app, "127.0.0.1:0")
    await server.start()
    url = f"http://127.0.0.1:{server.port}"
    options = {"url": f"{url}/lims", "credentials": {"type": "basic", "user": "lims", "password": "secret"}}
    async with client(options, VirtualClock(datetime(2026, 3, 2, tzinfo=UTC))) as http:
        yield made, SoapService(WSDL, http, "/soap", binding=BINDING), url
    await server.stop(0)


IMPORT = '<import namespace="urn:x" location="http://127.0.0.1:9/x.wsdl"/>'
Bench = tuple[Laboratory, SoapService, str]


async def test_a_call_goes_to_the_accounts_address_with_its_credentials(laboratory: Bench) -> None:
    other_side, service, _ = laboratory
    assert await service.change("Register", sample="s<1>", count=2) == 7
    assert await service.read("Register", sample="s2", count=2) == 7
    assert other_side.samples == ["s<1>", "s2"]
    assert b"s&lt;1&gt;" in service.written("Register", sample="s<1>", count=2)


async def test_what_the_wsdl_does_not_allow_is_not_sent(laboratory: Bench) -> None:
    other_side, service, _ = laboratory
    for wrong in ({"sample": "s"}, {"sample": "s", "count": 1, "more": 1}):
        with pytest.raises(Declined, match="cannot be written"):
            await service.change("Register", **wrong)
    with pytest.raises(Declined, match="cannot be written"):
        await service.change("Destroy")
    assert other_side.samples == []


_DOUBLED = zip("abcdefghij", "bcdefghijk", strict=True)
_ENTITIES = "".join(f'<!ENTITY {name} "&{below};&{below};">' for below, name in _DOUBLED)
BOMB = f'<!DOCTYPE x [<!ENTITY a "ha">{_ENTITIES}]>'


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (Response(fault("e:Server"), media_type=XML), Uncertain),  # a fault inside 200
        (Response(fault("e:Client"), media_type=XML), Declined),
        (Response(fault("e:Client.Authentication"), 500, media_type=XML), Declined),
        (Response(fault("e:Server"), 500, media_type=XML), Uncertain),
        (Response("<html>please log in</html>", media_type="text/html"), Uncertain),
        (Response("<html><body>please log in</body></html>", media_type=XML), Uncertain),
        (Response("<html>down", 503, {"retry-after": "7"}), Away),
        (Response("", 429), Away),
        (Response("", 502), Uncertain),
        (Response("", 401), Declined),
        (Response("", 302, {"location": "/elsewhere"}), Uncertain),
        (Response("", 200, media_type=XML), Uncertain),
        (Response(b"\xff\xfe<", media_type=XML), Uncertain),
        (Response(enveloped(""), media_type=XML), Uncertain),
        (Response(registered("&k;", BOMB), media_type=XML), Uncertain),
        (Response(registered("<a>" * 5000 + "</a>" * 5000), media_type=XML), Uncertain),
    ],
    ids=range(16),
)
async def test_each_answer_is_told_apart(laboratory: Bench, answer: Response, raised: type[Exception]) -> None:
    other_side, service, _ = laboratory
    other_side.answer = answer
    with pytest.raises(raised) as met:
        await service.change("Register", sample="s", count=1)
    assert len(other_side.samples) == 1
    with pytest.raises(Away if raised is Uncertain else raised):
        await service.read("Register", sample="s", count=1)
    if answer.status_code == 503:
        assert isinstance(met.value, Away)
        assert met.value.retry_after is not None
        assert met.value.retry_after.total_seconds() == 7


OF_1_2 = "http://www.w3.org/2003/05/soap-envelope"
SENDER = (
    f'<e:Envelope xmlns:e="{OF_1_2}"><e:Body><e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode>'
    "<e:Value>m:NO_ORDER</e:Value></e:Subcode></e:Code><e:Reason><e:Text xml:lang='de'>kein Auftrag</e:Text>"
    "<e:Text xml:lang='en'>no order</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>"
)
ABAP = (
    "<e:Fault><faultcode>e:Server</faultcode><faultstring>failed</faultstring><detail><n:Z.Exception xmlns:n='urn:z'>"
    "<Name>NOT_FOUND</Name><Text>Order 7\n is not there</Text></n:Z.Exception></detail></e:Fault>"
)
UNQUALIFIED = (
    f'<Envelope xmlns="{ENVELOPE}"><Body><Fault><faultcode xmlns="">Client</faultcode>'
    '<faultstring xmlns="">wrong</faultstring></Fault></Body></Envelope>'
)


@pytest.mark.parametrize(
    ("answer", "raised", "words"),
    [
        # SOAP 1.2 (part 2, 7.5.2.2) sends what lies with the sender with 400, and some say it with other statuses.
        (Response(SENDER, 400, media_type="application/soap+xml"), Declined, "e:Sender: m:NO_ORDER no order"),
        (Response(fault("e:Client"), 400, media_type=XML), Declined, "e:Client: as they word it"),
        (Response(fault("w:FailedAuthentication"), 401, media_type=XML), Declined, "FailedAuthentication"),
        (Response(fault("e:Server"), 503, media_type=XML), Away, "503"),
        (Response(enveloped(ABAP), 500, media_type=XML), Uncertain, r"failed \(NOT_FOUND Order 7 is not there\)"),
        (Response(UNQUALIFIED, 500, media_type=XML), Declined, "Client: wrong"),
        (Response(fault("<!-- x --> e:Client "), media_type=XML), Declined, "e:Client"),
    ],
    ids=["1.2", "400", "401", "503", "detail", "default namespace", "comment"],
)
async def test_a_fault_is_read_in_either_version_with_what_it_says(
    laboratory: Bench, answer: Response, raised: type[Exception], words: str
) -> None:
    other_side, service, _ = laboratory
    other_side.answer = answer
    with pytest.raises(raised, match=words):
        await service.change("Register", sample="s", count=1)


async def test_an_entity_from_elsewhere_is_not_fetched(laboratory: Bench, tmp_path: Path) -> None:
    other_side, service, url = laboratory
    (tmp_path / "secret").write_text("7")
    for place in (f"{url}/secret", (tmp_path / "secret").as_uri()):
        for number, document_type in (("&k;", f'<!DOCTYPE x [<!ENTITY k SYSTEM "{place}">]>'),
                                      ("7", f'<!DOCTYPE x SYSTEM "{place}">')):  # fmt: skip
            other_side.answer = Response(registered(number, document_type), media_type=XML)
            with pytest.raises(Uncertain, match=r"cannot be read: \w*Forbidden"):
                await service.change("Register", sample="s", count=1)
    assert other_side.visited == []


async def test_an_endless_answer_is_read_up_to_the_bound(laboratory: Bench) -> None:
    other_side, service, _ = laboratory

    async def long() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * (1 << 20)

    other_side.answer = StreamingResponse(long(), media_type=XML)
    with pytest.raises(Uncertain, match="larger than"):
        await service.change("Register", sample="s", count=1)


async def test_a_value_that_is_not_as_the_wsdl_says_is_unknown(laboratory: Bench) -> None:
    other_side, service, _ = laboratory
    other_side.answer = Response(registered("many"), media_type=XML)
    assert await service.change("Register", sample="s", count=1) is None


async def test_a_side_that_is_not_there_is_away() -> None:
    async with client({"url": "http://127.0.0.1:9"}, VirtualClock(datetime(2026, 3, 2, tzinfo=UTC))) as http:
        with pytest.raises(Away):
            await SoapService(WSDL, http, "/soap", binding=BINDING).change("Register", sample="s", count=1)


@pytest.mark.parametrize(
    ("change", "raised"),
    [
        (("<types>", f"{IMPORT}<types>"), ExternalReferenceForbidden),
        (("<definitions", '<!DOCTYPE x [<!ENTITY a "b">]><definitions'), (DTDForbidden, EntitiesForbidden)),
    ],
    ids=["elsewhere", "entity"],
)  # fmt: skip
def test_a_wsdl_fetches_nothing_and_has_no_entities(
    change: tuple[str, str], raised: type[Exception], tmp_path: Path
) -> None:
    file = tmp_path / "changed.wsdl"
    file.write_text(FILE.read_text().replace(*change, 1))
    with pytest.raises(raised):
        wsdl_of(file)
