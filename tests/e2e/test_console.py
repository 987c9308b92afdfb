"""The console in a real browser, beside a whole gateway: signed in, live, for everybody, and deaf to hostile names."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from doselane.slotting.v1.slotting_pb2 import ReleaseSlotRequest
from doselane.tower.v1.draft_pb2 import CreateDraftRequest, RedeemDraftRequest
from google.protobuf.json_format import MessageToJson

from services.kernel.ids import uuid7
from services.local.world import CENTRES
from tests.support.browser import Tab
from tests.support.console import HOSTILE, HOSTILE_WORDS, MESSAGES, Scene, a_scene, password_of
from tests.support.gateway import Desk

OPERATOR, SPONSOR = "control-tower@cdmo", "supply@northlake"


@pytest.fixture(scope="module")
async def scene(chromium: Any, shared_desk: Desk) -> Scene:
    """Made only where there is a browser."""
    return await a_scene(shared_desk)


@pytest.fixture(scope="module")
async def operator(scene: Scene, chromium: Any) -> AsyncIterator[Tab]:
    """A tab of the manufacturer's control tower."""
    tab = await Tab.open(chromium, scene.desk.gateway.rest_url)
    await tab.sign_in(OPERATOR, password_of(OPERATOR))
    yield tab
    await tab.close()


@pytest.fixture
async def stranger(scene: Scene, chromium: Any) -> AsyncIterator[Tab]:
    """A tab in which nobody is signed in."""
    tab = await Tab.open(chromium, scene.desk.gateway.rest_url)
    yield tab
    await tab.close()


async def test_a_person_signs_in_by_the_keyboard_and_no_token_or_code_stays_in_an_address(stranger: Tab):
    page, keys = stranger.page, stranger.page.keyboard
    await page.goto(f"{stranger.url}/#/shipments")
    await page.get_by_role("button", name="Sign in").focus()
    await keys.press("Enter")
    await page.get_by_label("Account").focus()
    await keys.type(SPONSOR)
    await keys.press("Tab")
    await keys.type(password_of(SPONSOR))
    await keys.press("Enter")
    await stranger.says("Northlake Supply (sandbox)")
    assert page.url == f"{stranger.url}/#/shipments"
    session = await stranger.session()
    assert not [each for each in stranger.addresses if session["token"] in each or session["refreshToken"] in each]
    assert "sign" not in session["scope"] and "tower.operate" not in session["scope"]
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    assert not stranger.faults


async def test_a_sign_in_that_nobody_began_here_is_refused(stranger: Tab):
    await stranger.page.goto(f"{stranger.url}/signed-in?code=stolen&state=made-up")
    await stranger.says("This sign-in was not begun in this tab")
    assert stranger.page.url == f"{stranger.url}/"
    assert not [each for each in stranger.addresses if each.endswith("/oauth/token")]


async def test_a_wrong_password_is_told_of_and_signs_nobody_in(stranger: Tab):
    page = stranger.page
    await page.goto(stranger.url)
    assert not await stranger.barriers()
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("Account").fill("nobody@cdmo")
    await page.get_by_label("Password").fill("wrong")
    await page.get_by_role("button", name="Sign in").click()
    await stranger.says("Nobody has this username and password")
    assert not await stranger.barriers()


@pytest.mark.parametrize(
    "view", ["board", "incidents", "runs", "shipments", "batches", "messages", "deliveries", "run", "shipment", "batch"]
)
async def test_axe_finds_nothing_in_the_light_nor_in_the_dark_on_a_phone(operator: Tab, scene: Scene, view: str):
    places = {"run": scene.run, "shipment": scene.shipment, "batch": scene.batch}
    await operator.go(f"#/{places.get(view, view)}")
    assert await operator.barriers() == []
    await operator.page.emulate_media(color_scheme="dark")
    await operator.page.set_viewport_size({"width": 375, "height": 800})
    try:
        assert await operator.barriers() == []
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await operator.page.evaluate(wide) == 0
    finally:
        await operator.page.emulate_media(color_scheme="light")
        await operator.page.set_viewport_size({"width": 1280, "height": 800})
    assert not operator.faults


