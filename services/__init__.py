"""What decides: each service owns one kind of truth and publishes every change of it."""

import os

# Read when gRPC is first imported, and so set before anything else. No process of ours forks and goes on with gRPC; its
# fork handlers wrote a line to standard error at each start of a helper process, such as the solver, and with uvloop,
# which forks where asyncio does not, two of three such starts never ended.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
# A server that stops says goodbye to its clients, which gRPC's core writes to standard error as news.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
