"""A call that signs, through both doors: who is let in, and what everybody else is told."""

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from services.edge import large, openapi
from services.edge.backends import Backends
from services.edge.routes import Door, derived_routes
from services.edge.streams import Streams
from services.kernel import http, rpc, telemetry
from services.kernel.aside import Aside
from services.kernel.errors import Denied, GatewayError, Unauthenticated
from services.kernel.identity import TokenVerifier
from services.kernel.jwks import StaticJwks
from services.kernel.shares import Turns
from services.kernel.signer import BOTH_COMPONENTS, ONE_COMPONENT
from tests.support.signing_call import ADDRESS, ROLES, SCOPE, NoteServicer, a_note, api, described, service_of
from tests.unit.kernel_door.builders import ISSUER, AnIssuer

issuer = AnIssuer()
ASKED = f"{BOTH_COMPONENTS} {ONE_COMPONENT}"


@dataclass
class Doors:
    """One service behind gRPC, and the HTTP door before it."""

    grpc: rpc.Client
    rest: httpx.AsyncClient

    async def refusals(self, token: str) -> tuple[GatewayError, httpx.Response]:
        """What a token is told at either door."""
        with pytest.raises(GatewayError) as raised:
            await self.grpc.call("ApproveNote", a_note("fine"), token=token)
        return raised.value, await self.over_rest(token)

    async def over_rest(self, token: str) -> httpx.Response:
        return await self.rest.post(ADDRESS, json={"text": "fine"}, headers={"authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
async def doors() -> AsyncIterator[Doors]:
    verifier = TokenVerifier(StaticJwks({"keys": [issuer.jwk]}), ISSUER)
    measured = telemetry.setup("signing", environ={})
    served = rpc.Server("127.0.0.1:0", verifier, measured)
    served.add(service_of(described()), NoteServicer())
    await served.start()
    target, calls = f"127.0.0.1:{served.port}", api().bindings
    backends = Backends({"*": target}, calls)
    door = Door(verifier, Turns(8, 8, 5.0), Streams(8), Aside(waiting_max=8), backends)
    app = http.app("signing", measured)
    app.router.routes[:0] = [derived_routes(calls, door)]
    server = http.HttpServer(app, "127.0.0.1:0")
    await server.start()
    with pytest.MonkeyPatch.context() as patch:
        # Bodies are read by what the protos describe; for as long as the door is open, that is one call more.
        patch.setitem(large._bindings(), calls[0].key, calls[0])
        async with _clients(target, server.port) as both:
            yield both
    await server.stop(1)
    door.aside.close()
    await backends.close()
    await served.stop(0)


@asynccontextmanager
async def _clients(target: str, http_port: int) -> AsyncIterator[Doors]:
    async with (
        rpc.Client(target, service_of(described())) as grpc,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_port}") as rest,
    ):
        yield Doors(grpc, rest)


def a_token(by: AnIssuer = issuer, **changed: Any) -> str:
    good = {
        "scope": f"{SCOPE} quality.qualified_person",
        "auth_time": time.time(),
        "acr": BOTH_COMPONENTS,
        "name": "Qualified Person",
        "jti": "t-1",
    }
    return by.token(**{**good, **changed})


async def test_a_person_who_has_just_authenticated_signs_through_both_doors(doors):
    over_grpc = await doors.grpc.call("ApproveNote", a_note("fine"), token=a_token())
    assert (over_grpc.text, over_grpc.signed_by, over_grpc.token_id) == ("fine", "Qualified Person", "t-1")
    over_rest = await doors.over_rest(a_token())
    assert over_rest.json() == {"text": "fine", "signedBy": "Qualified Person", "tokenId": "t-1"}


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"auth_time": time.time() - 3600}, "AUTHENTICATION_TOO_OLD"),
        ({"auth_time": None}, "AUTHENTICATION_MISSING"),
        ({"acr": "urn:other"}, "ACR_NOT_ACCEPTED"),
    ],
)
async def test_whoever_must_step_up_is_told_how_by_both_doors(doors, changed, cause):
    refused, answer = await doors.refusals(a_token(**changed))
    assert isinstance(refused, Unauthenticated)
    assert (refused.reason, dict(refused.facts)) == (
        "STEP_UP_REQUIRED",
        {"cause": cause, "acr_values": ASKED, "max_age": "300"},
    )
    assert (answer.status_code, answer.json()["reason"]) == (401, "STEP_UP_REQUIRED")
    assert answer.json()["facts"] == dict(refused.facts)
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith("Bearer ")
    assert dict(re.findall(r'(\w+)="([^"]*)"', challenge)) == {
        "error": "insufficient_user_authentication",
        "error_description": refused.message,
        "acr_values": ASKED,
        "max_age": "300",
    }


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"auth_time": str(int(time.time()))}, "TOKEN_MALFORMED"),
        ({"auth_time": time.time() + 7200}, "TOKEN_EXPIRED"),
        ({"name": None}, "TOKEN_MALFORMED"),
        ({"by": AnIssuer()}, "TOKEN_SIGNATURE"),
    ],
)
async def test_what_no_step_up_mends_is_an_invalid_token(doors, changed, reason):
    refused, answer = await doors.refusals(a_token(**changed))
    assert (refused.reason, answer.status_code, answer.json()["reason"]) == (reason, 401, reason)
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        (f"{SCOPE} operator", "SIGNER_ROLE_MISSING"),
        ("quality.qualified_person", "SCOPE_MISSING"),
        (f"{SCOPE} quality.qualified_person agent", "SIGNER_NOT_A_PERSON"),
    ],
)
async def test_operators_agents_and_roles_without_the_scope_do_not_sign(doors, scope, reason):
    refused, answer = await doors.refusals(a_token(scope=scope))
    assert isinstance(refused, Denied)
    assert (refused.reason, answer.status_code, answer.json()["reason"]) == (reason, 403, reason)


@pytest.mark.parametrize("spoiled", [{"streams": True}, {"roles": ()}])
def test_a_call_that_cannot_sign_is_not_served(spoiled):
    file = described(f"doselane.tests.spoiled_{'_'.join(spoiled)}.v1", **spoiled)
    server = rpc.Server("127.0.0.1:0", TokenVerifier(StaticJwks({"keys": [issuer.jwk]}), ISSUER))
    with pytest.raises(TypeError, match="signs"):
        server.add(service_of(file), NoteServicer())


def test_the_api_documents_say_who_signs_and_how():
    document = openapi.document(api(), "1", "/token", "https://doselane.example")
    operation = document["paths"][ADDRESS]["post"]
    assert operation["security"] == [{"oauth2": [SCOPE, role]} for role in ROLES]
    assert "RFC 9470" in operation["description"]
    assert all(f"`{role}`" in operation["description"] for role in ROLES)
    assert "STEP_UP_REQUIRED" in operation["responses"]["401"]["description"]
    assert "SIGNER_ROLE_MISSING" in operation["responses"]["403"]["description"]
    scopes = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]["scopes"]
    assert {*ROLES, SCOPE} <= set(scopes)
