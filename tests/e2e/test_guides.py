"""What the documentation's guides show is pasted beside a gateway, page by page, as a newcomer would."""

import asyncio
import json
import re
import socket
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from doselane.slotting.v1.slotting_pb2 import Slot
from doselane.tower.v1.escalation_pb2 import AlertContact, LadderStep, SetEscalationLadderRequest
from doselane.tower.v1.tower_pb2 import GetBoardEntryRequest

from services.kernel.ids import uuid7
from tests.support.gateway import Desk
from tests.support.guides import PAGE, guides, of_language, snippets
from tests.support.scheduler import LINE
from tests.support.terminal import paste, path_with_grpcurl

PAGES = guides()
# `text` shows what is not pasted.
LANGUAGES = {"sh", "python", "text"}
# Of verifying a signature: `test_signature_snippets` runs them.
LANGUAGES |= {"javascript", "java", "go", "csharp"}


class Newcomer:
    """Somebody who follows the guides in order: one folder, a terminal a page, a Python session a page."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        gateway = desk.gateway
        self._here = {"localhost:8080": gateway.rest_url.removeprefix("http://"), "localhost:9090": gateway.grpc_target}
        # Where the guide's receiver listens: a port that nobody else has.
        with socket.create_server(("localhost", 0)) as taken:
            self._here['localhost", 8765'] = f'localhost", {taken.getsockname()[1]}'
            self._here["localhost:8765"] = f"localhost:{taken.getsockname()[1]}"
        self._folder = folder

    async def pastes(self, page: str) -> list[str]:
        """What the commands of a page print."""
        return await paste(
            [self._ours(text) for text in of_language(PAGE[page], "sh")], self._folder, path_with_grpcurl()
        )

    async def types(self, page: str) -> dict[str, Any]:
        """The names that a page's Python leaves behind, typed into one session."""
        names: dict[str, Any] = {}
        for text in of_language(PAGE[page], "python"):
            await asyncio.to_thread(exec, compile(self._ours(text), page, "exec"), names)
        return names

    def _ours(self, text: str) -> str:
        return re.sub("|".join(self._here), lambda found: self._here[found[0]], text)


@pytest.fixture(scope="module")
async def newcomer(shared_desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """Beside a gateway that has something to offer, and knows the first claims."""
    await shared_desk.open_run(vials=10, line=LINE)
    made = Newcomer(shared_desk, tmp_path_factory.mktemp("newcomer"))
    *_, made.claimed, made.slots = await made.pastes("first-claim")
    assert "name" in json.loads(made.claimed), made.claimed
    slot = Slot(name=json.loads(made.claimed)["name"])
    await shared_desk.dose_of(slot, shared_desk.sponsor())
    return made


def test_every_snippet_is_in_a_language_that_is_run_here():
    found = {each.language for page in PAGES for each in snippets(page)}
    assert found == LANGUAGES
    assert sum(len(of_language(page, language)) for page in PAGES for language in ("sh", "python")) >= 20


async def test_the_first_claim_is_claimed(newcomer: Newcomer):
    assert json.loads(newcomer.claimed)["state"] == "CONFIRMED"
    assert [slot["orderReference"] for slot in json.loads(newcomer.slots)["slots"]] == ["NL-1001"]
    typed = await newcomer.types("first-claim")
    assert (typed["slot"]["state"], typed["slot"]["orderReference"]) == ("CONFIRMED", "NL-1002")


async def test_a_hold_is_confirmed_and_given_back(newcomer: Newcomer):
    _, searched, held, confirmed, released = await newcomer.pastes("offers-and-holds")
    told = set(json.loads(searched)["offers"][0])
    in_table = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", PAGE["offers-and-holds"].read_text(), re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", " ".join(in_table)))
    assert len(named) >= 10 and named - told <= {"latestRescueTime"}  # unset where there is no other offer
    assert [json.loads(each)["state"] for each in (held, confirmed, released)] == ["HELD", "CONFIRMED", "RELEASED"]


async def test_a_dose_is_watched_until_time_has_gone_by(newcomer: Newcomer):
    typed = await newcomer.types("watching-a-dose")
    assert typed["doses"][0]["slotState"] == "CONFIRMED"
    assert typed["found"]["timelineEntries"]
    assert typed["entry"]["name"].startswith("doses/")
    _, where, what, followed, over_grpc, moved = await newcomer.pastes("watching-a-dose")
    dose = json.loads(where)["doses"][0]["name"]
    assert json.loads(what)["timelineEntries"][0]["name"].startswith(dose)
    assert f'"name":"{dose}/timelineEntries/1"' in followed and f'"{dose}/timelineEntries/1"' in over_grpc
    assert json.loads(moved)["movable"] is True


async def test_a_feed_is_read_followed_and_taken_up_again(newcomer: Newcomer):
    _, where, listed, followed, over_grpc = await newcomer.pastes("events-and-feeds")
    assert int(json.loads(where)["latestPosition"]) > 0
    assert {event["type"].split(".")[1] for event in json.loads(listed)["events"]} == {"slotting"}
    assert "event: event" in followed and '"event":' in over_grpc
    typed = await newcomer.types("events-and-feeds")
    assert [typed[name]["position"] for name in ("first", "second")] == ["1", "2"]


