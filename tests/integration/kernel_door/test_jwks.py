"""The issuer's keys over HTTP: fetched when needed, kept fresh, and good while the issuer is away."""

import asyncio
import contextlib

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.kernel.http import HttpServer
from services.kernel.identity import TokenVerifier
from services.kernel.jwks import REFRESH_S, UNKNOWN_KEY_REFRESH_S, HttpJwks, IssuerAway
from services.kernel.tokens import TokenSignature
from tests.unit.kernel_door.builders import ISSUER, AnIssuer, Time


class KeyHost:
    """Serves keys, counts who asks, and can be made to fail."""

    def __init__(self, *issuers: AnIssuer) -> None:
        self.issuers, self.asked, self.away = list(issuers), 0, False

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError("It has no start and no end.")
        self.asked += 1
        keys = {"keys": [issuer.jwk for issuer in self.issuers]}
        await (Response("", 503) if self.away else JSONResponse(keys))(scope, receive, send)


@pytest.fixture
def first() -> AnIssuer:
    return AnIssuer(kid="first")


@pytest.fixture
def second() -> AnIssuer:
    return AnIssuer(kid="second")


@pytest.fixture
def host(first) -> KeyHost:
    return KeyHost(first)


@pytest.fixture
def now() -> Time:
    return Time(1000.0)


@pytest.fixture
async def jwks(host, now):
    server = HttpServer(host, "127.0.0.1:0")
    await server.start()
    fetched = HttpJwks(f"http://127.0.0.1:{server.port}/jwks", now=now)
    yield fetched
    await fetched.close()
    await server.stop(1)


@pytest.fixture
def verifier(jwks) -> TokenVerifier:
    return TokenVerifier(jwks, ISSUER)


async def test_keys_are_fetched_when_first_needed_and_then_kept(verifier, host, first):
    assert host.asked == 0
    for number in range(5):
        await verifier.verify(first.token(jti=str(number)))
    assert host.asked == 1


async def test_a_thousand_callers_make_one_request(verifier, host, first):
    await asyncio.gather(*(verifier.verify(first.token(jti=str(number))) for number in range(1000)))
    assert host.asked == 1


async def test_a_new_key_is_found_when_a_token_names_it(verifier, host, first, second, now):
    await verifier.verify(first.token())
    host.issuers.append(second)
    now.seconds += UNKNOWN_KEY_REFRESH_S
    assert await verifier.verify(second.token())
    assert host.asked == 2


async def test_unknown_keys_do_not_make_a_storm(verifier, host, first, second, now):
    await verifier.verify(first.token())
    for number in range(20):
        with pytest.raises(TokenSignature):
            await verifier.verify(second.token(jti=str(number)))
    assert host.asked == 1
    now.seconds += UNKNOWN_KEY_REFRESH_S
    for number in range(20):
        with pytest.raises(TokenSignature):
            await verifier.verify(second.token(jti=str(number)))
    assert host.asked == 2


async def test_keys_stay_good_while_the_issuer_is_away(verifier, host, first, now):
    await verifier.verify(first.token())
    host.away = True
    now.seconds += REFRESH_S
    for number in range(3):
        assert await verifier.verify(first.token(jti=str(number)))


async def test_without_any_key_the_caller_is_told_to_come_again(verifier, host, first):
    host.away = True
    with pytest.raises(IssuerAway) as raised:
        await verifier.verify(first.token())
    assert raised.value.facts["retry_after_ms"] == "5000"


async def test_a_withdrawn_key_is_forgotten_with_all_it_signed(verifier, jwks, host, first, second, now):
    header = f"Bearer {first.token(scope='slotting.read')}"
    await verifier.admit(header, "slotting.read")
    host.issuers = [second]
    now.seconds += REFRESH_S
    verifier.refresh_if_due()
    await jwks._running
    with pytest.raises(TokenSignature):
        await verifier.admit(header, "slotting.read")


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"keys": []}', '{"keys": 5}', '{"keys": [5]}', '{"keys": [{}]}'])
async def test_an_answer_that_is_no_key_set_changes_nothing(verifier, host, first, now, body):
    await verifier.verify(first.token())
    server = HttpServer(Response(body), "127.0.0.1:0")
    await server.start()
    jwks = verifier._jwks
    good, jwks._url = jwks._url, f"http://127.0.0.1:{server.port}/"
    now.seconds += REFRESH_S
    verifier.refresh_if_due()
    with contextlib.suppress(TypeError):
        await jwks._running
    jwks._url = good
    assert await verifier.verify(first.token(jti="again"))
    await server.stop(1)


async def test_an_endless_answer_is_not_read_to_its_end(host, now):
    async def endless(scope, receive, send) -> None:
        request = Request(scope, receive)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not await request.is_disconnected():
            await send({"type": "http.response.body", "body": b" " * 65536, "more_body": True})

    server = HttpServer(endless, "127.0.0.1:0")
    await server.start()
    jwks = HttpJwks(f"http://127.0.0.1:{server.port}/", now=now)
    with pytest.raises(IssuerAway):
        await jwks.key("k", "EdDSA")
    await jwks.close()
    await server.stop(1)
