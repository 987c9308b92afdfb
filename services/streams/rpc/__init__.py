"""The services over gRPC: proto to use case, nothing else."""

from services.streams.rpc.feeds import FeedRpc

__all__ = ["FeedRpc"]
