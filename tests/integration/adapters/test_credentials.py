"""How the host proves who it is, against other sides that take nothing else, each on a socket of its own."""

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from adapters.grants import grant
from adapters.host.client import client
from adapters.host.client.bounded import AnswerRefused
from adapters.outbound import Away, Declined
from services.kernel.clock import VirtualClock
from tests.support.certificates import Authority, a_key, pem
from tests.support.other_side import other_side

SECRET = "a-secret-of-the-account-0001"
CLOCK = VirtualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


KEY = a_key()


def echo_of(request: Request, *names: str) -> Response:
    return JSONResponse({name: request.headers.get(name) for name in names} | {"query": str(request.url.query)})


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        ({"type": "basic", "user": "ü", "password": "p:w"}, {"authorization": "Basic w7w6cDp3", "query": "a=1"}),
        ({"type": "header_key", "header": "X-Api-Key", "key": SECRET}, {"x-api-key": SECRET, "query": "a=1"}),
        ({"type": "query_key", "parameter": "key", "key": "a b&c"}, {"query": "a=1&key=a+b%26c"}),
    ],
)
async def test_a_password_or_a_key_goes_where_the_other_side_wants_it(
    credentials: dict[str, str], expected: dict[str, str]
) -> None:
    async def answer(request: Request) -> Response:
        return echo_of(request, "authorization", "x-api-key")

    nothing = {"authorization": None, "x-api-key": None}
    async with other_side(answer) as url, client({"url": url, "credentials": credentials}, CLOCK) as http:
        assert (await http.get("/things", params={"a": "1"})).json() == nothing | expected