async def test_a_webhook_comes_and_is_verified(newcomer: Newcomer):
    typed = await newcomer.types("webhooks")
    assert (typed["attempt"]["delivered"], typed["attempt"]["status"]) == (True, 204)
    assert typed["event"]["type"].startswith("doselane.slotting.") and typed["event"]["test"]
    assert [each["delivered"] for each in typed["attempts"]] == [True] and not typed["parked"]


async def test_people_are_named_who_are_called_and_a_dose_has_its_statement(newcomer: Newcomer, shared_desk: Desk):
    # The tower hears of the product and of the dose in its own time; a newcomer comes later.
    contact = AlertContact(channel=AlertContact.EMAIL, address="desk@northlake.example")
    steps = [LadderStep(left_percent=50, contacts=[contact])]
    ladder = SetEscalationLadderRequest(product="products/lu-ligand", steps=steps, request_id=str(uuid7()))
    token = shared_desk.sponsor()  # a new one: a page before this one lets time go by
    await shared_desk.until(lambda: shared_desk.call("TowerService/SetEscalationLadder", ladder, token))
    entry = GetBoardEntryRequest(name=json.loads(newcomer.claimed)["name"].replace("slots/", "boardEntries/"))
    await shared_desk.until(lambda: shared_desk.call("TowerService/GetBoardEntry", entry, token))
    told = [json.loads(text) for text in (await newcomer.pastes("doses-in-danger"))[1:]]
    ladder_set, escalations, stated, no_report = told
    assert [step["leftPercent"] for step in ladder_set["steps"]] == [100, 25]
    assert escalations["escalations"] == []
    (statement,) = stated["goNoGoStatements"]
    assert (statement["orderReference"], statement["decision"], statement["ground"]) == ("NL-1001", "GO", "PROMISED")
    assert statement["nextStatementTime"] and no_report["reason"] == "LOSS_REPORT_UNKNOWN"


async def test_a_dose_is_lost_and_its_report_is_read(newcomer: Newcomer):
    typed = await newcomer.types("doses-in-danger")
    report, at_risk = typed["report"], typed["at_risk"]
    assert (report["dose"], report["cause"]["kind"]) == (f"doses/{typed['ID']}", "SHIPMENT_DENIED")
    assert [each["kind"] for each in report["causes"]] == ["SHIPMENT_DENIED", "DOSE_LOST"]
    assert {each["orderReference"]: each["replacedBy"] for each in typed["on_board"]} == {"NL-3701": ""}
    endangered_at, lost_at = at_risk["verdictTime"], report["lossTime"]
    assert datetime.fromisoformat(lost_at) - datetime.fromisoformat(endangered_at) >= timedelta(hours=1)
    # The loss ended all moves before their own time was over.
    assert at_risk["rescueUntilTime"] > lost_at == report["lastRescueTime"]
    assert {(each["knownTime"], each["untilTime"]) for each in report["moves"]} == {(endangered_at, lost_at)}
    assert {each["run"] for each in report["moves"]} == {typed["slot"]["run"]}
    (told,) = report["told"]
    assert (told["step"], told["contact"]["address"], told["state"]) == (1, "desk@northlake.example", "SENDING")
    assert endangered_at <= told["takeTime"] < lost_at and report["asked"] == []
    (shown,) = of_language(PAGE["doses-in-danger"], "text")
    assert _without_figures(report["explanation"]) == _without_figures(shown)


def _without_figures(text: str) -> str:
    """What is the same in every play: how many departures there are depends on the hour."""
    return re.sub(r"\b\d+ more", "N more", re.sub(r"20\d\d-[\d:TZ-]+", "AT", text)).strip()


async def test_an_error_says_its_reason_and_a_repeated_call_acts_once(newcomer: Newcomer):
    (refused,) = await newcomer.pastes("errors-and-repetition")
    typed = await newcomer.types("errors-and-repetition")
    assert json.loads(refused)["reason"] == typed["problem"]["reason"] == "TOKEN_MISSING"
    client = (await newcomer.types("limits"))["gateway"]
    asked = {"product": "products/lu-ligand", "site": "sites/lakeside-clinic"}
    answer = await asyncio.to_thread(lambda: client.post("/v1/offers:search", json=asked))
    assert answer.json()["offers"]


async def test_all_pages_of_a_list_are_read(newcomer: Newcomer):
    assert "NL-1001" in (await newcomer.types("limits"))["references"]


async def test_an_agent_finds_its_tools_and_reads(newcomer: Newcomer):
    typed = await newcomer.types("agents")
    assert "what_if_submit_forecast" in typed["tools"]
    assert typed["whoami"]["partner"] == "partners/northlake-oncology"
    assert "NL-1001" in [slot["orderReference"] for slot in typed["slots"]["slots"]]
    assert (typed["answered"]["state"], typed["released"]["state"]) == ("CONSENTED", "RELEASED")
    assert "consent of supply@northlake" in typed["released"]["lastChange"]["actor"]


async def test_the_gateway_describes_itself_to_grpcurl(newcomer: Newcomer):
    described, searched = await newcomer.pastes("tools")
    assert "doselane.slotting.v1.SlottingService" in described and "rpc ClaimSlot" in described
    assert json.loads(searched)["offers"]
