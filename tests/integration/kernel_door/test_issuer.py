"""The development issuer, over HTTP, as a client meets it."""

import base64
import stat

import httpx
import jwt
import pytest
from pydantic import SecretStr

from services.kernel import http, telemetry
from services.kernel.identity import TokenVerifier
from services.kernel.jwks import HttpJwks
from services.local.issuer import KEY_FILE, METADATA_PATH, Issuer, IssuerClient

CLIENTS = {
    "acme-orders": IssuerClient(
        SecretStr("s3cret:with/odd%chars"), "partners/acme", ("slotting.claim", "slotting.read")
    ),
    "planner": IssuerClient(SecretStr("other"), "partners/cdmo", ("operator", "capacity.plan")),
}
SECRET = CLIENTS["acme-orders"].secret.get_secret_value()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("issuer")


@pytest.fixture(scope="module")
async def client(data_dir):
    late: dict = {}

    async def door(scope, receive, send) -> None:
        await late["app"](scope, receive, send)

    server = http.HttpServer(door, "127.0.0.1:0")
    await server.start()
    url = f"http://127.0.0.1:{server.port}"
    issuer = Issuer.open(data_dir, f"{url}/oauth", CLIENTS)
    late["app"] = http.app("issuer", telemetry.setup("issuer", environ={}), mounts=issuer.mounts())
    async with httpx.AsyncClient(base_url=url) as connected:
        yield connected
    await server.stop(1)


def basic(client_id: str, secret: str) -> httpx.BasicAuth:
    return httpx.BasicAuth(client_id, secret)


async def ask(client, data=None, auth=None, **changed):
    form = {"grant_type": "client_credentials", **(data or {}), **changed}
    return await client.post("/oauth/token", data={k: v for k, v in form.items() if v is not None}, auth=auth)


async def test_a_client_finds_its_way_by_the_metadata_and_gets_a_token_that_is_taken(client):
    metadata = (await client.get(f"{METADATA_PATH}/oauth")).json()
    answer = await client.post(
        metadata["token_endpoint"],
        data={"grant_type": "client_credentials"},
        auth=basic("acme-orders", "s3cret%3Awith%2Fodd%25chars"),
    )
    found = answer.json()
    assert (found["token_type"], found["expires_in"], found["scope"]) == (
        "Bearer",
        3600,
        "slotting.claim slotting.read",
    )
    jwks = HttpJwks(metadata["jwks_uri"])
    caller = await TokenVerifier(jwks, metadata["issuer"]).verify(found["access_token"])
    assert (caller.partner, caller.actor) == ("partners/acme", "acme-orders")
    await jwks.close()


async def test_the_metadata_is_also_where_openid_looks_for_it(client):
    usual = (await client.get(f"/oauth{METADATA_PATH}")).json()
    assert usual == (await client.get(f"{METADATA_PATH}/oauth")).json()
    assert usual["issuer"].endswith("/oauth")
    assert usual["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post", "none"]


async def test_a_token_is_never_kept_by_a_cache(client):
    answer = await ask(client, client_id="acme-orders", client_secret=SECRET)
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")


async def test_a_client_may_ask_for_less(client):
    answer = await ask(client, client_id="acme-orders", client_secret=SECRET, scope="slotting.read")
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert claims["scope"] == answer.json()["scope"] == "slotting.read"


@pytest.mark.parametrize(
    ("changed", "auth", "status", "error"),
    [
        ({"scope": "operator"}, None, 400, "invalid_scope"),
        ({"grant_type": "password"}, None, 400, "unsupported_grant_type"),
        ({"grant_type": None}, None, 400, "unsupported_grant_type"),
        ({"client_secret": "wrong"}, None, 401, "invalid_client"),
        ({"client_secret": ""}, None, 401, "invalid_client"),
        ({"client_secret": None, "client_id": None}, None, 401, "invalid_client"),
        ({"client_id": "nobody"}, None, 401, "invalid_client"),
        ({}, basic("acme-orders", SECRET), 400, "invalid_request"),
        ({"client_secret": None}, basic("acme-orders", "wrong"), 401, "invalid_client"),
    ],
)
async def test_a_wrong_request_is_refused_as_the_standard_says(client, changed, auth, status, error):
    answer = await ask(client, {"client_id": "acme-orders", "client_secret": SECRET, **changed}, auth)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]
    assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"grant_type": "client_credentials"}', "application/json"),
        (b"grant_type=client_credentials&grant_type=x", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"grant_type", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(100)), "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_that_is_no_proper_form_is_refused(client, body, kind):
    answer = await client.post("/oauth/token", content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "header", ["Basic !!!", "Basic " + base64.b64encode(b"no-colon").decode(), "Bearer x", "Basic"]
)
async def test_a_header_that_is_no_basic_one_is_refused(client, header):
    data = {"grant_type": "client_credentials"}
    answer = await client.post("/oauth/token", data=data, headers={"authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_key_is_kept_so_that_tokens_outlive_a_restart(data_dir, tmp_path):
    first, again = (Issuer.open(tmp_path, "https://i/oauth", CLIENTS) for _ in range(2))
    assert first.jwks() == again.jwks()
    assert "d" not in first.jwks()["keys"][0]
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
