"""Slotting's calls: proto to use case and back, nothing else."""

from services.slotting.rpc.ledger import LedgerRpc
from services.slotting.rpc.slotting import SlottingRpc

__all__ = ["LedgerRpc", "SlottingRpc"]