class Issuer:
    """Issues tokens for assertions, and is strict about them."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key.public_key()
        self.assertions: list[dict[str, Any]] = []
        self.good = ""

    async def answer(self, request: Request) -> Response:
        if request.url.path != "/token":
            fits = request.headers.get("authorization") == f"Bearer {self.good}"
            return Response("done", 200) if fits else Response("", 401)
        form = parse_qs((await request.body()).decode())
        try:
            assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
            # Its times are those of the gateway's clock.
            options: Any = {"verify_exp": False, "verify_iat": False, "require": ["exp", "iss", "sub", "aud"]}
            audience = "https://issuer.example"
            claims = jwt.decode(form["assertion"][0], self._key, ["RS256"], audience=audience, options=options)
            lives = claims["exp"] - CLOCK.now().timestamp()
            assert 0 < lives <= 180, "An assertion must end within three minutes."
        except (AssertionError, jwt.PyJWTError) as wrong:
            said = {"error": "invalid_grant", "error_description": f"{wrong} {form['assertion'][0]}"}
            return JSONResponse(said, 400)
        self.assertions.append(claims)
        self.good = f"token-{len(self.assertions)}"
        return JSONResponse(
            {"access_token": self.good, "token_type": "Bearer", "instance_url": "https://plant.example"}
        )


def bearer(url: str, **changes: str) -> dict[str, Any]:
    fields = {"type": "jwt_bearer", "token_url": f"{url}/token", "issuer": "our-app", "subject": "svc@plant.example",
              "audience": "https://issuer.example", "private_key": pem(KEY)}  # fmt: skip
    return {"url": url, "credentials": fields | changes}


async def test_an_assertion_buys_a_token_that_is_shared_and_bought_again_when_it_is_refused() -> None:
    issuer = Issuer(KEY)
    async with other_side(issuer.answer) as url, client(bearer(url), CLOCK) as http:
        answers = await asyncio.gather(*(http.get("/things") for _ in range(5)))
        assert [each.text for each in answers] == ["done"] * 5
        assert len(issuer.assertions) == 1
        issuer.good = "another"
        assert (await http.get("/things")).text == "done"
    first, second = issuer.assertions
    assert (first["iss"], first["sub"]) == ("our-app", "svc@plant.example")
    assert first["jti"] != second["jti"]


async def test_a_token_for_what_is_no_http_is_the_one_that_http_uses_and_is_bought_anew_once_when_it_is_refused() -> (
    None
):
    issuer = Issuer(KEY)
    async with other_side(issuer.answer) as url, client(bearer(url), CLOCK) as http:
        await http.get("/things")
        given = await grant(http)
        assert (given.token, given.said["instance_url"], len(issuer.assertions)) == (
            "token-1",
            "https://plant.example",
            1,
        )
        assert "token-1" not in repr(given)
        assert "access_token" not in given.said
        anew = await asyncio.gather(*(grant(http, refused="token-1") for _ in range(5)))
        assert {each.token for each in anew} == {"token-2"}
        assert (await http.get("/things")).text == "done"
        assert len(issuer.assertions) == 2


async def test_without_an_issuer_there_is_no_token() -> None:
    async with client({"url": "http://127.0.0.1:9"}, CLOCK) as http:
        with pytest.raises(Declined, match="of a kind that fetches access tokens"):
            await grant(http)
    async with client(bearer("http://127.0.0.1:9"), CLOCK) as http:
        with pytest.raises(Away, match="no token for now"):
            await grant(http)


@pytest.mark.parametrize("changes", [{"audience": "https://other.example"}, {"private_key": pem(a_key())}])
async def test_an_assertion_that_is_declined_says_why_and_does_not_show_itself(changes: dict[str, str]) -> None:
    issuer = Issuer(KEY)
    async with other_side(issuer.answer) as url, client(bearer(url, **changes), CLOCK) as http:
        with pytest.raises(Declined, match=r"no token: 400 invalid_grant .*\*\*\*") as declined:
            await http.get("/things")
    assert "eyJ" not in str(declined.value)


@pytest.mark.parametrize(("status", "raised"), [(429, Away), (503, Away), (400, Declined), (302, Declined)])
async def test_an_issuer_that_is_down_is_away_and_one_that_says_no_declines(
    status: int, raised: type[Exception]
) -> None:
    async def answer(request: Request) -> Response:
        return Response("no", status)

    async with other_side(answer) as url, client(bearer(url), CLOCK) as http:
        with pytest.raises(raised):
            await http.get("/things")


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"token": 1}', b'{"access_token": "a\\nb"}', b'{"access_token": 7}']
)
async def test_an_answer_without_a_token_is_no_token(body: bytes) -> None:
    async def answer(request: Request) -> Response:
        return Response(body)

    async with other_side(answer) as url, client(bearer(url), CLOCK) as http:
        with pytest.raises(Away):
            await http.get("/things")


class SapGateway:
    """A gateway in SAP's manner: who changes something needs a session's cookie and this session's token."""

    def __init__(self) -> None:
        self.fetched: list[Request] = []
        self.done: list[bytes] = []
        self.session = 0
        self.gives, self.status = True, 200

    async def answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Basic dXNlcjpwYXNz":
            return Response("", 401)
        if request.headers.get("x-csrf-token", "").lower() == "fetch":
            self.fetched.append(request)
            if not self.gives:
                return Response("", self.status)
            self.session += 1
            answer = JSONResponse({}, headers={"x-csrf-token": f"token-{self.session}=="})
            answer.set_cookie("SAP_SESSIONID_X01", f"session-{self.session}", path="/sap")
            answer.set_cookie("sap-usercontext", "client=100")
            return answer
        if request.method == "GET":
            return Response("read")
        fits = (request.headers.get("x-csrf-token"), request.cookies.get("SAP_SESSIONID_X01"))
        if fits != (f"token-{self.session}==", f"session-{self.session}"):
            return Response("CSRF token validation failed", 403, {"x-csrf-token": "Required"})
        self.done.append(await request.body())
        return Response("", 201)


def sap(url: str) -> dict[str, Any]:
    credentials = {"type": "basic", "user": "user", "password": "pass"}
    return {"url": f"{url}/sap/opu", "credentials": credentials, "csrf": {"token_url": f"{url}/sap/opu/ping"}}


