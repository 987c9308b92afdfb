"""A partner verifies a contract of its own with one command, offline, wherever the file lies."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contracts import __main__ as program
from tests.contracts.consumers import northlake
from tests.contracts.consumers.over_rest import AUTHORIZED
from tests.contracts.consumers.words import as_caller, pact_of
from tests.contracts.files import PACTS, file_of, text_of

ROOT = Path(__file__).parents[2]


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


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command line, as a partner types it."""
    command = [sys.executable, "-m", "tests.contracts", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)


@pytest.mark.slow
def test_one_command_says_which_contracts_are_kept(tmp_path: Path) -> None:
    unknown = file_of("unknown", tmp_path)
    unknown.write_text(file_of(northlake.NAME, PACTS).read_text().replace("a full run", "a run on the moon"))
    kept = a_new_partners_contract(tmp_path, expecting={"slots": []})
    (tmp_path / "sub").mkdir()
    broken = a_new_partners_contract(tmp_path / "sub", expecting={"places": []})
    answer = run("verify", kept, broken, unknown)
    assert answer.returncode == 1, answer.stderr
    assert answer.stdout.splitlines()[-1] == "1 of 3 contracts are kept."
    assert f"Broken: {broken}" in answer.stdout
    assert "Actual map is missing the following keys: places" in answer.stdout
    assert "There is no state 'a run on the moon'; there are: a caller," in answer.stdout


def test_a_file_that_is_not_there_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(["verify", "nowhere.json"])
    assert ended.value.code == 2
    assert "there is no file nowhere.json" in capsys.readouterr().err


def test_the_states_that_a_contract_may_take_as_given_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["states"]) == 0
    assert "an open run with free capacity  (partner: str" in capsys.readouterr().out


def test_a_contract_is_plain_json() -> None:
    for file in PACTS.glob("*.json"):
        assert json.loads(file.read_text())["metadata"]["pactSpecification"] == {"version": "4.0"}
