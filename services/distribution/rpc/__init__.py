"""Distribution over gRPC: proto to use case, nothing else."""

from services.distribution.rpc.distribution import DistributionRpc

__all__ = ["DistributionRpc"]
