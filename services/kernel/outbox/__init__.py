"""Saving is publishing: events go into `outbox` in the transaction that made them, and a relay carries them on."""

from services.kernel.outbox.append import append
from services.kernel.outbox.relay import Relay

__all__ = ["Relay", "append"]
