"""gRPC as every service speaks it: server, client, and errors on the wire."""

from services.kernel.rpc.behalf import Behalf
from services.kernel.rpc.client import Client
from services.kernel.rpc.handler import Call
from services.kernel.rpc.server import Server, Tls
from services.kernel.rpc.shape import require_shape
from services.kernel.rpc.status import DeadlineExceeded, RemoteFault, RuleViolation, error_of, status_of

__all__ = [
    "Behalf",
    "Call",
    "Client",
    "DeadlineExceeded",
    "RemoteFault",
    "RuleViolation",
    "Server",
    "Tls",
    "error_of",
    "require_shape",
    "status_of",
]
