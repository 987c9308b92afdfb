"""What partners rely on, written down by them and proven against us."""

import os

# Before pact is first imported: its core would otherwise report each run to its makers.
os.environ.setdefault("PACT_DO_NOT_TRACK", "true")
