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


def a_call(description: str, contents: dict[str, Any], **metadata: str) -> dict[str, Any]:
    """A synchronous message of a partner's, with a generator for a place that its contents may not have."""
    generator = {"type": "ProviderState", "expression": "${token}"}
    said = {name.replace("_", "-"): value for name, value in metadata.items()}
    return {
        "type": "Synchronous/Messages",
        "description": description,
        "providerStates": [{"name": "a caller", "params": {"partner": "partners/new-partner"}}],
        "request": {
            "contents": {"content": contents, "contentType": "application/json", "encoded": False},
            "metadata": said,
            "generators": {"body": {"$.demand.run": generator}} if "demand" not in contents else {},
        },
        "response": [{"metadata": {"grpc-status": "OK"}}],
    }


def an_answer(description: str, status: int, **parameters: Any) -> dict[str, Any]:
    """An HTTP interaction of a partner's with the state of a caller."""
    return {
        "type": "Synchronous/HTTP",
        "description": description,
        "providerStates": [{"name": "a caller", "params": parameters}],
        "request": {"method": "GET", "path": "/v1/slots"},
        "response": {"status": status},
    }


async def test_what_is_wrong_in_a_contract_is_said_in_words(gateway: Gateway, feed: EventFeed, tmp_path: Path) -> None:
    names = {"consumer": {"name": "new"}, "provider": {"name": "doselane"}}
    said = {**names, "metadata": {"pactSpecification": {"version": "4.0"}}}
    file = tmp_path / "wrong.json"
    good, path = "partners/new-partner", "/doselane.slotting.v1.SlottingService/GetSlot"
    interactions = [
        an_answer("a parameter of another name", 401, partnr=good),
        an_answer("a parameter of another type", 401, partner=good, scopes=["slotting.read"]),
        an_answer("one description", 418, partner=good),
        an_answer("one description", 401, partner=good),
        a_call("no call", {"demand": 1}),
        a_call("no call of ours", {"demand": 1}, grpc_method="SlottingService/GetSlot"),
        a_call("a generator for nothing", {}, grpc_method=path),
    ]
    file.write_text(json.dumps({**said, "interactions": interactions}))
    verdict = await asyncio.to_thread(verify, file, gateway, feed)
    for words in (
        "The state 'a caller' takes other parameters: there is no parameter 'partnr'; 'partner' is missing. It takes: "
        "partner: str, scopes: str = ''.",
        "'scopes' must be a text, not ['slotting.read']",
        "must name a call of ours by `grpc-method`, /package.Service/Method; it says 'nothing'",
        "it says 'SlottingService/GetSlot'",
        "The contents of the request have no $.demand.run, for which there is a generator.",
    ):
        assert words in str(verdict)
    assert verdict.held["one description"] is False  # the first did not hold, whatever the second does
    file.write_text(json.dumps({**said, "interactions": []}))
    empty = await asyncio.to_thread(verify, file, gateway, feed)
    assert not empty.holds and "no interactions" in str(empty)
    unmet = [an_answer("of a state to come", 200, partner=good), a_call("of a call to come", {"demand": 1})]
    unmet[0]["providerStates"][0]["name"] = "a place on the moon"
    for pending, holds in ((True, True), (False, False)):
        for each in unmet:
            file.write_text(json.dumps({**said, "interactions": [{**each, "pending": pending}]}))
            found = await asyncio.to_thread(verify, file, gateway, feed)
            assert found.holds is holds and found.faults, str(found)
    interactions[-1]["pluginConfiguration"] = {"protobuf": {"service": "SlottingService/GetSlot"}}
    file.write_text(json.dumps({**said, "interactions": interactions[-1:]}))
    assert list((await command.played([file], gateway, feed)).values()) == [None]


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
