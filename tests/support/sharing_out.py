"""How the tests are shared out among the workers of `pytest -n`: what shares something slow to start stays together."""

import os
import re

import pytest
from xdist.scheduler import LoadScopeScheduling

# A gateway for all contracts; a broker for all that speak to Kafka, and one for all that must prove to it who they are.
# Everything else goes file by file.
TOGETHER = (
    re.compile(r"tests/contracts/"),
    re.compile(r"tests/conformance/bus/|tests/integration/kernel/test_kafka_bus\.py"),
    re.compile(r"tests/integration/(adapters/test_kafka_topics|kernel/test_kafka_secured|streams/test_feed_topic)"),
)

# A third of a worker's time goes by in waiting for servers, so one more than there are cores keeps these busy.
WORKERS_MAX = 4


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many workers `-n auto` means."""
    return min(WORKERS_MAX, (os.cpu_count() or 1) + 1)


class Sharing(LoadScopeScheduling):
    """Gives a worker a file, or what shares more than a file, at a time, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def scope_of(nodeid: str) -> str:
    """What one worker runs from beginning to end."""
    file = nodeid.partition("::")[0]
    return next((together.pattern for together in TOGETHER if together.match(file)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    """Says to the plugin that hands out the tests how we want it."""
    config.option.loadscopereorder = False
    return Sharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What holds a slow test begins first: begun last, it would be waited for by everybody."""
    slow = {scope_of(item.nodeid) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: scope_of(item.nodeid) not in slow)
