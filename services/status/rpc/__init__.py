"""StatusService over gRPC: proto to use case, nothing else."""

from services.status.rpc.servicer import StatusRpc

__all__ = ["StatusRpc"]