async def test_a_change_is_sent_with_a_session_that_is_fetched_once_and_again_when_it_is_over() -> None:
    gateway = SapGateway()
    async with other_side(gateway.answer) as url, client(sap(url), CLOCK) as http:
        assert (await http.get("/orders?$top=1")).text == "read"
        assert not gateway.fetched
        many = await asyncio.gather(*(http.post("/orders?a=1", json={"n": n}) for n in range(5)))
        assert [each.status_code for each in many] == [201] * 5
        assert len(gateway.fetched) == 1
        assert (gateway.fetched[0].url.path, gateway.fetched[0].url.query) == ("/sap/opu/ping", "")
        gateway.session = 7  # the session is over
        assert (await http.put("/orders", content=b"last")).status_code == 201
        assert len(gateway.fetched) == 2
    assert gateway.done[-1] == b"last"
    assert sorted(json.loads(each)["n"] for each in gateway.done[:-1]) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("word", ["Required", "required", "REQUIRED"])
async def test_what_stays_forbidden_is_sent_twice_and_no_more(word: str) -> None:
    tries: list[str] = []

    async def answer(request: Request) -> Response:
        tries.append(request.method)
        return Response("", 403, {"x-csrf-token": "a" if request.method == "GET" else word})

    async with other_side(answer) as url, client(sap(url), CLOCK) as http:
        assert (await http.post("/orders")).status_code == 403
    assert tries == ["GET", "POST", "GET", "POST"]


async def test_what_is_forbidden_for_another_reason_than_its_token_is_sent_once() -> None:
    tries: list[str] = []

    async def answer(request: Request) -> Response:
        tries.append(request.method)
        return Response("", 403 if request.method == "POST" else 200, {"x-csrf-token": "a"})

    async with other_side(answer) as url, client(sap(url), CLOCK) as http:
        assert (await http.post("/orders")).status_code == 403
    assert tries == ["GET", "POST"]


async def test_a_token_is_fetched_for_the_client_of_the_system_that_the_change_is_for() -> None:
    gateway = SapGateway()
    async with other_side(gateway.answer) as url, client(sap(url), CLOCK) as http:
        assert (await http.post("/orders", headers={"sap-client": "200"})).status_code == 201
    assert gateway.fetched[0].headers["sap-client"] == "200"


async def test_without_a_token_nothing_is_changed() -> None:
    gateway = SapGateway()
    gateway.gives = False
    async with other_side(gateway.answer) as url, client(sap(url), CLOCK) as http:
        with pytest.raises(Declined, match="no CSRF token"):
            await http.post("/orders")
        for gateway.status in (429, 500, 503):
            with pytest.raises(Away, match=f"no CSRF token for now: {gateway.status}"):
                await http.post("/orders")
        gateway.status = 401
        assert (await http.post("/orders")).status_code == 401
    async with client(sap(url), CLOCK) as http:
        with pytest.raises(Away, match="no CSRF token for now"):
            await http.post("/orders")
    assert not gateway.done


async def test_a_certificate_of_ours_opens_a_side_that_asks_for_one(tmp_path: Path) -> None:
    async def answer(request: Request) -> Response:
        return Response("in")

    authority = Authority(tmp_path)
    (theirs, their_key), (ours, our_key) = authority.issue("theirs"), authority.issue("ours")
    strict = {"ssl_certfile": theirs, "ssl_keyfile": their_key, "ssl_ca_certs": str(authority.file),
              "ssl_cert_reqs": ssl.CERT_REQUIRED}  # fmt: skip
    known, proof = {"authorities_file": str(authority.file)}, {"certificate_file": ours, "key_file": our_key}
    async with other_side(answer, **strict) as url:
        async with client({"url": url, "tls": known | proof}, CLOCK) as http:
            assert (await http.get("/")).text == "in"
        for tls in (known, proof):  # no proof; or an authority that we do not know
            async with client({"url": url, "tls": tls}, CLOCK) as http:
                with pytest.raises(httpx.TransportError):
                    await http.get("/")


