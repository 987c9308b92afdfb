"""Plays contracts against a whole gateway."""

import os

# Before pact is first imported: its core would otherwise report each run to its makers.
os.environ.setdefault("PACT_DO_NOT_TRACK", "true")
