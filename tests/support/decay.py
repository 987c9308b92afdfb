"""An independent implementation of radioactive decay, for what tests compare."""

import importlib
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def radioactivedecay() -> ModuleType:
    """The library; imported when a test asks, as those under it take seconds to come up, in each worker."""
    return importlib.import_module("radioactivedecay")