@pytest.mark.parametrize(("headers", "more"), [
    ({}, True), ({"content-length": str(17 << 20)}, True), ({"content-encoding": "gzip"}, False),
])  # fmt: skip
async def test_an_answer_is_read_up_to_a_bound_and_never_unpacked(headers: dict[str, str], more: bool) -> None:
    async def answer(request: Request) -> Response:
        async def long() -> AsyncIterator[bytes]:
            for _ in range(100 if more else 1):
                yield b"x" * (1 << 20)

        assert request.headers["accept-encoding"] == "identity"
        return StreamingResponse(long(), headers=headers)

    async with other_side(answer) as url, client({"url": url}, CLOCK) as http:
        with pytest.raises(AnswerRefused):
            await http.get("/")


async def test_an_answer_of_the_greatest_size_is_read() -> None:
    async def answer(request: Request) -> Response:
        return Response(b"x" * (16 << 20))

    async with other_side(answer) as url, client({"url": url}, CLOCK) as http:
        assert len((await http.get("/")).content) == 16 << 20


TOKEN_URL = "https://issuer.example/token"
WRONG = [
    ("connection must be an object", 1),
    ("https address", {"url": "http://far.example"}),
    ("https address", {"url": "https://"}),
    ("there is no connection.prxy", {"prxy": 1}),
    ("connection.every", {"every": {"a": 0}}),
    ("connection.every", {"every": {"a": 86_401}}),
    ("connection.every", {"every": {"a": True}}),
    ("connection.proxy", {"proxy": "ftp://x"}),
    ("without a query", {"csrf": {"token_url": "https://a.example/?x=1"}}),
    ("without a query", {"csrf": {"token_url": "https://a.example/", "more": 1}}),
    ("belong together", {"tls": {"key_file": "k"}}),
    ("cannot be read", {"tls": {"key_file": "/nowhere", "certificate_file": "/nowhere"}}),
    ("there is no connection.tls.keys", {"tls": {"keys": "k"}}),
    ("an object of files", {"tls": {"key_file": 1}}),
    ("type is one of", {"credentials": {"type": "trust-me"}}),
    ("type is one of", {"credentials": SECRET}),
    ("password is missing", {"credentials": {"type": "basic", "user": "u"}}),
    ("key must be a text", {"credentials": {"type": "header_key", "header": "x", "key": ""}}),
    ("printable ASCII", {"credentials": {"type": "header_key", "header": "x", "key": f"{SECRET}\n"}}),
    ("name of a header", {"credentials": {"type": "header_key", "header": "x y", "key": SECRET}}),
    ("there is no connection.credentials.more",
     {"credentials": {"type": "basic", "user": "u", "password": "p", "more": SECRET}}),
    ("token_url must be an https", {"credentials": {
        "type": "oauth_client_credentials", "token_url": "http://far.example", "client": "c", "secret": SECRET}}),
    ("must be an RSA key", bearer("https://a.example", private_key=f"-----BEGIN {SECRET}")),
    ("must be an RSA key", bearer("https://a.example", private_key=pem(rsa.generate_private_key(65537, 1024)))),
]  # fmt: skip


@pytest.mark.parametrize(("words", "options"), WRONG, ids=range(len(WRONG)))
def test_a_connection_that_cannot_be_is_refused_without_showing_what_is_secret(words: str, options: Any) -> None:
    whole = {"url": "https://a.example", **options} if isinstance(options, dict) else options
    with pytest.raises(ValueError, match=words) as refused:
        client(whole, CLOCK)
    assert SECRET not in str(refused.value)


async def test_no_secret_comes_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def answer(request: Request) -> Response:
        return Response("", 500)

    caplog.set_level(logging.DEBUG)
    kept = [
        {"type": "query_key", "parameter": "key", "key": SECRET},
        {"type": "header_key", "header": "x-key", "key": SECRET},
    ]
    async with other_side(answer) as url:
        for credentials in kept:
            async with client({"url": url, "credentials": credentials}, CLOCK) as http:
                await http.get("/")
                assert SECRET not in repr(http.auth) + repr(http)
    assert SECRET not in caplog.text
