"""Fixtures that every test may ask for, and how the tests are shared out among the workers."""

import gc
import os
import sys

from hypothesis import HealthCheck, settings

# The Pact core would otherwise report each run to its makers.
os.environ.setdefault("PACT_DO_NOT_TRACK", "true")

# Tests start some fifty Python processes; where compiled code is not kept, each would compile every library anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Nearly all that lives while tests run is modules and tests, which stay to the end: to go through them all again and
# again takes a tenth of the time. What is in a cycle is still collected, only later.
gc.set_threshold(50_000, 20, 50)

# How long an example takes depends on the machine and on who else uses it.
settings.register_profile("doselane", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("doselane")

pytest_plugins = [
    "tests.support.authorities",
    "tests.support.sharing_out",
    "tests.support.telling",
    "tests.support.decay",
    "tests.support.postgres",
    "tests.support.kafka",
    "tests.support.secured_kafka",
    "tests.support.gateway",
    "tests.support.hearing",
    "tests.support.isolation",
    "tests.support.browser",
]


def pytest_collection_finish() -> None:
    """Sets aside what was imported, for the collector of garbage."""
    gc.collect()
    gc.freeze()
