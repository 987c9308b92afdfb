"""What the door serves beside calls: documents, pages, health, metrics, and other parts of the gateway."""

import re

import httpx
import pytest

from services.edge import api
from services.edge.backends import TargetsMissing
from services.edge.main import app
from services.edge.settings import Settings
from services.kernel import telemetry
from tests.integration.edge.conftest import open_door
from tests.support.tokens import Issuer


@pytest.mark.parametrize(("path", "version"), [("/openapi.json", "3.1.0"), ("/openapi-3.0.json", "3.0.3")])
async def test_the_openapi_documents_are_served_in_both_dialects(client, path, version):
    """That they are valid, `tests/unit/edge/test_openapi` says of the same document, once."""
    answer = await client.get(path)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["openapi"] == version
    assert answer.json()["paths"]


async def test_a_part_of_a_document_is_served_by_service(client):
    whole, part = [
        (await client.get(path)).json() for path in ("/openapi-3.0.json", "/openapi-3.0.json?services=clock")
    ]
    assert set(part["paths"]) == {path for path in whole["paths"] if path.startswith("/v1/clock")}
    two = (await client.get("/openapi.json?services=clock,status&services=slotting")).json()
    assert {each["name"] for each in two["tags"]} == {"ClockService", "StatusService", "SlottingService"}
    wrong = await client.get("/openapi-3.0.json?services=clocks")
    assert (wrong.status_code, wrong.json()["facts"]["field"]) == (400, "services")
    assert "slotting" in wrong.json()["detail"]


async def test_the_docs_page_needs_nothing_from_elsewhere(client):
    page = await client.get("/docs/api")
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert linked
    for path in linked:
        answer = await client.get(path)
        assert answer.status_code == 200
        assert answer.content
    assert not re.search(r"https?://", page.text)
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_the_door_says_that_it_runs_and_is_ready(client):
    assert (await client.get("/healthz")).text == "ok\n"
    assert (await client.get("/readyz")).json() == {"ready": True, "checks": {"services": "ok"}}


async def test_a_door_with_nothing_behind_it_is_not_ready():
    settings = Settings(targets={"*": "127.0.0.1:1"}, listen="127.0.0.1:0")
    made = app(settings, telemetry.setup("edge", environ={}), Issuer().verifier())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://door") as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]) == (503, {"services": "ConnectionError"})


async def test_requests_are_counted_by_address_and_status(client):
    await client.get("/v1/slots/1")
    await client.get("/nowhere/at/all")
    text = client.measured.metrics_text().decode()
    assert 'http_route="/v1/{name=slots/*}"' in text
    assert "nowhere" not in text


async def test_metrics_are_not_for_strangers(client):
    assert (await client.get("/metrics")).status_code == 404


async def test_other_parts_are_served_below_their_prefix_with_limits_of_their_own(client):
    answer = await client.post("/push/ups/track?x=1", content=b"x" * (2 << 20))
    assert answer.json() == {"path": "/push/ups/track", "root": "/push", "bytes": 2 << 20}
    assert (await client.get("/push")).json()["root"] == "/push"
    assert (await client.get("/pushes")).status_code == 404


def test_a_door_without_a_target_for_a_package_does_not_open():
    with pytest.raises(TargetsMissing, match=r"doselane\.status\.v1"):
        app(Settings(targets={"doselane.slotting.v1": "h:1"}), telemetry.setup("edge", environ={}), Issuer().verifier())


async def test_each_package_may_have_a_target_of_its_own(services, token):
    async with open_door(services, token) as client:
        assert (await client.get("/v1/slots/1")).status_code == 200
    target = f"127.0.0.1:{services.port}"
    packages = {binding.method.containing_service.file.package for binding in api.load().bindings}
    settings = Settings(targets=dict.fromkeys(packages, target))
    assert app(settings, telemetry.setup("edge", environ={}), Issuer().verifier())


async def test_every_answer_carries_its_trace_and_id(client):
    answer: httpx.Response = await client.get("/healthz")
    assert len(answer.headers["x-trace-id"]) == 32
    assert answer.headers["x-request-id"] == answer.headers["x-trace-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
