"""Fixtures that every test may ask for."""

import os

# The Pact core would otherwise report each run to its makers.
os.environ.setdefault("PACT_DO_NOT_TRACK", "true")

pytest_plugins = ["tests.support.postgres", "tests.support.kafka", "tests.support.gateway"]
