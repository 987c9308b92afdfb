"""A call and a field that will go away, through both doors: every answer to whoever uses one says so, and no other."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
import httpx
import pytest
from google.protobuf.message import Message

from services.edge import large
from services.edge.backends import Backends
from services.edge.routes import Door, derived_routes
from services.edge.streams import Streams
from services.kernel import http, rpc, telemetry
from services.kernel.aside import Aside
from services.kernel.identity import TokenVerifier
from services.kernel.jwks import StaticJwks
from services.kernel.shares import Turns
from tests.support.deprecated_call import (
    CALL_HEADERS,
    FIELD_HEADERS,
    PACKAGE,
    SCOPE,
    LabelServicer,
    a_label,
    api,
    described,
    headers_told,
    service_of,
)
from tests.unit.kernel_door.builders import ISSUER, AnIssuer

issuer = AnIssuer()
# Of two things that will go away the earlier days are told.
BOTH_HEADERS = {**CALL_HEADERS, "deprecation": FIELD_HEADERS["deprecation"]}
BROKEN = b"\xff"  # No message: a tag that does not end.


@dataclass
class Doors:
    """One service behind gRPC, and the HTTP door before it."""

    channel: grpc.aio.Channel
    rest: httpx.AsyncClient

    async def over_grpc(self, method: str, request: Message | bytes, token: str) -> tuple[str, dict[str, str]]:
        """The status of a call, and what its trailing metadata says of an end."""
        make = self.channel.unary_stream if method.startswith("Watch") else self.channel.unary_unary
        body = request if isinstance(request, bytes) else request.SerializeToString()
        call: Any = make(f"/{PACKAGE}.LabelService/{method}")(body, metadata=(("authorization", f"Bearer {token}"),))
        with suppress(grpc.aio.AioRpcError):  # Its status is what is looked at; it comes when all else was read.
            _ = [each async for each in call] if method.startswith("Watch") else await call
        code, trailers = await call.code(), await call.trailing_metadata()
        return code.name, headers_told(trailers)

    async def over_rest(self, method: str, path: str, token: str, **asked: Any) -> tuple[int, dict[str, str]]:
        """The status of a request, and what its headers say of an end."""
        answer = await self.rest.request(method, path, headers={"authorization": f"Bearer {token}"}, **asked)
        return answer.status_code, headers_told(answer.headers.multi_items())


@pytest.fixture(scope="module")
async def doors() -> AsyncIterator[Doors]:
    verifier = TokenVerifier(StaticJwks({"keys": [issuer.jwk]}), ISSUER)
    measured = telemetry.setup("deprecation", environ={})
    served = rpc.Server("127.0.0.1:0", verifier, measured)
    served.add(service_of(described()), LabelServicer())
    await served.start()
    target, calls = f"127.0.0.1:{served.port}", api().bindings
    backends = Backends({"*": target}, calls)
    door = Door(verifier, Turns(8, 8, 5.0), Streams(8), Aside(waiting_max=8), backends)
    app = http.app("deprecation", measured)
    app.router.routes[:0] = [derived_routes(calls, door)]
    server = http.HttpServer(app, "127.0.0.1:0")
    await server.start()
    with pytest.MonkeyPatch.context() as patch:
        for each in calls:  # Bodies are read by what the protos describe; while the door is open, that is more calls.
            patch.setitem(large._bindings(), each.key, each)
        async with (
            grpc.aio.insecure_channel(target) as channel,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as rest,
        ):
            yield Doors(channel, rest)
    await server.stop(1)
    door.aside.close()
    await backends.close()
    await served.stop(0)


@pytest.fixture
def token() -> str:
    return issuer.token(scope=SCOPE)


NESTED = {"more": [{"text": "a"}, {"style": {"size": "8pt"}}]}


@pytest.mark.parametrize(
    ("call", "address", "fields", "told"),
    [
        ("PrintLabel", "/v1/labels:print", {"text": "Lu-177"}, CALL_HEADERS),
        ("PrintLabel", "/v1/labels:print", {"text": "Lu-177", "title": "x"}, BOTH_HEADERS),
        ("WriteLabel", "/v1/labels:write", {"text": "Lu-177"}, {}),
        ("WriteLabel", "/v1/labels:write", {"text": "Lu-177", "title": "x"}, FIELD_HEADERS),
        ("WriteLabel", "/v1/labels:write", NESTED, FIELD_HEADERS),
        ("WriteLabel", "/v1/labels:write", {"more": [{"text": "a"}], "style": {"font": "mono"}}, {}),
    ],
)
async def test_whoever_uses_what_will_go_away_is_told_by_both_doors(doors, token, call, address, fields, told):
    assert await doors.over_grpc(call, a_label(**fields), token) == ("OK", told)
    assert await doors.over_rest("POST", address, token, json=fields) == (200, told)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", {}),
        ("text=Lu-177", {}),
        ("title=x", FIELD_HEADERS),
        ("style.size=8pt", FIELD_HEADERS),
        ("style.font=mono", {}),
        ("title=", {}),  # Says no more than leaving it out.
    ],
)
async def test_a_field_in_the_query_is_one_that_is_used(doors, token, query, told):
    assert await doors.over_rest("GET", f"/v1/labels?{query}", token) == (200, told)
    head = await doors.rest.head(f"/v1/labels?{query}", headers={"authorization": f"Bearer {token}"})
    assert (head.status_code, headers_told(head.headers.multi_items())) == (200, told)


async def test_errors_of_a_call_that_will_go_away_say_so_too(doors, token):
    refused, unknown, other = {"text": "away"}, {"colour": "red"}, issuer.token(scope="status.read")
    print_, write = "/v1/labels:print", "/v1/labels:write"
    assert await doors.over_rest("POST", print_, token, json=refused) == (409, CALL_HEADERS)
    assert await doors.over_rest("POST", print_, token, json=unknown) == (400, CALL_HEADERS)
    assert await doors.over_rest("POST", print_, token, content=b"{") == (415, CALL_HEADERS)
    assert await doors.over_rest("POST", print_, other, json={}) == (403, CALL_HEADERS)
    assert await doors.over_rest("POST", print_, "none", json={}) == (401, CALL_HEADERS)
    assert await doors.over_rest("POST", write, token, json={**refused, "title": "x"}) == (409, FIELD_HEADERS)
    assert await doors.over_rest("POST", write, token, json=refused) == (409, {})
    # Of another method at the address nothing is said: that call is not one that will go away.
    assert await doors.over_rest("PUT", print_, token, json={}) == (405, {})

    assert await doors.over_grpc("PrintLabel", a_label(**refused), token) == ("FAILED_PRECONDITION", CALL_HEADERS)
    assert await doors.over_grpc("PrintLabel", BROKEN, token) == ("INVALID_ARGUMENT", CALL_HEADERS)
    assert await doors.over_grpc("PrintLabel", a_label(), other) == ("PERMISSION_DENIED", CALL_HEADERS)
    assert await doors.over_grpc("PrintLabel", a_label(), "none") == ("UNAUTHENTICATED", CALL_HEADERS)
    used = a_label(**refused, title="x")
    assert await doors.over_grpc("WriteLabel", used, token) == ("FAILED_PRECONDITION", FIELD_HEADERS)
    assert await doors.over_grpc("WriteLabel", a_label(**refused), token) == ("FAILED_PRECONDITION", {})


async def test_an_error_still_says_its_reason_and_facts(doors, token):
    answer = await doors.rest.post(
        "/v1/labels:print", json={"text": "away"}, headers={"authorization": f"Bearer {token}"}
    )
    assert answer.json()["reason"] == "PRINTER_AWAY"


async def test_a_stream_is_told_when_it_begins(doors, token):
    authorization = (("authorization", f"Bearer {token}"),)
    call: Any = doors.channel.unary_stream(f"/{PACKAGE}.LabelService/WatchLabels")(
        a_label(title="x").SerializeToString(), metadata=authorization
    )
    assert headers_told(await call.initial_metadata()) == BOTH_HEADERS
    assert len([each async for each in call]) == 1
    assert headers_told(await call.trailing_metadata()) == BOTH_HEADERS
    assert await doors.over_rest("GET", "/v1/labels:watch?text=a", token) == (200, CALL_HEADERS)
    assert await doors.over_rest("GET", "/v1/labels:watch?text=away", token) == (409, CALL_HEADERS)
    assert await doors.over_grpc("WatchLabels", a_label(text="away"), token) == ("FAILED_PRECONDITION", CALL_HEADERS)