async def test_hostile_names_are_text(operator: Tab, scene: Scene):
    await operator.go(f"#/{scene.shipment}")
    await operator.says(HOSTILE_WORDS)
    await operator.says("VAN-<b>7</b>")
    await operator.go("#/board")
    await operator.says(HOSTILE)
    await operator.go(f"#/{scene.run}")
    await operator.says(HOSTILE)
    await operator.go("#/messages")
    await operator.page.locator("main td a").first.click()
    await operator.says("window.hurt")
    assert await operator.page.evaluate("window.hurt") is None
    assert await operator.page.locator("main img, main script").count() == 0
    # And should a page ever try, the policy forbids it.
    assert await operator.page.evaluate("() => { try { document.body.innerHTML = '<b>'; return 'taken'; } catch (e) { return e.name; } }") == "TypeError"  # fmt: skip  # noqa: E501
    operator.faults.clear()


async def test_the_views_show_what_is_known_and_say_what_is_not(operator: Tab, scene: Scene):
    await operator.go(f"#/{scene.shipment}")
    shown = await operator.text()
    assert "Lane strip" in shown and "Collected" in shown and "awaited" in shown
    assert (
        await operator.page.locator("svg .expected").count() >= 3 and await operator.page.locator("svg .real").count()
    )
    await operator.go(f"#/{scene.run}")
    await operator.says("What each dose has (MBq)")
    assert await operator.page.locator("svg path.curve").count() == 2
    assert "Produced" in await operator.text()
    await operator.go(f"#/{scene.batch}")
    shown = await operator.text()
    assert "What is missing" in shown and "quality control" in shown
    assert await operator.page.locator("[data-until]").count() >= 2
    assert " left" in shown
    await operator.go("#/board")
    shown = await operator.text()
    assert "none yet" in shown and "Invalid Date" not in shown and "undefined" not in shown and "NaN" not in shown
    assert await operator.page.locator("time").count() > 0
    assert all("GMT-" in each for each in await operator.page.locator("time").all_inner_texts())


async def test_a_list_is_read_page_by_page_and_filtered(operator: Tab):
    await operator.go("#/messages")
    rows, following = operator.page.locator("tbody tr"), operator.page.get_by_role("button", name="Next page")
    assert await rows.count() == 25
    await following.click()
    await operator.says("Page 2")
    assert await rows.count() == MESSAGES - 25 and await following.is_disabled()
    await operator.page.get_by_role("button", name="Previous page").click()
    await operator.says("Page 1")
    await operator.page.get_by_label("State").select_option("REFUSED")
    await operator.page.get_by_role("button", name="Show").click()
    await operator.says("No message fits.")
    await operator.page.wait_for_url("**/#/messages?states=REFUSED")


async def test_a_centre_orders_tracks_and_receives_in_a_portal_of_its_own_name(scene: Scene, stranger: Tab):
    page = stranger.page
    await stranger.sign_in("lakeside@northlake", password_of("lakeside@northlake"), "portal#/order")
    await stranger.says("Northlake dose orders")
    accent = "getComputedStyle(document.documentElement).getPropertyValue('--accent')"
    assert await page.evaluate(accent) == "#0f5c4d"
    await page.get_by_label("Product").select_option("products/lu-ligand")
    await page.get_by_label("Centre").select_option(CENTRES[0])
    await page.get_by_role("button", name="Search").click()
    await stranger.says("What can be had")
    await page.get_by_role("button", name="Choose").first.click()
    assert await stranger.barriers() == []
    form = page.get_by_role("form", name="Order it")
    await form.get_by_label("Your reference").fill("LAKESIDE-1")
    await form.get_by_role("button", name="Order").click()
    await stranger.says("Ordered.")
    await form.get_by_role("link", name="Follow the dose").click()
    await page.locator("td", has_text="is promised for").wait_for()
    await stranger.says("Go or no-go")
    assert await stranger.barriers() == []
    await stranger.go(f"#/{scene.shipment}")
    await stranger.says("No, not as things stand")
    assert await stranger.barriers() == []
    for view in ("doses", "shipments", "notices", "order"):
        await stranger.go(f"#/{view}")
        assert await stranger.barriers() == [], view
    await stranger.go("#/doses?orderReference=LAKESIDE-1")
    assert await page.locator("tbody tr").count() == 1
    await page.goto(stranger.url)  # Another program: who is signed in here is not signed in there.
    await page.get_by_role("button", name="Sign in").wait_for()
    assert not stranger.faults


