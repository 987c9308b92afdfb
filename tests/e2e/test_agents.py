"""Agents at their door, by the public client of the Model Context Protocol: they read and ask, and change what a person
consented to."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from typing import Any

import httpx2
import pytest
from doselane.capacity.v1 import capacity_pb2 as capacity
from jsonschema_rs import Draft202012Validator
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from services.edge import api
from services.edge.agents.drafts import DraftTools
from services.edge.agents.tools import tools_of
from services.kernel.ids import uuid7
from services.local.world import HARBOR, NORTHLAKE
from tests.support.calls import SCOPES
from tests.support.gateway import Desk

AN_HOUR = timedelta(hours=1)
ERAS = {"2026-07-28": "auto", "2025": "legacy"}


@pytest.fixture
def desk(shared_desk: Desk) -> Desk:
    """One gateway for all: each test looks at what it made itself."""
    return shared_desk


@asynccontextmanager
async def connected(desk: Desk, token: str, mode: str = "auto") -> AsyncIterator[Client]:
    headers = {"authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(f"{desk.gateway.rest_url}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


async def told(client: Client, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert json.loads(result.content[0].text) == result.structured_content
    assert not result.is_error, result.structured_content
    return result.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return result.structured_content


@pytest.mark.parametrize("mode", ERAS.values(), ids=ERAS)
async def test_an_agent_finds_its_tools_and_what_they_tell(desk: Desk, mode: str) -> None:
    run = await desk.open_run()
    slot = await desk.claim(run, desk.sponsor())
    async with connected(desk, desk.gateway.token(NORTHLAKE, *SCOPES, "agent"), mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert {"whoami", "list_runs", "search_offers", "get_slot", "what_if_submit_forecast"} <= set(tools)
        changing = {name for name, tool in tools.items() if not tool.annotations.read_only_hint}
        assert {"draft_claim_slot", "draft_release_slot", "draft_apply_rescue", "carry_out_draft"} <= changing
        assert all(name.startswith("draft_") for name in changing - {"carry_out_draft"})
        assert not {"claim_slot", "release_slot", "watch_runs", "sign_specification"} & set(tools)
        who = await told(client, "whoami")
        assert (who["partner"], who["agent"], "slotting.claim" in who["scopes"]) == (NORTHLAKE, True, True)
        assert (await told(client, "get_run", name=run))["name"] == run
        slots = await told(client, "list_slots", orderReference=slot.order_reference)
        assert slot.name in [each["name"] for each in slots["slots"]]
        at = slot.administration.time.ToDatetime(UTC)
        soon = {"startTime": (at - AN_HOUR).isoformat(), "endTime": (at + AN_HOUR).isoformat()}
        asked = {"product": "products/lu-ligand", "site": slot.site, "administrationInterval": soon}
        offers = await told(client, "search_offers", **asked)
        assert offers["offers"] or offers["nothingFound"]


async def test_what_is_anothers_is_not_there_and_what_is_wrong_is_named(desk: Desk) -> None:
    slot = await desk.claim(await desk.open_run(), desk.sponsor())
    async with connected(desk, desk.gateway.token(HARBOR, *SCOPES)) as client:
        assert (await refused(client, "get_slot", name=slot.name))["reason"] == "SLOT_UNKNOWN"
        wrong = await refused(client, "list_runs", pagesize=3)
        assert (wrong["reason"], wrong["facts"]["field"]) == ("FIELD_UNKNOWN", "pagesize")
        assert (await refused(client, "whoami", name="x"))["facts"]["field"] == "name"
        own_request_id = await refused(client, "carry_out_draft", name="drafts/1", requestId="1")
        assert own_request_id["facts"]["field"] == "requestId"


@pytest.mark.parametrize("mode", ERAS.values(), ids=ERAS)
async def test_a_tool_or_a_page_that_there_is_not_is_an_error_of_the_protocol(desk: Desk, mode: str) -> None:
    async with connected(desk, desk.gateway.token(HARBOR, *SCOPES), mode) as client:
        for asked, words in (
            (client.call_tool("claim_slot", {}), "no such tool; list the tools"),
            (client.list_tools(cursor="another page"), "without a cursor"),
            (client.list_tools(cursor=""), "without a cursor"),  # an empty text is a cursor too
        ):
            with pytest.raises(MCPError, match=words) as refusal:
                await asked
            assert refusal.value.code == INVALID_PARAMS


async def test_asking_what_a_change_would_do_does_not_do_it(desk: Desk) -> None:
    run = await desk.open_run()
    slots = {(await desk.claim(run, desk.sponsor())).name for _ in range(2)}
    before = await desk.call("CapacityService/GetRun", capacity.GetRunRequest(name=run), desk.staff)
    async with connected(desk, desk.staff) as client:
        pledged = {"referenceActivityKbq": "40000000", "vials": 1}
        cut = await told(client, "what_if_cut_run", name=run, pledged=pledged, acceptConflicts=True)
    assert cut["run"]["name"] == run
    assert len(cut["conflictingSlots"]) == 1 and set(cut["conflictingSlots"]) < slots
    assert await desk.call("CapacityService/GetRun", capacity.GetRunRequest(name=run), desk.staff) == before


async def test_an_agent_drafts_a_person_consents_and_the_agent_carries_it_out_once(desk: Desk) -> None:
    slot = await desk.claim(await desk.open_run(), desk.sponsor())
    issuer, base = desk.gateway.issuer, desk.gateway.rest_url
    token = issuer.token("northlake-agent")
    person = {"authorization": f"Bearer {issuer.token_of_person(issuer.persons.vouch('supply@northlake'))}"}
    async with httpx2.AsyncClient(base_url=base, timeout=60) as http, connected(desk, token) as client:
        release = {"name": slot.name, "reason": "the patient is ill"}
        drafted = await told(client, "draft_release_slot", request=release, reason="The clinic wrote so.")
        assert drafted["state"] == "WAITING" and f"name: {slot.name}" in drafted["explanation"]
        assert json.loads(drafted["requestJson"]).items() > release.items()
        name = drafted["name"]
        assert (await refused(client, "carry_out_draft", name=name))["facts"]["state"] == "WAITING"
        shown = (await http.get("/v1/drafts", params={"states": "WAITING"}, headers=person)).json()["drafts"]
        assert [each["digest"] for each in shown if each["name"] == name] == [drafted["digest"]]
        says = {"answer": "CONSENT", "digest": drafted["digest"], "requestId": str(uuid7())}
        given = await http.post(f"/v1/{name}:answer", json=says, headers=person)
        assert given.json()["consentedBy"] == "supply@northlake"
        released = await told(client, "carry_out_draft", name=name)
        assert released["state"] == "RELEASED" and "supply@northlake" in released["lastChange"]["actor"]
        assert (await refused(client, "carry_out_draft", name=name))["facts"]["state"] == "REDEEMED"
        assert (await told(client, "get_draft", name=name))["state"] == "REDEEMED"


async def test_an_agent_brings_a_consent_over_rest_and_is_refused_without_one(desk: Desk) -> None:
    slot = await desk.claim(await desk.open_run(), desk.sponsor())
    issuer = desk.gateway.issuer
    agent = {"authorization": f"Bearer {issuer.token('northlake-agent')}"}
    person = {"authorization": f"Bearer {issuer.token_of_person(issuer.persons.vouch('supply@northlake'))}"}
    async with httpx2.AsyncClient(base_url=desk.gateway.rest_url, timeout=60) as http:

        async def post(address: str, body: Any, headers: dict[str, str]) -> Any:
            return await http.post(f"/v1/{address}", json=body, headers=headers)

        address, request = f"{slot.name}:release", {"requestId": str(uuid7())}
        without = await post(address, request, agent)
        assert (without.status_code, without.json()["reason"]) == (403, "AGENT_MAY_NOT")
        call = "doselane.slotting.v1.SlottingService.ReleaseSlot"
        text = json.dumps({"name": slot.name, **request})
        drafted = (await post("drafts", {"call": call, "requestJson": text, "requestId": str(uuid7())}, agent)).json()
        says = {"answer": "CONSENT", "digest": drafted["digest"], "requestId": str(uuid7())}
        assert (await post(f"{drafted['name']}:answer", says, person)).is_success
        redeemed = (await post(f"{drafted['name']}:redeem", {"requestId": str(uuid7())}, agent)).json()
        bringing = {**agent, "doselane-consent": redeemed["consent"]}
        another = await post(address, {"requestId": str(uuid7())}, bringing)
        assert another.json()["facts"]["cause"] == "OTHER_REQUEST"
        assert (await post(address, request, bringing)).json()["state"] == "RELEASED"


async def test_a_tool_is_shown_to_whoever_may_call_it(desk: Desk) -> None:
    async with connected(desk, desk.gateway.token(NORTHLAKE, "status.read")) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert "get_dose" in tools and "list_runs" not in tools and "carry_out_draft" not in tools
        assert (await refused(client, "list_runs"))["reason"] == "SCOPE_MISSING"


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer none"}])
async def test_nobody_is_answered_without_a_token(desk: Desk, headers: dict[str, str]) -> None:
    async with httpx2.AsyncClient(base_url=desk.gateway.rest_url, headers=headers) as http:
        answer = await http.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")


async def test_no_page_of_another_site_gets_in(desk: Desk) -> None:
    headers = {"authorization": f"Bearer {desk.sponsor()}", "accept": "application/json, text/event-stream"}
    asked, base = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, desk.gateway.rest_url
    async with httpx2.AsyncClient(base_url=base, headers=headers, timeout=60) as http:
        origins = ("https://elsewhere.example", "null", f"{base}.elsewhere.example", "http://[::1", base)
        answers = [await http.post("/mcp", json=asked, headers={"origin": origin}) for origin in origins]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 200]
    assert answers[0].json()["facts"] == {"origin": "https://elsewhere.example"}


async def test_no_stream_is_held_open_beside_the_requests(desk: Desk) -> None:
    headers = {"authorization": f"Bearer {desk.sponsor()}", "accept": "text/event-stream"}
    async with httpx2.AsyncClient(base_url=desk.gateway.rest_url, headers=headers) as http:
        answers = [await http.request(method, "/mcp") for method in ("GET", "DELETE")]
    assert [(answer.status_code, answer.headers["allow"]) for answer in answers] == [(405, "POST")] * 2


def test_each_tool_changes_nothing_and_says_what_it_takes() -> None:
    tools = tools_of(api.load())
    assert len(tools) > 60
    for name, each in tools.items():
        Draft202012Validator(each.tool.input_schema)
        text = json.dumps(each.tool.input_schema)
        assert "#/components" not in text and '"validateOnly"' not in text, name
        assert each.what_if is name.startswith("what_if_")
        assert each.what_if or each.binding.http_method == "GET" or not each.binding.method.name.startswith("Claim")
    outside = {name for name, each in tools.items() if each.tool.annotations.open_world_hint}
    assert {"list_messages", "list_timeline_entries"} <= outside and "list_runs" not in outside


def test_each_draft_tool_says_what_it_takes_and_changes_nothing_by_itself() -> None:
    tools = DraftTools.of(api.load()).tools
    assert len(tools) > 15 and all(name.startswith("draft_") for name in tools)
    for name, each in tools.items():
        Draft202012Validator(each.tool.input_schema)
        text = json.dumps(each.tool.input_schema)
        assert "#/components" not in text and '"requestId"' not in text, name
        assert not each.tool.annotations.read_only_hint and not each.tool.annotations.destructive_hint
    assert not {"draft_answer_consent", "draft_answer_draft", "draft_cut_run", "draft_certify_batch"} & set(tools)


def test_an_agent_asks_what_would_help_and_carries_nothing_out() -> None:
    names = set(tools_of(api.load()))
    assert {"what_if", "search_moves", "get_consent", "list_consents"} <= names
    decisions = {"apply_rescue", "sign_consent", "ask_consents", "answer_consent", "revoke_consent", "batch_move_slots"}
    assert names.isdisjoint(decisions)
