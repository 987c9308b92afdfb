"""The command line before a running gateway: from a log-in to a claim, a dose that is followed, and what goes wrong."""

import asyncio
import json
import os
import re
import shlex
import stat
import subprocess
import sys
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from doselane import client
from doselane.client import activity_mbq_at
from doselane.decay import Nuclide
from doselane.slotting.v1 import slotting_pb2

from services.local.world import CENTRES, CLIENTS, NORTHLAKE
from tests.support.command_line import CommandLine, command
from tests.support.gateway import Desk

README = Path(client.__file__).with_name("README.md")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
CLIENT_ID = "northlake-orchestrator"
LADDER = """
product: lu-ligand
steps:
- leftPercent: 50
  contacts: [{channel: EMAIL, address: desk@northlake.example}]
- leftPercent: 10
  contacts: [{channel: EMAIL, address: head@northlake.example}]
"""


@pytest.fixture
def desk(shared_desk: Desk) -> Desk:
    """One gateway for all: each test looks at orders of its own."""
    return shared_desk


@pytest.fixture(scope="module")
async def run(shared_desk: Desk) -> str:
    return await shared_desk.open_run(vials=8)


async def doselane(desk: Desk, *words: str, token: str = "", **variables: str) -> CommandLine:
    """The command, as the sponsor's program."""
    known = {"DOSELANE_ADDRESS": f"http://{desk.gateway.grpc_target}", "DOSELANE_TOKEN": token or desk.sponsor()}
    return await command(*words, **{**known, **variables})


async def told(desk: Desk, *words: str, code: int = 0, **options: str) -> Any:
    """The JSON that it prints."""
    done = await doselane(desk, *words, "--json", **options)
    assert done.code == code, done.out + done.err
    return done.told


def wanted(desk: Desk, run: str, reference: str) -> list[str]:
    """The options that say a demand."""
    at = (desk.now + timedelta(hours=48)).isoformat()
    return [
        *("--run", run.removeprefix("runs/"), "--site", CENTRES[0]),
        *("--administration-activity-mbq", "7400", "--administration-time", at),
        *("--order-reference", reference),
    ]


async def claimed(desk: Desk, run: str, reference: str) -> str:
    """A dose that status has heard of."""
    slot = await told(desk, "slots", "claim", *wanted(desk, run, reference))
    dose = await desk.dose_of(slotting_pb2.Slot(name=slot["name"]), desk.sponsor())
    return dose.name


@pytest.fixture(scope="module")
async def offered(shared_desk: Desk) -> str:
    """A run of which there are offers: quality control is counted where it is made."""
    made = await shared_desk.open_run(vials=8, line="facilities/tidewater/lines/hot-cell-1")
    search = slotting_pb2.SearchOffersRequest(product="products/lu-ligand", site=CENTRES[0], runs=[made])

    async def found() -> None:
        assert (await shared_desk.call("SlottingService/SearchOffers", search, shared_desk.sponsor())).offers

    await shared_desk.until(found)
    return made


async def test_from_a_log_in_over_a_search_to_a_claim(desk: Desk, offered: str, tmp_path: Path) -> None:
    profiles, offers = tmp_path / "settings" / "profiles.json", tmp_path / "offers.json"
    secret = CLIENTS[CLIENT_ID].secret.get_secret_value()
    address = ["--address", f"http://{desk.gateway.grpc_target}"]
    issuer = ["--token-url", f"{desk.gateway.rest_url}/oauth/token"]
    mine = {"DOSELANE_PROFILES": str(profiles)}
    kept = await command(*address, *issuer, "login", "--client-id", CLIENT_ID, said=f"{secret}\n", **mine)
    assert kept.code == 0, kept.out + kept.err
    assert secret not in kept.out + kept.err
    assert stat.S_IMODE(profiles.stat().st_mode) == 0o600
    who = (await command("whoami", "--json", **mine)).told
    assert (who["partner"], who["sub"]) == (NORTHLAKE, CLIENT_ID)
    search = ["--product", "lu-ligand", "--site", CENTRES[0], "--run", offered.removeprefix("runs/")]
    found = await command("offers", "search", *search, "--json", **mine)
    offers.write_text(found.out)
    first = found.told["offers"][0]
    slot = await command("claim", str(offers), "--order-reference", "NL-0042", "--json", **mine)
    assert slot.code == 0, slot.err
    assert slot.told["state"] == "CONFIRMED"
    assert [slot.told[name] for name in ("run", "site", "lane", "departureTime")] == [
        first[name] for name in ("run", "site", "lane", "departureTime")
    ]
    profiles.chmod(0o644)
    open_to_all = await command("whoami", **mine)
    assert open_to_all.code == 2 and f"chmod 600 {profiles}" in open_to_all.err
    profiles.chmod(0o600)
    assert (await command("logout", **mine)).code == 0
    assert (await command("whoami", **mine)).code == 2


