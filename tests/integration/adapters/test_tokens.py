"""Tokens of an issuer that says where calls go, and of one that says no, on real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.grants import grant
from adapters.host.client import client
from adapters.outbound import Away, Declined
from services.kernel.clock import VirtualClock
from tests.support.certificates import a_key, pem
from tests.support.other_side import other_side

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = a_key()


class Vendor:
    """An issuer, and the instance that it names."""

    def __init__(self) -> None:
        self.issued = 0
        self.good = ""
        self.more: dict[str, Any] = {}
        self.refusal: Response | None = None
        self.seen: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None  # happens while a token is asked for

    async def issuer(self, request: Request) -> Response:
        if request.url.path != "/token":
            self.seen.append(f"issuer {request.headers.get('authorization')}")
            return Response("", 404)
        self.issued += 1
        self.meanwhile()
        if self.refusal is not None:
            return self.refusal
        self.good = f"token-{self.issued}"
        return JSONResponse({"access_token": self.good, "signature": "s", **self.more})

    async def instance(self, request: Request) -> Response:
        self.seen.append(f"{request.method} {request.url.path}?{request.url.query} {request.headers['host']}")
        return Response("done", 200 if request.headers.get("authorization") == f"Bearer {self.good}" else 401)


Bench = tuple[Vendor, str, str]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    vendor = Vendor()
    async with other_side(vendor.issuer) as issuer, other_side(vendor.instance) as instance:
        vendor.more = {"instance_url": instance, "id": f"{issuer}/id/00D000000000001EAA/005000000000001AAA"}
        yield vendor, issuer, instance


def options(issuer: str, *hosts: str, **credentials: str) -> dict[str, Any]:
    fields = {"type": "jwt_bearer", "token_url": f"{issuer}/token", "issuer": "our-app", "subject": "svc@plant.example",
              "audience": "https://issuer.example", "private_key": pem(KEY)}  # fmt: skip
    more = {"instance": {"field": "instance_url", "hosts": list(hosts)}} if hosts else {}
    return {"url": issuer, "credentials": fields | credentials, **more}


async def test_all_calls_go_to_the_instance_that_the_issuer_names(bench: Bench) -> None:
    vendor, issuer, instance = bench
    async with client(options(issuer, "127.0.0.1"), VirtualClock(NOW)) as http:
        answers = await asyncio.gather(*(http.get("/a%2Fb", params={"q": str(n)}) for n in range(5)))
        assert [each.text for each in answers] == ["done"] * 5
        assert (await http.post("https://elsewhere.example/x", json={})).text == "done"  # no token leaves the instance
    assert vendor.issued == 1
    assert sorted(vendor.seen)[0] == f"GET /a/b?q=0 {instance.removeprefix('http://')}"


async def test_no_token_goes_to_an_instance_that_the_account_does_not_allow(bench: Bench) -> None:
    vendor, issuer, _ = bench
    async with client(options(issuer, "*.my.salesforce.com"), VirtualClock(NOW)) as http:
        for _ in range(2):
            with pytest.raises(Declined, match=r"127\.0\.0\.1.*none of connection\.instance\.hosts"):
                await http.get("/x")
    assert (vendor.seen, vendor.issued) == ([], 1)


async def test_who_carries_the_token_himself_shares_it_and_its_words(bench: Bench) -> None:
    vendor, issuer, instance = bench
    async with client(options(issuer, "127.0.0.1"), VirtualClock(NOW)) as http:
        given, *_ = await asyncio.gather(*(grant(http) for _ in range(4)))
        assert vendor.issued == 1
        assert (given.token, given.base) == ("token-1", instance)
        assert given.said["id"].endswith("/id/00D000000000001EAA/005000000000001AAA")
        assert "access_token" not in given.said and "signature" not in given.said
        assert "token-1" not in repr(given)
        assert (await grant(http, refused="another")).token == "token-1"
        assert (await grant(http, refused="token-1")).token == "token-2"
        assert (await http.get("/x")).status_code == 200
    assert vendor.issued == 2


async def test_an_issuer_may_leave_open_how_long_a_token_lives(bench: Bench) -> None:
    vendor, issuer, _ = bench
    vendor.more["expires_in"] = None
    async with client(options(issuer, "127.0.0.1"), VirtualClock(NOW)) as http:
        assert [(await http.get("/x")).status_code for _ in range(2)] == [200, 200]
    assert vendor.issued == 1


async def test_a_no_that_stays_is_not_asked_for_again_at_once(bench: Bench) -> None:
    vendor, issuer, _ = bench
    clock = VirtualClock(NOW)
    said = {"error": "invalid_client", "error_description": "app must be installed into org"}
    vendor.refusal = JSONResponse(said, 400)
    async with client(options(issuer, "127.0.0.1"), clock) as http:
        answers = await asyncio.gather(*(http.get("/x") for _ in range(4)), return_exceptions=True)
        assert all(isinstance(each, Declined) and "install the app" in str(each) for each in answers)
        assert vendor.issued == 1
        vendor.refusal = None
        clock.advance(timedelta(seconds=31))
        assert (await http.get("/x")).text == "done"


async def test_an_assertion_that_ended_on_its_way_is_followed_by_a_new_one(bench: Bench) -> None:
    vendor, issuer, _ = bench
    clock, said = (
        VirtualClock(NOW),
        JSONResponse({"error": "invalid_grant", "error_description": "invalid assertion"}, 400),
    )
    lives = timedelta(minutes=2, seconds=30)
    vendor.refusal, vendor.meanwhile = said, lambda: clock.advance(lives)
    async with client(options(issuer, "127.0.0.1"), clock) as http:
        with pytest.raises(Away, match="asked for too late"):
            await http.get("/x")
        vendor.meanwhile = lambda: clock.advance(lives - timedelta(seconds=1))
        with pytest.raises(Declined, match="set this machine's clock right"):
            await http.get("/x")
    assert vendor.issued == 2


async def test_an_error_that_comes_as_a_success_is_a_no_in_its_words(bench: Bench) -> None:
    vendor, issuer, _ = bench
    vendor.refusal = JSONResponse({"error": "invalid_client", "error_description": "the secret is over"}, 200)
    async with client(options(issuer, "127.0.0.1"), VirtualClock(NOW)) as http:
        with pytest.raises(Declined, match="invalid_client the secret is over; compare the client's id and secret"):
            await http.get("/x")


@pytest.mark.parametrize(
    "refusal",
    [
        Response("<html>Maintenance", 400, media_type="text/html"),
        Response("<html>Maintenance", 200, media_type="text/html"),
        JSONResponse({"error": "server_error"}, 503, {"retry-after": "7"}),
        JSONResponse({"error": "rate_limit_exceeded"}, 400),
    ],
)
async def test_what_passes_is_asked_for_again(bench: Bench, refusal: Response) -> None:
    vendor, issuer, _ = bench
    vendor.refusal = refusal
    async with client(options(issuer, "127.0.0.1"), VirtualClock(NOW)) as http:
        with pytest.raises(Away) as away:
            await http.get("/x")
        assert (away.value.retry_after == timedelta(seconds=7)) == (refusal.status_code == 503)
        vendor.refusal = None
        assert (await http.get("/x")).text == "done"


async def test_an_issuer_that_is_not_there_is_away() -> None:
    async with client(options("http://127.0.0.1:9", "127.0.0.1"), VirtualClock(NOW)) as http:
        with pytest.raises(Away):
            await grant(http)
        with pytest.raises(httpx.TransportError):
            await http.get("/x")


def certificate(key: rsa.RSAPrivateKey, ends: datetime) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "our app")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(NOW - timedelta(days=400)).not_valid_after(ends).sign(key, hashes.SHA256())
    )  # fmt: skip
    return made.public_bytes(Encoding.PEM).decode()


async def test_a_signing_certificate_that_ends_is_named_before_the_issuer_refuses_it(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    vendor, issuer, _ = bench
    clock = VirtualClock(NOW)
    ends = NOW + timedelta(days=20)
    async with client(options(issuer, "127.0.0.1", certificate=certificate(KEY, ends)), clock) as http:
        assert (await http.get("/x")).text == "done"
        assert "the signing certificate of our-app ends at 2026-03-22" in caplog.text
        clock.advance_to(ends)
        vendor.good = "over"
        with pytest.raises(Declined, match="the signing certificate of our-app ended at 2026-03-22"):
            await http.get("/x")
    assert vendor.issued == 1


@pytest.mark.parametrize("pem_text", ["no certificate", certificate(a_key(), NOW + timedelta(days=20))])
def test_a_certificate_of_another_key_is_refused(pem_text: str) -> None:
    with pytest.raises(ValueError, match="must be the certificate of private_key"):
        client(options("https://issuer.example", certificate=pem_text), VirtualClock(NOW))


def test_only_credentials_that_buy_tokens_can_name_an_instance() -> None:
    given = {"url": "https://a.example", "instance": {"field": "instance_url", "hosts": ["a.example"]}}
    with pytest.raises(ValueError, match="credentials that buy tokens"):
        client(given, VirtualClock(NOW))