async def test_the_page_says_when_it_is_blind_and_what_changed_meanwhile(operator: Tab, scene: Scene, chromium: Any):
    """A run is cancelled while the board is open, cut off: its dose turns over there as soon as it sees again."""
    await operator.go(f"#/board?run={scene.doomed.replace('/', '%2F')}")
    await operator.says("● Live")
    row = operator.page.locator("tr", has_text="NL-DOOMED")
    assert "Safe" in await row.inner_text()
    await operator.page.context.set_offline(True)
    await operator.says("Blind since")
    await scene.cancel()
    assert "Safe" in await row.inner_text()
    await operator.page.context.set_offline(False)
    await operator.page.locator("tr", has_text="NL-DOOMED").get_by_text("Run cancelled").wait_for()
    await operator.says("● Live")


async def test_an_operator_looks_after_an_incident_and_its_sponsor_sees_its_own_dose_only(
    operator: Tab, scene: Scene, stranger: Tab
):
    await scene.cancel()
    incident = await scene.incident()
    await operator.go(f"#/{incident}")
    assert "northlake-oncology" in await operator.text() and "harbor-pharma" in await operator.text()
    assert await operator.barriers() == []
    await stranger.sign_in(SPONSOR, password_of(SPONSOR), f"#/{incident}")
    await stranger.says("Doses that it touches")
    seen = await stranger.text()
    assert "northlake-oncology" in seen and "harbor" not in seen
    assert await stranger.page.get_by_role("button", name="Acknowledge").count() == 0
    await stranger.says("● Live")

    form = operator.page.get_by_role("form", name="Acknowledge")
    await form.get_by_label("Why").fill("The control tower looks for another run.")
    await form.get_by_role("button", name="Acknowledge").click()
    await operator.page.locator("td", has_text="The control tower looks for another run.").wait_for()
    await stranger.page.locator("dd", has_text="Acknowledged").wait_for()  # live, at the other's end
    resolve = operator.page.get_by_role("form", name="Resolve")
    await resolve.get_by_role("button", name="Resolve").click()
    assert await resolve.get_by_label("Why").evaluate("field => !field.validity.valid")
    await resolve.get_by_label("Why").fill("Both sponsors were told.")
    await resolve.get_by_role("button", name="Resolve").click()
    await operator.page.locator("td", has_text="Both sponsors were told.").wait_for()
    await stranger.page.locator("dd", has_text="Resolved").wait_for()
    assert "Both sponsors" not in await stranger.text()
    await stranger.go("#/board?orderReference=HP-DOOMED")
    await stranger.says("No dose is on the board that fits")


async def test_a_dose_is_saved_by_a_plan_that_is_worked_out_and_carried_out_here(operator: Tab, scene: Scene):
    incident = await scene.lose_a_place("NL-SAVED")
    await operator.go("#/board?orderReference=NL-SAVED")
    heads = await operator.page.locator("thead th").all_inner_texts()
    verdict = operator.page.locator("tr", has_text="NL-SAVED").locator("th, td").nth(heads.index("Verdict"))
    await verdict.get_by_text("At risk", exact=True).wait_for()
    why = verdict.get_by_role("link")  # the hazard leads to its incident, and says in words what is wrong
    assert await why.get_attribute("href") == f"#/{incident}"
    assert len((await verdict.get_by_role("listitem").inner_text()).partition(": ")[2]) > 20
    await why.click()
    await operator.page.get_by_role("button", name="What would help?").click()
    await operator.says("Plan 1: saves 1")
    assert await operator.barriers() == []
    # By the hour of the day another plan may have more slack, and ask the sponsor for a later administration first.
    plan = operator.page.get_by_role("form", name=re.compile("Carry out plan")).first
    await plan.get_by_label("Why").fill("The other run has room.")
    await plan.get_by_role("button", name=re.compile("Carry out plan")).click()
    await operator.page.locator("dd", has_text="Resolved").wait_for()
    await operator.go("#/board?orderReference=NL-SAVED")
    await verdict.get_by_text("Safe", exact=True).wait_for()
    assert await verdict.get_by_role("link").count() == 0
    await operator.go("#/consents")
    await operator.says("No consent fits")
    assert await operator.barriers() == [] and not operator.faults


