"""Capacity's calls: proto to use case and back, nothing else."""

from services.capacity.rpc.capacity import CapacityRpc

__all__ = ["CapacityRpc"]
