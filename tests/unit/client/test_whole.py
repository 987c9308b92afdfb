"""The command line as programs meet it: wrong use as JSON, and an output that ends early or cannot be written."""

import json
import os
import subprocess
import sys

import pytest
from doselane.client.commands import app
from typer.testing import CliRunner

UNREACHED = {
    **os.environ,
    "DOSELANE_ADDRESS": "http://127.0.0.1:1",
    "DOSELANE_TOKEN": "x",
    "DOSELANE_TIMEOUT_S": "0.5",
    "DOSELANE_PROFILES": os.devnull + "/none",
}
COMMAND = (sys.executable, "-m", "doselane.client", "slots", "get", "nobody", "--json")


@pytest.mark.parametrize("words", [
    ["--json", "nonsense"], ["--json", "slots", "get"], ["slots", "get", "--json", "--bogus"],
    ["events", "tail", "--count", "x", "--json"], ["--timeout-s", "nan", "--json", "slots", "get", "x"],
    ["--timeout-s", "inf", "--json", "slots", "get", "x"], ["contracts", "check", "/nowhere.json", "--json"],
    ["contracts", "verify", os.devnull, "--json"],
])  # fmt: skip
def test_what_is_used_wrongly_is_told_as_json_to_who_asked_for_it(words: list[str]) -> None:
    done = CliRunner().invoke(app, words)
    error = json.loads(done.stdout)["error"]
    assert (done.exit_code, error["kind"]) == (2, "USED_WRONGLY")
    assert error["message"]
    without = CliRunner().invoke(app, [word for word in words if word != "--json"])
    assert (without.exit_code, without.stdout) == (2, "")


@pytest.mark.parametrize("at_once", ["", "1"])
def test_a_failure_keeps_its_code_where_nobody_reads_it(at_once: str) -> None:
    read, write = os.pipe()
    os.close(read)
    variables = {**UNREACHED, "PYTHONUNBUFFERED": at_once}
    done = subprocess.run(COMMAND, stdout=write, stderr=subprocess.PIPE, env=variables, text=True, check=False)
    os.close(write)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


@pytest.mark.parametrize(
    ("output", "told"), [(">&-", "error: "), (">/dev/full", "the output cannot be written: No space left")]
)
def test_an_output_that_cannot_be_written_is_no_fault_of_the_program(output: str, told: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {output}', "sh", *COMMAND],
        capture_output=True, env=UNREACHED, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert told in done.stderr and "Traceback" not in done.stderr
