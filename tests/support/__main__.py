"""Fetches what the tests run beside Python, before pytest begins to capture the output, so that progress is seen."""

import os
import sys
from functools import partial

from services.local import kafka
from services.local.kafka import KafkaUnavailable
from tests.support import tools
from tests.support.tools import ToolUnavailable


def main() -> None:
    """Says what is missing and goes on: the tests that need it skip, with the same words."""
    if not os.environ.get("KAFKA_BOOTSTRAP"):
        try:
            kafka.prepare()
        except KafkaUnavailable as missing:
            sys.stderr.write(f"{missing}\n")
    wanted = [partial(tools.go_tool, module) for module in (tools.GRPCURL, tools.KUBECONFORM)]
    for fetch in (*wanted, partial(tools.node_tools, tools.OPENAPI_LINTERS / "package.json")):
        try:
            fetch()
        except ToolUnavailable as missing:
            sys.stderr.write(f"{missing}\n")


if __name__ == "__main__":
    main()
