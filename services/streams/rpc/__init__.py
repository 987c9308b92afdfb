"""The services over gRPC: proto to use case, nothing else."""

from services.streams.rpc.endpoints import EndpointRpc, attempt_bytes
from services.streams.rpc.feeds import FeedRpc

__all__ = ["EndpointRpc", "FeedRpc", "attempt_bytes"]
