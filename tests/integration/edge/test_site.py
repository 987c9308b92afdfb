"""The documentation site as it is built and served: all that it links to is there, nothing comes from elsewhere."""

import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urljoin

import httpx
import pytest
from starlette.applications import Starlette

from services.edge.api import load
from services.edge.docs.build import build
from services.edge.site import DocumentSite

DOOR = "http://door"
# What the door serves beside the site.
BESIDE = ("/docs/api", "/openapi", "/fhir/", "/llms")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built once; a link that leads nowhere fails the build."""
    made = tmp_path_factory.mktemp("documentation") / "site"
    build(made)
    return made


def browser(folder: Path) -> httpx.AsyncClient:
    """Asks a door that serves the site, and nothing else."""
    made = Starlette(routes=DocumentSite(folder).routes())
    return httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url=DOOR)


@pytest.fixture(scope="module")
def pages(folder: Path) -> list[str]:
    """The addresses of all pages."""
    found = [path.parent.relative_to(folder).as_posix() for path in folder.rglob("index.html")]
    return [f"{DOOR}/docs/{each}/".replace("/./", "/") for each in found]


@pytest.fixture
async def client(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(folder) as opened:
        yield opened


async def test_every_page_is_served_with_all_that_it_needs_from_this_door_alone(
    client: httpx.AsyncClient, pages: list[str]
):
    assert len(pages) >= 50
    needed = set()
    for address in pages:
        answer = await client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        scripts, policy = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL), _policy(answer)
        for script in scripts:
            assert f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in policy["script-src"], address
        assert "'unsafe-inline'" not in policy["script-src"] and policy["default-src"] == "'none'"
        fetched = re.findall(r'<(?:script|img)[^>]* src="([^"]+)"', answer.text)
        fetched += re.findall(r'<link[^>]* rel="(?:stylesheet|icon)"[^>]* href="([^"]+)"', answer.text)
        fetched += re.findall(r'<a [^>]*href="([^"#]+)', answer.text)
        needed |= {urljoin(address, unquote(each)) for each in fetched}
        assert not re.search(r"\son\w+=\"", answer.text), f"{address} has a script in an attribute"
    elsewhere = {each for each in needed if not each.startswith(f"{DOOR}/")}
    assert elsewhere <= {
        "https://docs.pact.io",
        "https://modelcontextprotocol.io",
        "https://www.standardwebhooks.com",
    }, "only links for people may lead elsewhere"
    assert len(needed) > 60
    for each in needed - elsewhere:
        if not each.removeprefix(DOOR).startswith(BESIDE) and each != f"{DOOR}/":
            assert (await client.get(each)).status_code == 200, each


def test_styles_fetch_nothing_from_elsewhere(folder: Path):
    styles = [path.read_text() for path in folder.rglob("*.css")]
    assert styles
    assert not [each for style in styles for each in re.findall(r"url\((?!['\"]?(?:data:|#))[^)]*\)", style)]


async def test_a_page_is_known_again_and_a_folder_without_its_slash_is_found(client: httpx.AsyncClient):
    first = await client.get("/docs/first-claim/")
    again = await client.get("/docs/first-claim/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    moved = [await client.get(path) for path in ("/docs", "/docs/first-claim")]
    assert [(each.status_code, each.headers["location"]) for each in moved] == [
        (308, "/docs/"),
        (308, "/docs/first-claim/"),
    ]
    missing = await client.get("/docs/nowhere/at/all")
    assert missing.status_code == 404
    for each in set(re.findall(r'(?:src|href)="(/[^"]+)"', missing.text)):
        assert each.startswith("/docs/") and (await client.get(each)).status_code == 200, each
    assert (await client.get("/docs/..%2f..%2fsite.py")).status_code == 404


async def test_programs_find_the_pages_as_text(client: httpx.AsyncClient):
    index = await client.get("/llms.txt")
    assert index.headers["content-type"] == "text/plain; charset=utf-8"
    assert index.text.startswith("# Doselane\n\n> ")
    linked = [each for each in re.findall(r"\]\(([^)]+)\)", index.text) if not each.startswith("/openapi")]
    assert len(linked) > 50
    for each in linked:
        assert (await client.get(each)).status_code == 200, each
    whole = (await client.get("/llms-full.txt")).text
    assert "## A claim" in whole and "RUN_FULL" in whole


async def test_the_collection_has_every_call_with_variables_for_address_and_token(client: httpx.AsyncClient):
    made = json.loads((await client.get("/docs/doselane.postman_collection.json")).text)
    requests = [each["request"] for folder in made["item"][1:] for each in folder["item"]]
    assert len(requests) == len(load().bindings)
    variables = {each["key"] for each in made["variable"]}
    assert {"baseUrl", "token", "clientId", "clientSecret", "slot"} <= variables
    assert made["auth"]["bearer"][0]["value"] == "{{token}}"
    for request in requests:
        assert request["url"]["raw"].startswith("{{baseUrl}}/v1/")
        assert set(re.findall(r"\{\{(\w+)\}\}", request["url"]["raw"])) <= variables, (
            "an address names no other variable"
        )
        if "body" in request:
            assert isinstance(json.loads(request["body"]["raw"]), dict)


async def test_every_call_and_event_has_its_place(client: httpx.AsyncClient):
    index = (await client.get("/llms.txt")).text
    calls = [(await client.get(each)).text for each in re.findall(r"\((/docs/reference/calls/[^)]+)\)", index)]
    assert sum(each.count("\n## ") for each in calls) == len(load().bindings)
    asyncapi = (await client.get("/docs/asyncapi.yaml")).text
    events = "".join(
        [(await client.get(each)).text for each in re.findall(r"\((/docs/reference/events/[^)]+)\)", index)]
    )
    told = set(re.findall(r"^## `(doselane\.[\w.]+)`", events, re.MULTILINE))
    assert told == set(re.findall(r"^    (doselane\.[\w.]+):$", asyncapi, re.MULTILINE))


async def test_a_door_without_a_site_says_how_to_get_it(tmp_path: Path):
    async with browser(tmp_path / "nothing") as client:
        told = await client.get("/docs/")
        assert (told.status_code, "make docs" in told.text) == (200, True)
        assert (await client.get("/docs/first-claim/")).status_code == 404
        assert (await client.get("/llms.txt")).status_code == 404


def _policy(answer: httpx.Response) -> dict[str, str]:
    parts = (each.strip().partition(" ") for each in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}
