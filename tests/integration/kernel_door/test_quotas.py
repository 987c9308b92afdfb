"""A partner's quota through both doors: told with each answer, and a call that is one too many is not begun."""

from collections.abc import AsyncIterator

import grpc.aio
import pytest

from services.kernel.identity import TokenVerifier
from services.kernel.jwks import StaticJwks
from services.kernel.quotas import HEADERS
from services.kernel.rates import Rate
from tests.support.deprecated_call import PACKAGE, SCOPE, a_label
from tests.support.label_doors import Doors, open_doors
from tests.unit.kernel_door.builders import ISSUER, AnIssuer

issuer = AnIssuer()
POLICY = '"calls";q=3;w=3000'
LEFT = [f'"calls";r={left};t={full_in_s}' for left, full_in_s in ((2, 1000), (1, 2000), (0, 3000), (0, 3000))]


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_doors(TokenVerifier(StaticJwks({"keys": [issuer.jwk]}), ISSUER), Rate(0.001, 3)) as opened:
        yield opened


async def over_grpc(doors: Doors, method: str, token: str) -> tuple[str, str, list[str]]:
    """The status of a call, its words, and what its trailing metadata says of the quota."""
    make = doors.channel.unary_stream if method.startswith("Watch") else doors.channel.unary_unary
    call = make(f"/{PACKAGE}.LabelService/{method}")(
        a_label(text="a").SerializeToString(), metadata=(("authorization", f"Bearer {token}"),)
    )
    try:
        _ = [each async for each in call] if method.startswith("Watch") else await call
    except grpc.aio.AioRpcError:
        pass  # its status is what is looked at
    trailers = dict(await call.trailing_metadata())
    return (await call.code()).name, await call.details(), [trailers[name] for name in HEADERS if name in trailers]


async def test_over_grpc_each_end_of_a_call_tells_it(doors: Doors) -> None:
    token = issuer.token(scope=SCOPE)
    methods = ("WriteLabel", "PrintLabel", "WatchLabels", "WriteLabel")
    told = [await over_grpc(doors, method, token) for method in methods]
    assert [quota for _, _, quota in told[:2]] == [[POLICY, left] for left in LEFT[:2]]
    # The beginning of a stream is a call as any other.
    assert told[2][2] == [POLICY, LEFT[2]]
    assert (told[3][0], told[3][2]) == ("RESOURCE_EXHAUSTED", [POLICY, LEFT[3]])
    assert "0.001 calls a second, 3 at once" in told[3][1]
    assert (await over_grpc(doors, "WriteLabel", issuer.token(scope=f"{SCOPE} operator")))[::2] == ("OK", [])


async def test_over_rest_each_answer_tells_it(doors: Doors) -> None:
    headers = {"authorization": f"Bearer {issuer.token(scope=SCOPE)}"}
    asked = [
        ("/v1/labels:write", {"text": "a"}),
        ("/v1/labels:print", {"text": "a", "title": "x"}),
        ("/v1/labels:write", {"colour": "red"}),
        ("/v1/labels:write", {"text": "a"}),
    ]
    told = [await doors.rest.post(path, json=body, headers=headers) for path, body in asked]
    assert [answer.status_code for answer in told] == [200, 200, 400, 429]
    assert [[answer.headers[name] for name in HEADERS] for answer in told] == [[POLICY, left] for left in LEFT]
    assert "deprecation" in told[1].headers
    refusal = told[3].json()
    assert (refusal["reason"], told[3].headers["retry-after"]) == ("QUOTA_EXCEEDED", "1000")
    staff = {"authorization": f"Bearer {issuer.token(scope=f'{SCOPE} operator')}"}
    free = await doors.rest.post("/v1/labels:write", json={"text": "a"}, headers=staff)
    assert free.status_code == 200 and not set(HEADERS) & set(free.headers)
