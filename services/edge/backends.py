"""The gRPC connections to the services behind the door: one for each target."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc
import grpc.aio

from services.edge.api import Binding
from services.kernel.rpc.client import CHANNEL_OPTIONS

EVERYTHING = "*"
REACHED_S = 1.5


class TargetsMissing(ValueError):
    """A package has no target, so its calls could not be answered."""


class Backends:
    """Finds the connection for a call; `targets` maps proto packages, or `*`, to addresses."""

    def __init__(
        self,
        targets: Mapping[str, str],
        bindings: Sequence[Binding],
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        self._targets, self._credentials = targets, credentials
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._calls: dict[str, Callable[..., Any]] = {}
        packages = sorted({binding.method.containing_service.file.package for binding in bindings})
        if missing := [package for package in packages if not self._target(package)]:
            raise TargetsMissing(f"DOSELANE_EDGE_TARGETS names no target for {', '.join(missing)}, nor one for `*`.")

    def call(self, binding: Binding) -> Callable[..., Any]:
        """What makes a call: of the request, and answers, or streams, its response."""
        found = self._calls.get(binding.grpc_path)
        if found is None:
            channel = self._channel(self._target(binding.method.containing_service.file.package))
            make = channel.unary_stream if binding.streams else channel.unary_unary
            found = self._calls[binding.grpc_path] = make(
                binding.grpc_path,
                request_serializer=binding.request.SerializeToString,
                response_deserializer=binding.response.FromString,
            )
        return found

    def _channel(self, target: str) -> grpc.aio.Channel:
        """The connection to a target, made when it is first needed."""
        if target not in self._channels:
            self._channels[target] = (
                grpc.aio.secure_channel(target, self._credentials, options=CHANNEL_OPTIONS)
                if self._credentials
                else grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS)
            )
        return self._channels[target]

    async def check(self) -> None:
        """Returns when a service can be reached; for readiness.

        One is enough: a door that closes because one service is away takes all the others with it.
        """
        targets = sorted(set(self._targets.values()))
        found = await asyncio.gather(*(self._answers(target) for target in targets))
        if not any(found):
            raise ConnectionError("no service can be reached")

    async def _answers(self, target: str) -> bool:
        try:
            async with asyncio.timeout(REACHED_S):
                await self._channel(target).channel_ready()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Closes all connections."""
        for channel in self._channels.values():
            await channel.close()
        self._channels.clear()
        self._calls.clear()

    def _target(self, package: str) -> str:
        return self._targets.get(package) or self._targets.get(EVERYTHING, "")
