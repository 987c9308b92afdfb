"""TowerService over gRPC: proto to use case, nothing else."""

from services.tower.rpc.servicer import TowerRpc

__all__ = ["TowerRpc"]