async def test_a_hold_is_confirmed_released_and_listed_with_what_people_read(desk: Desk, run: str) -> None:
    held = await told(desk, "slots", "hold", *wanted(desk, run, "NL-HOLD"), "--hold-minutes", "15")
    slot_id = held["name"].removeprefix("slots/")
    assert (await told(desk, "slots", "confirm", slot_id))["state"] == "CONFIRMED"
    released = await told(desk, "slots", "release", slot_id, "--reason", "The centre is closed.")
    assert (released["state"], released["lastChange"]["reason"]) == ("RELEASED", "The centre is closed.")
    shown = await doselane(desk, "slots", "get", held["name"])
    assert "administration.activityMbq" in shown.out and "7400" in shown.out
    listed = await doselane(desk, "slots", "list", "--limit", "0")
    assert held["name"] in listed.out and "NL-HOLD" in listed.out and "\x1b[" not in listed.out


async def test_a_claim_that_is_repeated_under_its_id_acts_once(desk: Desk, run: str) -> None:
    request_id = ["--request-id", "0192f0c4-7b1e-7c52-9a63-0d5e2f8b1a77"]
    first = await told(desk, "slots", "claim", *wanted(desk, run, "NL-TWICE"), *request_id)
    assert await told(desk, "slots", "claim", *wanted(desk, run, "NL-TWICE"), *request_id) == first
    other = await told(desk, "slots", "claim", *wanted(desk, run, "NL-OTHER"), *request_id, code=4)
    assert other["error"]["message"].startswith("REQUEST_MISMATCH")


async def test_a_list_is_read_in_parts_and_goes_on_where_it_ended(desk: Desk, run: str) -> None:
    for number in range(3):
        await told(desk, "slots", "claim", *wanted(desk, run, f"NL-LIST-{number}"))
    whole = (await told(desk, "slots", "list", "--limit", "0"))["slots"]
    part = await told(desk, "slots", "list", "--limit", "2")
    rest = await told(desk, "slots", "list", "--limit", "0", "--page-token", part["nextPageToken"])
    assert [*part["slots"], *rest["slots"]] == whole and len(part["slots"]) == 2 and not rest["nextPageToken"]


async def test_a_dose_is_followed_from_a_cursor_on(desk: Desk, run: str) -> None:
    dose = await claimed(desk, run, "NL-WATCH")
    seen = await doselane(desk, "watch", "doses", dose, "--count", "1", "--json")
    assert seen.code == 0, seen.err
    [line] = seen.lines
    assert line["entry"]["name"] == f"{dose}/timelineEntries/1"
    timeline = (await told(desk, "dose", "timeline", dose))["timelineEntries"]
    assert line["entry"] == timeline[0]
    await told(desk, "slots", "release", dose.replace("doses/", "slots/"))
    later = await doselane(desk, "watch", "doses", dose, "--cursor", line["cursor"], "--count", "1")
    assert f"{dose}/timelineEntries/2" in later.out


