"""`doselane contracts`: what a partner types, with what it ends, and what it prints for people and for programs."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from doselane.client.commands import app
from doselane.contracts.releases import history, released
from typer.testing import CliRunner, Result

from tests.contracts.files import FOLDER, PACTS

ORCHESTRATOR = PACTS / "northlake-oncology-orchestrator.json"
PUSHING = PACTS / "harborline-vans-platform.json"


def run(*words: str | Path) -> Result:
    """The command line, as a partner types it."""
    return CliRunner().invoke(app, ["contracts", *map(str, words)])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A contract that wants a field which there is not."""
    written = json.loads(ORCHESTRATOR.read_text())
    written["consumer"]["version"] = "2.0.0"
    claim = next(each for each in written["interactions"] if each["description"] == "a claim of a slot on an open run")
    claim["response"]["body"]["content"]["colour"] = "red"
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(written))
    return file


def test_contracts_that_hold_end_with_0(tmp_path: Path) -> None:
    answer = run("check", ORCHESTRATOR, PACTS / "meridian-analytics.json")
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.count(f"holds with {released().version}") == 2


def test_a_break_ends_with_1_and_says_interaction_place_field_and_release(broken: Path) -> None:
    answer = run("check", broken, ORCHESTRATOR)
    assert answer.exit_code == 1
    assert "northlake-oncology-orchestrator 2.0.0" in answer.stdout
    assert "a claim of a slot on an open run: POST /v1/slots:claim answer /colour" in answer.stdout
    assert f"does not hold with {released().version}" in answer.stdout


def test_what_does_not_hold_of_a_pending_interaction_is_told_and_fails_nothing(broken: Path) -> None:
    written = json.loads(broken.read_text())
    for each in written["interactions"]:
        each["pending"] = True
    broken.write_text(json.dumps(written))
    answer = run("check", "--json", broken)
    (contract,) = json.loads(answer.stdout)["contracts"]
    assert (answer.exit_code, contract["compatibility"]) == (0, "COMPATIBLE"), answer.output
    (finding,) = [each for each in contract["findings"] if each["code"] == "FIELD_UNKNOWN"]
    assert (finding["gravity"], finding["pointer"]) == ("WARNING", "/colour") and "it is pending" in finding["words"]
    written["interactions"][0]["pending"] = "true"
    broken.write_text(json.dumps(written))
    assert "pending 'true' is neither true nor false" in " ".join(run("check", broken).output.split())


def test_a_program_reads_the_same_as_json(broken: Path) -> None:
    answer = run("check", "--json", broken)
    assert answer.exit_code == 1
    (contract,) = json.loads(answer.stdout)["contracts"]
    assert (contract["consumerVersion"], contract["compatibility"]) == ("2.0.0", "BROKEN")
    (finding,) = contract["findings"]
    assert finding["code"] == "FIELD_UNKNOWN"
    assert finding["pointer"] == "/colour"
    assert finding["place"] == "POST /v1/slots:claim"
    assert finding["interaction"] == "a claim of a slot on an open run"


def test_what_documents_cannot_judge_ends_with_3_never_with_0() -> None:
    answer = run("check", ORCHESTRATOR, PUSHING)
    assert answer.exit_code == 3
    assert "described by no OpenAPI document" in answer.stdout


@pytest.mark.parametrize("text", [None, "", "{}", '{"consumer": {}, "interactions": []}'])
def test_what_is_no_contract_ends_with_2_and_names_the_file(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "pact.json"
    if text is not None:
        file.write_text(text)
    for command in ("check", "verify"):
        answer = run(command, file)
        assert answer.exit_code == 2
        assert f"error: {file}: " in answer.stderr


def test_a_contract_that_pins_nothing_is_refused(tmp_path: Path) -> None:
    written = json.loads((PACTS / "meridian-analytics.json").read_text())
    for each in written["interactions"]:
        del each["contents"]
    (tmp_path / "hollow.json").write_text(json.dumps(written))
    (tmp_path / "empty.json").write_text(json.dumps(written | {"interactions": []}))
    for name in ("hollow.json", "empty.json"):
        answer = run("check", tmp_path / name)
        assert answer.exit_code == 1
        assert "PINS_NOTHING" in answer.stdout


def test_documents_of_another_release_can_be_given(broken: Path, tmp_path: Path) -> None:
    source = FOLDER / "released"
    next_one = tmp_path / "next"
    next_one.mkdir()
    for name in ("asyncapi.yaml", "descriptors.binpb"):
        (next_one / name).write_bytes((source / name).read_bytes())
    document: dict[str, Any] = json.loads((source / "openapi.json").read_text())
    renamed = copy.deepcopy(document["components"]["schemas"]["Slot"]["properties"])
    renamed["colour"] = {"type": "string"}
    document["components"]["schemas"]["Slot"]["properties"] = renamed
    (next_one / "openapi.json").write_text(json.dumps(document))
    assert run("check", broken, "--release", next_one).exit_code == 0
    del renamed["etag"]
    (next_one / "openapi.json").write_text(json.dumps(document))
    answer = run("check", ORCHESTRATOR, "--candidate", next_one)
    assert answer.exit_code == 1
    assert f"holds with {released().version}, would break with next" in answer.stdout
    assert run("check", ORCHESTRATOR, "--release", tmp_path / "nowhere").exit_code == 2


def test_can_i_deploy_says_whose_contract_would_break(broken: Path) -> None:
    answer = run("can-i-deploy", "--pacts", PACTS)
    assert answer.exit_code == 0, answer.output
    assert "contracts hold with" in answer.stdout
    assert "interactions are for `verify` to judge" in answer.stdout
    answer = run("can-i-deploy", "--json", "--pacts", broken.parent)
    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["deployable"] is False
    assert run("can-i-deploy", "--pacts", broken.parent / "nowhere").exit_code == 2


def test_the_matrix_in_the_repository_is_what_the_command_writes(tmp_path: Path) -> None:
    answer = run("matrix", "--pacts", PACTS, "--write", tmp_path / "matrix.md")
    assert answer.exit_code == 0, answer.output
    written = (tmp_path / "matrix.md").read_text()
    assert written == (FOLDER / "matrix.md").read_text(), "Run `doselane contracts matrix --write contracts/matrix.md`."
    heads = [each.version for each in (*history(), released())]
    assert f"| consumer | version | {' | '.join(heads)} |" in written