async def test_a_person_reads_what_an_agent_drafted_and_consents_once(stranger: Tab, scene: Scene):
    issuer, slot = scene.desk.gateway.issuer, await scene.desk.claim(await scene.desk.open_run(), scene.desk.sponsor())
    drafted = CreateDraftRequest(
        call="doselane.slotting.v1.SlottingService.ReleaseSlot",
        request_json=MessageToJson(ReleaseSlotRequest(name=slot.name, reason=HOSTILE_WORDS)),
        request_id=str(uuid7()),
        reason=HOSTILE,
    )
    draft = await scene.desk.call("TowerService/CreateDraft", drafted, issuer.token("northlake-agent"))
    await stranger.sign_in(SPONSOR, password_of(SPONSOR), "#/drafts")
    await stranger.page.locator("tr", has_text="ReleaseSlot").get_by_role("link").click()
    for words in (f"name: {slot.name}", HOSTILE, HOSTILE_WORDS, "northlake-agent"):
        await stranger.page.get_by_text(words).first.wait_for()
    await stranger.page.get_by_role("button", name="Consent, once").click()
    await stranger.page.locator("dd", has_text="Consented").wait_for()
    redeem = RedeemDraftRequest(name=draft.name, request_id=str(uuid7()))
    assert (await scene.desk.call("TowerService/RedeemDraft", redeem, issuer.token("northlake-agent"))).consent
    assert await stranger.barriers() == [] and not stranger.faults


async def test_an_address_that_leads_nowhere_says_what_to_do(operator: Tab):
    await operator.go("#/runs/there-is-none")
    await operator.page.get_by_role("alert").get_by_text("RUN_UNKNOWN").wait_for()
    assert await operator.page.get_by_role("button", name="Try again").count() == 1
    await operator.go("#/nowhere")
    await operator.says("Nothing is shown at this address")


async def test_a_token_that_ran_out_is_renewed_and_one_that_cannot_be_has_its_person_sign_in_again(
    operator: Tab, scene: Scene
):
    before = await operator.session()
    await operator.go("#/batches")
    await scene.advance(timedelta(hours=2))
    await operator.go("#/runs")
    await operator.page.locator("tbody tr").first.wait_for()
    after = await operator.session()
    assert after["token"] != before["token"] and after["refreshToken"] != before["refreshToken"]
    await scene.advance(timedelta(hours=13))
    await operator.go(f"#/{scene.shipment}")
    await operator.says("You are not signed in any more.")
    await operator.page.get_by_role("button", name="Sign in").click()
    await operator.page.get_by_label("Account").fill(OPERATOR)
    await operator.page.get_by_label("Password").fill(password_of(OPERATOR))
    await operator.page.get_by_role("button", name="Sign in").click()
    await operator.says("Lane strip")


async def test_activity_and_time_are_reckoned_as_everywhere(operator: Tab):
    halved = await operator.reckons("runs.js", "it.decayed(800, 0, 3600)(3 * 3600 * 1000)")
    assert halved == 100
    assert await operator.reckons("clock.js", "[59e3, 61e3, 3660e3, 90000e3].map(it.lasting)") == [
        "59 s",
        "1 min",
        "1 h 01 min",
        "1 d 1 h",
    ]
    told = 'id: 7\nevent: run\ndata: {"a":\ndata:  1}\n: a remark'
    assert await operator.reckons("live.js", "it.parsed(given)", told) == {
        "id": "7",
        "name": "run",
        "data": '{"a":\n 1}',
    }
    missing = "it.told('STATE_UNSPECIFIED'), it.when(undefined), it.activity(null), it.text('')"
    unknown = f"[{missing}].map((each) => each.textContent)"
    assert await operator.reckons("words.js", unknown) == ["not known"] * 4