async def test_a_doses_activity_is_what_decay_leaves(desk: Desk, run: str) -> None:
    dose = await claimed(desk, run, "NL-DECAY")
    at = desk.now + timedelta(hours=60)
    reckoned = await told(desk, "dose", "activity", dose, "--at", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    half_life_s = 6.647 * 86_400
    assert reckoned["nuclide"] == "Lu-177" and reckoned["halfLifeS"] == half_life_s
    elapsed_s = (at.replace(microsecond=0) - (desk.now + timedelta(hours=48))).total_seconds()
    assert reckoned["activityMbq"] == pytest.approx(7400 * 2 ** (-elapsed_s / half_life_s), rel=1e-9)
    now = await told(desk, "dose", "activity", dose)
    assert now["activityMbq"] > 7400 and now["time"].endswith("Z")
    far = await doselane(desk, "dose", "activity", dose, "--at", "2199-01-01T00:00:00Z")
    assert far.code == 2 and "too far apart" in far.err
    slot = slotting_pb2.Slot()
    with pytest.raises(ValueError, match="states no activity"):
        activity_mbq_at(slot, datetime.now(UTC), Nuclide.LU_177)


async def test_the_chain_of_a_dose_holds_and_what_may_not_be_seen_is_named(desk: Desk, run: str) -> None:
    dose = await claimed(desk, run, "NL-AUDIT")
    chain = await told(desk, "audit", dose)
    assert chain["holds"] and chain["orderReference"] == "NL-AUDIT" and not chain["unseen"]
    assert [each["link"] for each in chain["links"]] == ["slot", "slot", "run"]
    assert chain["links"][1]["who"] == f"{NORTHLAKE.removeprefix('partners/')}-client" and chain["links"][1]["time"]
    assert [each["eventType"] for each in chain["timeline"]] == ["doselane.slotting.slot.confirmed.v1"]
    partly = desk.gateway.token(NORTHLAKE, "status.read", "slotting.read")
    shown = await doselane(desk, "audit", dose, token=partly)
    assert shown.code == 0, shown.err
    assert "holds: the timeline has no gap" in shown.out and "not seen: batch. SCOPE_MISSING" in shown.out


async def test_what_goes_wrong_says_what_where_and_what_to_do(desk: Desk, run: str) -> None:
    small = await told(desk, "slots", "claim", *wanted(desk, run, " "), code=2)
    assert small["error"]["violations"][0]["where"] == "--order-reference"
    unread = await doselane(desk, "slots", "claim", *wanted(desk, run, "X"), "--administration-time", "tomorrow")
    assert unread.code == 2 and "--administration-time" in unread.err and "2026-12-01T08:30:00Z" in unread.err
    missing = await doselane(desk, "slots", "get", "0192f0c4-0000-7c52-9a63-0d5e2f8b1a77")
    assert missing.code == 6 and "what to do: Check the name" in missing.err
    denied = await told(desk, "slots", "list", code=5, token=desk.gateway.token(NORTHLAKE, "status.read"))
    assert denied["error"]["facts"]["scope"] == "slotting.read"
    assert denied["error"]["remedy"].startswith("Ask the issuer for a token with the scope")
    nothing = await doselane(
        desk, "offers", "search", "--product", "lu-ligand", "--site", CENTRES[0], "--run", "no-run"
    )
    assert nothing.code == 0 and "no offers" in nothing.out and "nothingFound.explanation" in nothing.out
    for words in (["claim", "/none", "--order-reference", "X"], ["claim", os.devnull, "--order-reference", "X"]):
        assert (await doselane(desk, *words)).code == 2
    nobody = await doselane(desk, "slots", "list", DOSELANE_PROFILE="never-kept")
    assert nobody.code == 2 and "doselane login" in nobody.err


async def test_a_feed_is_followed_and_a_part_of_it_listed(desk: Desk, run: str) -> None:
    dose = await claimed(desk, run, "NL-FEED")
    slot = dose.replace("doses/", "slots/")
    tail = ["events", "tail", "--begin", "earliest", "--subjects", slot, "--count", "1"]
    followed = await doselane(desk, *tail, "--json")
    assert followed.code == 0, followed.err
    event = followed.lines[0]["event"]
    assert (event["type"], event["data"]["slot"]["name"]) == ("doselane.slotting.slot.confirmed.v1", slot)
    assert slot in (await doselane(desk, *tail)).out
    part = ["--first-position", event["position"], "--last-position", event["position"]]
    assert (await told(desk, "events", "list", "-", *part))["events"] == [event]
    assert int((await told(desk, "events", "feed", "-"))["latestPosition"]) >= int(event["position"])


async def test_a_feed_is_rehearsed_and_acts_once_however_often_it_is(desk: Desk, offered: str, tmp_path: Path) -> None:
    offers, feed = tmp_path / "offers.json", tmp_path / "feed.jsonl"
    search = ["--product", "lu-ligand", "--site", CENTRES[0], "--run", offered.removeprefix("runs/")]
    offers.write_text((await doselane(desk, "offers", "search", *search, "--json")).out)
    claim = ["claim", str(offers), "--order-reference"]
    kept, back = [(await told(desk, *claim, f"NL-AGAIN-{number}"))["name"] for number in (1, 2)]
    await told(desk, "slots", "release", back)
    subjects = ["--subjects", kept, "--subjects", back]
    followed = await doselane(desk, "events", "tail", "--begin", "earliest", *subjects, "--count", "3", "--json")
    feed.write_text(followed.out)
    done = await told(desk, "events", "rehearse", str(feed), "--weeks", "0")
    assert (done["orders"], done["answers"]) == (2, {"RELEASED": 1, "TAKEN": 2})
    assert {each["wasSlot"] for each in done["steps"]} == {kept, back}
    assert not {each["slot"] for each in done["steps"]} & {kept, back}
    slots = [await told(desk, "slots", "get", each["slot"]) for each in done["steps"] if each["action"] == "CLAIM"]
    assert [slot["state"] for slot in slots] == ["CONFIRMED", "RELEASED"]
    assert [slot["orderReference"] for slot in slots] == ["NL-AGAIN-1", "NL-AGAIN-2"]
    assert await told(desk, "events", "rehearse", str(feed), "--weeks", "0") == done
    beyond = await told(desk, "events", "rehearse", str(feed), "--weeks", "40", code=1)
    assert beyond["answers"] == {"NOTHING_TO_RELEASE": 1, "NOT_OFFERED": 2}


async def test_a_feed_that_cannot_be_rehearsed_is_refused_with_the_line(desk: Desk, tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    for text, wrong in (("\nnothing\n", "line 2 is none"), ('{"seeing": {}}\n', "nothing was claimed in these 0")):
        feed.write_text(text)
        done = await doselane(desk, "events", "rehearse", str(feed))
        assert done.code == 2 and wrong in " ".join(done.err.replace("\u2502", " ").split())
    assert (await doselane(desk, "events", "rehearse")).code == 2


async def test_a_ladder_is_put_from_a_file_changed_listed_and_removed(desk: Desk, run: str, tmp_path: Path) -> None:
    file = tmp_path / "ladder.yaml"
    file.write_text(LADDER)
    # Master data came with the run; the tower hears of the product when it does.
    made = await desk.until(lambda: told(desk, "ladders", "put", str(file), "--reason", "Agreed."))
    assert (made["product"], made["etag"], made["lastChange"]["reason"]) == ("products/lu-ligand", "1", "Agreed.")
    file.write_text(json.dumps({**await told(desk, "ladders", "get", made["name"]), "steps": made["steps"][:1]}))
    changed = await told(desk, "ladders", "put", str(file))
    assert (changed["name"], changed["etag"], [each["leftPercent"] for each in changed["steps"]]) == (
        made["name"], "2", [50],
    )  # fmt: skip
    stale = await told(desk, "ladders", "put", str(file), code=4)  # the file has the etag of before
    assert stale["error"]["kind"] == "STALE"
    assert changed["name"] in (await doselane(desk, "ladders", "list")).out
    ladder_id = changed["name"].removeprefix("escalationLadders/")
    assert (await told(desk, "ladders", "remove", ladder_id, "--reason", "Done."))["name"] == changed["name"]
    assert (await told(desk, "ladders", "list", "--limit", "0"))["escalationLadders"] == []
    file.write_text(LADDER.replace("lu-ligand", "lu-ligant"))
    unknown = await told(desk, "ladders", "put", str(file), code=6)
    assert unknown["error"]["message"].startswith("PRODUCT_UNKNOWN")
    for text in ("steps: [", "steps: 7", "step: []", "- product", ""):
        file.write_text(text)
        wrong = await doselane(desk, "ladders", "put", str(file))
        assert wrong.code == 2 and "this is no ladder" in " ".join(wrong.err.split()), text


async def test_what_the_readme_shows_works(desk: Desk, offered: str, tmp_path: Path) -> None:
    python, watching, blocking = (text for kind, text in BLOCKS if kind == "python")
    [shell] = [text for kind, text in BLOCKS if kind == "sh"]
    address, token_url = f"http://{desk.gateway.grpc_target}", f"{desk.gateway.rest_url}/oauth/token"
    secret = CLIENTS[CLIENT_ID].secret.get_secret_value()
    names: dict[str, Any] = {}
    exec(compile(python + watching + blocking, "README.md", "exec"), names)
    slot = await names["treat"](address, token_url, secret, offered)
    dose = await desk.dose_of(slotting_pb2.Slot(name=slot), desk.sponsor())
    async with (
        client.Gateway(address, desk.sponsor()) as gateway,
        aclosing(names["told"](gateway, dose.name)) as sentences,
    ):
        assert "promised" in await anext(sentences)
    assert "NL-0043" in await asyncio.to_thread(names["references"], address, desk.sponsor())
    variables = {"DOSELANE_ADDRESS": address, "DOSELANE_TOKEN_URL": token_url}
    for line in shell.splitlines():
        words, _, file = line.replace("offers.json", str(tmp_path / "offers.json")).partition(" > ")
        done = await command(
            *shlex.split(words)[1:], said=secret, DOSELANE_PROFILES=str(tmp_path / "profiles.json"), **variables
        )
        assert done.code == 0, (line, done.err)
        if file:
            (tmp_path / Path(file).name).write_text(done.out)
    assert "NL-0042" in done.out


async def test_staff_move_a_sandbox_on_and_read_what_is_exchanged(desk: Desk) -> None:
    assert (await told(desk, "exchange", "messages", token=desk.staff))["messages"] == []
    assert (await told(desk, "replay", "list", token=desk.staff))["replays"] == []
    before = await told(desk, "clock", "get")
    after = await told(desk, "clock", "advance", "--by", "60s", token=desk.staff)
    assert after["time"] > before["time"]


def test_the_installed_command_answers_with_the_code_of_what_happened(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("doselane")
    variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DOSELANE_PROFILES": str(tmp_path / "none")}
    words = [program, "--json", "slots", "list"]
    done = subprocess.run(words, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert json.loads(done.stdout)["error"]["kind"] == "NOT_SET_UP"
