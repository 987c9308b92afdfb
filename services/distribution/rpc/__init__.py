"""Distribution over gRPC: proto to use case, nothing else."""

from services.distribution.rpc.a2_tables import A2TableRpc
from services.distribution.rpc.distribution import DistributionRpc
from services.distribution.rpc.lanes import LaneRpc

__all__ = ["A2TableRpc", "DistributionRpc", "LaneRpc"]
