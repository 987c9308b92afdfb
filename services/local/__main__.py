"""`python -m services.local`: run the whole gateway on this machine, play the demo day, look after parked events."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

import uvloop

from services.kernel import log as json_log
from services.local import clock, commands
from services.local.kafka import KafkaUnavailable
from services.local.postgres import PostgresUnavailable
from services.local.services import NAMES

DATA = Path(".data")


def main(argv: list[str] | None = None) -> int:
    """Do what the command line says; the exit code."""
    asked = _parser().parse_args(argv)
    json_log.setup(asked.log_level)
    try:
        return uvloop.run(asked.command(asked))
    except (PostgresUnavailable, KafkaUnavailable, OSError) as fault:
        print(f"Doselane cannot start: {fault}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("services.local", description=__doc__)
    parser.add_argument("--log-level", default="WARNING", choices=list(logging.getLevelNamesMapping()), metavar="LEVEL")
    commands_of = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands_of.add_parser("run", help="start the gateway, play the demo day and stay up until Ctrl-C")
    run.add_argument("--http-port", type=int, default=8080, help="for REST, API docs and push (0: any free one)")
    run.add_argument("--grpc-port", type=int, default=9090, help="for gRPC (0: any free one)")
    run.add_argument("--ops-port", type=int, default=9091, help="for health and metrics (0: any free one)")
    run.add_argument("--no-demo", action="store_true", help="start without the demo day")
    run.set_defaults(command=commands.run)
    demo = commands_of.add_parser("demo", help="play the demo day on a fresh gateway; the last line is one JSON object")
    demo.set_defaults(command=commands.demo)
    for command in (run, demo):
        command.add_argument("--bus", choices=("postgres", "kafka"), default="postgres", help="what carries the events")
        command.add_argument(
            "--clock", type=clock.place_of, metavar="WHEN", help="move the gateway's clock on: +36h, +3d, or an instant"
        )
    parked = commands_of.add_parser("parked", help="list events that a consumer could not apply, or apply them again")
    parked.add_argument("action", choices=("list", "replay"))
    parked.add_argument("schema", choices=NAMES, help="the service whose consumer parked them")
    parked.add_argument("id", nargs="*", type=int, help="only these (all when none is given)")
    parked.set_defaults(command=commands.parked)
    verify = commands_of.add_parser("verify", help="check the hash chains of all event logs")
    verify.set_defaults(command=commands.verify)
    for command in (run, parked, verify):
        command.add_argument("--data", type=Path, default=DATA, help="where the data is kept (default: .data)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
