"""A call and a field that will go away, through both doors: every answer to whoever uses one says so, and no other."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.kernel.identity import TokenVerifier
from services.kernel.jwks import StaticJwks
from tests.support.deprecated_call import (
    CALL_HEADERS,
    FIELD_HEADERS,
    PACKAGE,
    SCOPE,
    a_label,
    headers_told,
)
from tests.support.label_doors import Doors, open_doors
from tests.unit.kernel_door.builders import ISSUER, AnIssuer

issuer = AnIssuer()
# Of two things that will go away the earlier days are told.
BOTH_HEADERS = {**CALL_HEADERS, "deprecation": FIELD_HEADERS["deprecation"]}
BROKEN = b"\xff"  # No message: a tag that does not end.


@pytest.fixture(scope="module")
async def doors() -> AsyncIterator[Doors]:
    async with open_doors(TokenVerifier(StaticJwks({"keys": [issuer.jwk]}), ISSUER)) as opened:
        yield opened


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
