"""A partner verifies a contract of its own with one command, offline, wherever the file lies."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from doselane.client.commands import app
from typer.testing import CliRunner

from services.local.contracts import command
from services.local.contracts.feed import EventFeed
from services.local.contracts.states import CATALOGUE
from services.local.contracts.verification import verify
from services.local.gateway import Gateway
from tests.contracts import __main__ as program
from tests.contracts.consumers import meridian, northlake
from tests.contracts.consumers.over_rest import AUTHORIZED
from tests.contracts.consumers.words import as_caller, pact_of
from tests.contracts.files import FOLDER, PACTS, file_of, text_of


def a_new_partners_contract(folder: Path, *, expecting: dict[str, Any]) -> Path:
    """A contract of a partner whom nobody here knows, with one HTTP interaction."""
    pact = pact_of("new-partner")
    asked = as_caller(pact.upon_receiving("a list of slots"), "partners/new-partner", "slotting.read")
    asked.with_request("GET", "/v1/slots").with_header("Authorization", "Bearer example")
    asked.with_generators(AUTHORIZED)
    asked.will_respond_with(200).with_body(expecting, "application/json")
    file = folder / "new partner.json"
    file.write_text(text_of(pact))
    return file


@pytest.mark.slow
async def test_each_contract_is_said_to_be_kept_broken_or_not_played(
    gateway: Gateway, feed: EventFeed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    unknown = file_of("unknown", tmp_path)
    unknown.write_text(file_of(northlake.NAME, PACTS).read_text().replace("a full run", "a run on the moon"))
    kept = a_new_partners_contract(tmp_path, expecting={"slots": []})
    (tmp_path / "sub").mkdir()
    broken = a_new_partners_contract(tmp_path / "sub", expecting={"places": []})
    plugged = tmp_path / "plugged.json"
    content = json.loads(kept.read_text())
    content["metadata"]["plugins"] = [{"name": "avro", "version": "0.0.5"}]
    plugged.write_text(json.dumps(content))
    found = await command.played([kept, broken, unknown, plugged], gateway, feed)
    assert [each and each.holds for each in found.values()] == [True, False, False, None]
    assert command.exit_code(found) == 1
    assert command.exit_code({kept: found[kept]}) == 0
    assert command.exit_code({kept: found[kept], plugged: None}) == 3
    told = capfd.readouterr().out
    assert told.splitlines()[-1] == "1 of 4 contracts are kept."
    assert f"Broken: {broken}" in told
    assert "Actual map is missing the following keys: places" in told
    assert "There is no state 'a run on the moon'; there are: a caller," in told
    assert f"Not played: {plugged} needs avro" in told


async def test_a_contract_of_an_older_specification_is_played_too(
    gateway: Gateway, feed: EventFeed, tmp_path: Path
) -> None:
    written = json.loads(file_of(meridian.NAME, PACTS).read_text())
    each = next(one for one in written["interactions"] if one["description"] == "a slot was confirmed")
    message = {
        "description": each["description"],
        "providerStates": each["providerStates"],
        "contents": each["contents"]["content"],
        "metaData": each["metadata"],
        "matchingRules": each["matchingRules"],
    }
    names = {"consumer": {"name": "meridian"}, "provider": {"name": "doselane"}}
    file = tmp_path / "older.json"
    metadata = {"pactSpecification": {"version": "3.0.0"}}
    file.write_text(json.dumps({**names, "messages": [message], "metadata": metadata}))
    verdict = await asyncio.to_thread(verify, file, gateway, feed)
    assert verdict.holds, str(verdict)
    message["contents"] = message["contents"] | {"colour": "red"}
    file.write_text(json.dumps({**names, "messages": [message], "metadata": metadata}))
    verdict = await asyncio.to_thread(verify, file, gateway, feed)
    assert not verdict.holds


def test_a_file_that_is_not_there_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(["verify", "nowhere.json"])
    assert ended.value.code == 2
    assert "there is no file nowhere.json" in capsys.readouterr().err


def test_the_states_that_a_contract_may_take_as_given_are_listed() -> None:
    answer = CliRunner().invoke(app, ["contracts", "states"])
    assert answer.exit_code == 0, answer.output
    assert "an open run with free capacity  (partner: str" in answer.stdout
    listed = json.loads(CliRunner().invoke(app, ["contracts", "states", "--json"]).stdout)
    assert [each["name"] for each in listed] == list(CATALOGUE)
    assert all(each["description"] for each in listed)


def test_every_state_is_in_the_readme_with_its_values() -> None:
    page = (FOLDER / "README.md").read_text()
    assert [name for name in CATALOGUE if f"| `{name}`" not in page] == []


def test_a_contract_is_plain_json() -> None:
    for file in PACTS.glob("*.json"):
        assert json.loads(file.read_text())["metadata"]["pactSpecification"] == {"version": "4.0"}
