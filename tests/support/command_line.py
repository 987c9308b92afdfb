"""The command line in this process: its loop runs in a thread, while the test's serves what it asks."""

import asyncio
import json
import os
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from doselane.client.commands import app
from typer.testing import CliRunner


@dataclass
class CommandLine:
    """What the command did."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """The JSON that it printed."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The lines of JSON that it printed."""
        return [json.loads(line) for line in self.out.splitlines()]

    def findings(self, severity: str = "ERROR") -> list[tuple[str, str, str]]:
        """Area, place in the other system, and our name, of the findings of a severity."""
        return [
            (each["area"], each["systemPlace"], each["ourName"])
            for each in self.told["findings"]
            if each["severity"] == severity
        ]


async def command(*words: str, said: str = "", **variables: str) -> CommandLine:
    """Runs `doselane` with these words and variables, and none of the machine's own; `said` is its standard input."""
    ours = ("DOSELANE_", "COLUMNS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    given = {**kept, "NO_COLOR": "1", "DOSELANE_PROFILES": os.devnull + "/none", **variables}
    with patch.dict(os.environ, given, clear=True):
        done = await asyncio.to_thread(CliRunner().invoke, app, list(words), input=said)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return CommandLine(done.exit_code, done.stdout, done.stderr)
