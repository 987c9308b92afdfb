"""What a verification needs of the running gateway: its doors, tokens, a courier's push, and the bus."""

from typing import Protocol

from services.kernel.bus import Bus


class PlayedGateway(Protocol):
    """A gateway that runs, wherever it does."""

    @property
    def rest_url(self) -> str:
        """Where REST listens, such as http://127.0.0.1:8080."""
        ...

    @property
    def grpc_target(self) -> str:
        """Where gRPC listens, such as 127.0.0.1:9090."""
        ...

    @property
    def bus(self) -> Bus:
        """Where events are published."""
        ...

    def token(self, partner: str, *scopes: str) -> str:
        """An access token that speaks for `partner` with these scopes."""
        ...
