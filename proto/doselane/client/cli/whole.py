"""The whole command line as programs meet it: wrong use is told as JSON, too, and an output may end early."""

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import typer
from typer.core import TyperGroup

from doselane.client.cli.calling import DONE, NOT_REACHED, errors, write_json

# Typer names it by those that are made of it only.
UsageError: Final[Any] = typer.BadParameter.__mro__[1]
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class WholeCommand(TyperGroup):
    """Ends each command with its own code, whatever becomes of its output."""

    as_json = False

    def main(self, args: Sequence[str] | None = None, *said: Any, **options: Any) -> Any:
        """Runs it. Where there is no output, as after `>&-`, what is printed goes nowhere."""
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:
                setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  as long as the process
        self.as_json = "--json" in (sys.argv[1:] if args is None else args)
        return super().main(args, *said, **options)

    def make_context(self, *said: Any, **options: Any) -> Any:
        """What was said before the command; what is wrong with it is told as JSON, too."""
        try:
            return super().make_context(*said, **options)
        except UsageError as wrong:
            self._tell(wrong)
            raise

    def invoke(self, ctx: Any) -> Any:
        """Runs the command that was said. Whoever reads no more of its output has enough: `| head`."""
        code = DONE
        try:
            try:
                super().invoke(ctx)
            except typer.Exit as ended:
                code = ended.exit_code
            sys.stdout.flush()
        except UsageError as wrong:
            self._tell(wrong)
            raise
        except BrokenPipeError:
            stop_writing()
        except OSError as wrong:
            if wrong.errno not in _UNWRITABLE:
                raise
            stop_writing()
            errors().print(f"error: the output cannot be written: {wrong.strerror}", style="red", markup=False)
            code = NOT_REACHED
        raise typer.Exit(code)

    def _tell(self, wrong: Any) -> None:
        if self.as_json:
            path = wrong.ctx.command_path if wrong.ctx else "doselane"
            said = {"kind": "USED_WRONGLY", "message": wrong.format_message(), "remedy": f"see {path} --help"}
            write_json({"error": said})


def stop_writing() -> None:
    """Lets what is still to be printed go nowhere, so that the end of the process does not fail by it."""
    with suppress(OSError, ValueError):  # an output that is no file has nothing to be left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
