"""People who sign in with a browser at the development issuer: codes with PKCE, and refresh tokens that rotate."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount

from services.kernel.identity import TokenVerifier
from services.kernel.jwks import StaticJwks
from services.kernel.tokens import TokenAudience
from services.local.authorizations import CODE_LIFETIME_S, REFRESH_LIFETIME_S, PublicClient, challenge_of
from services.local.issuer import METADATA_PATH, Issuer
from services.local.persons import Person
from tests.unit.kernel_door.builders import Time

DOOR, BACK = "https://door", "https://door/signed-in"
CLIENTS = {
    "console": PublicClient(frozenset({BACK}), ("tower.read", "operator")),
    "other": PublicClient(frozenset(), ()),
}
WHO = "night@cdmo"
PEOPLE = {WHO: Person(SecretStr("s3cret"), "partners/cdmo", "Night Shift", ("tower.read", "quality.sign"))}
VERIFIER = "v" * 43
ASKED = {
    "response_type": "code",
    "client_id": "console",
    "redirect_uri": BACK,
    "scope": "openid tower.read operator quality.sign",
    "state": "s-1",
    "nonce": "n-1",
    "code_challenge": challenge_of(VERIFIER),
    "code_challenge_method": "S256",
}
FORM = {"username": WHO, "password": "s3cret"}


class Desk:
    """An issuer, a browser that follows no redirection, and a clock that is moved by hand."""

    def __init__(self, folder: Any) -> None:
        self.time = Time(1_800_000_000.0)
        self.issuer = Issuer.open(folder, f"{DOOR}/oauth", {}, self.time, persons=PEOPLE, browsers=CLIENTS)
        app = Starlette(routes=[Mount(path, each) for path, each in self.issuer.mounts().items()])
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=DOOR)

    async def open(self, **changed: str) -> httpx.Response:
        """What a browser sees that was sent here."""
        return await self.client.get("/oauth/authorize", params={**ASKED, **changed})

    async def sign_in(self, **changed: str) -> dict[str, str]:
        """What comes back in the address after the form."""
        answer = await self.client.post("/oauth/authorize", params={**ASKED, **changed}, data=FORM)
        return came_back(answer)

    async def ask(self, **fields: str) -> httpx.Response:
        return await self.client.post("/oauth/token", data={"client_id": "console", **fields})

    async def redeem(self, code: str, **changed: str) -> httpx.Response:
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        return await self.ask(**{**given, **changed})

    async def renew(self, told: Mapping[str, str], **changed: str) -> httpx.Response:
        return await self.ask(**{"grant_type": "refresh_token", "refresh_token": told["refresh_token"], **changed})


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def came_back(answer: httpx.Response) -> dict[str, str]:
    """What the program is told in its address; the password does not go on, and nothing is kept."""
    assert answer.status_code == 303 and answer.headers["cache-control"] == "no-store"
    to = urlsplit(answer.headers["location"])
    assert f"{to.scheme}://{to.netloc}{to.path}" == BACK
    return {name: value for name, [value] in parse_qs(to.query).items()}


async def test_a_person_signs_in_and_has_of_what_was_asked_what_is_theirs(desk):
    page = await desk.open()
    assert page.status_code == 200 and 'name="password"' in page.text and "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    back = await desk.sign_in()
    assert (back["state"], back["iss"]) == ("s-1", f"{DOOR}/oauth") and set(back) == {"state", "iss", "code"}
    answer = await desk.redeem(back["code"])
    told = answer.json()
    assert (told["scope"], told["token_type"], answer.headers["cache-control"]) == ("tower.read", "Bearer", "no-store")
    verifier = TokenVerifier(StaticJwks(desk.issuer.jwks()), desk.issuer.url, now=desk.time)
    caller = await verifier.verify(told["access_token"])
    assert (caller.partner, caller.actor, caller.scopes) == ("partners/cdmo", WHO, {"tower.read"})
    about = jwt.decode(told["id_token"], options={"verify_signature": False})
    assert {name: about[name] for name in ("iss", "aud", "sub", "nonce", "name")} == {
        "iss": f"{DOOR}/oauth",
        "aud": "console",
        "sub": WHO,
        "nonce": "n-1",
        "name": "Night Shift",
    }
    with pytest.raises(TokenAudience):  # It says who somebody is, and opens no door.
        await verifier.verify(told["id_token"])


async def test_a_code_is_good_once_and_what_came_of_it_ends_if_it_comes_twice(desk):
    code = (await desk.sign_in())["code"]
    told = (await desk.redeem(code)).json()
    assert (await desk.redeem(code)).json()["error"] == "invalid_grant"
    assert (await desk.renew(told)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": "short"},
        {"code_verifier": challenge_of(VERIFIER)},
        {"redirect_uri": f"{BACK}/"},
        {"client_id": "other"},
        {"code": "made-up"},
    ],
    ids=str,
)
async def test_a_code_in_other_hands_is_no_good_and_spent(desk, changed):
    code = (await desk.sign_in())["code"]
    wrong = await desk.redeem(**{"code": code, **changed})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    assert ((await desk.redeem(code)).status_code == 200) is ("code" in changed)


async def test_a_code_lasts_a_minute(desk):
    codes = [(await desk.sign_in())["code"] for _ in range(2)]
    desk.time.seconds += CODE_LIFETIME_S - 0.001
    assert (await desk.redeem(codes[0])).status_code == 200
    desk.time.seconds += 0.001
    assert (await desk.redeem(codes[1])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://elsewhere/signed-in"},
        {"redirect_uri": f"{BACK}/"},
        {"redirect_uri": f"{BACK}?a=b"},
        {"redirect_uri": ""},
        {"client_id": "nobody"},
        {"client_id": "other"},
        {"state": "s" * 3000},
    ],
    ids=lambda each: str(each)[:40],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(desk, changed):
    for answer in (
        await desk.open(**changed),
        await desk.client.post("/oauth/authorize", params={**ASKED, **changed}, data=FORM),
    ):
        assert (answer.status_code, "location" in answer.headers) == (400, False)
        assert "You cannot be signed in" in answer.text
    twice = await desk.client.get(f"/oauth/authorize?client_id=console&redirect_uri={BACK}&redirect_uri={BACK}")
    assert twice.status_code == 400


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "x" * 42}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
    ],
)
async def test_a_program_that_asks_wrongly_is_told_at_its_own_address(desk, changed, error):
    back = came_back(await desk.open(**changed))
    assert (back["error"], back["iss"]) == (error, f"{DOOR}/oauth") and "code" not in back


async def test_a_wrong_password_shows_the_page_again_and_what_was_typed_is_text(desk):
    hostile = '"><script>alert(1)</script>'
    wrong = {"username": hostile, "password": "x"}
    answer = await desk.client.post("/oauth/authorize", params=ASKED, data=wrong)
    assert answer.status_code == 400 and "Nobody has this username and password" in answer.text
    assert "<script" not in answer.text and "&lt;script&gt;" in answer.text


async def test_a_refresh_token_is_good_once_and_a_stolen_one_ends_them_all(desk):
    first = (await desk.redeem((await desk.sign_in())["code"])).json()
    other = (await desk.redeem((await desk.sign_in())["code"])).json()
    assert (await desk.renew(first, client_id="other")).json()["error"] == "invalid_grant"
    first = (await desk.redeem((await desk.sign_in())["code"])).json()
    second = (await desk.renew(first)).json()
    assert second["scope"] == "tower.read" and second["access_token"] != first["access_token"]
    assert (await desk.renew(first)).json()["error"] == "invalid_grant"
    assert (await desk.renew(second)).json()["error"] == "invalid_grant"
    assert (await desk.renew(other)).status_code == 200


async def test_renewing_does_not_make_the_day_longer(desk):
    told = (await desk.redeem((await desk.sign_in())["code"])).json()
    desk.time.seconds += REFRESH_LIFETIME_S - 1
    told = (await desk.renew(told)).json()
    desk.time.seconds += 1
    assert (await desk.renew(told)).json()["error"] == "invalid_grant"


async def test_the_metadata_tells_where_people_sign_in(desk):
    told = (await desk.client.get(f"/oauth{METADATA_PATH}")).json()
    assert told["authorization_endpoint"] == f"{DOOR}/oauth/authorize"
    assert told["code_challenge_methods_supported"] == ["S256"] and told["response_types_supported"] == ["code"]
    assert told["grant_types_supported"][2:] == ["authorization_code", "refresh_token"]
