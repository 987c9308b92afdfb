"""Everybody who takes part in a simulation, and the gateway that they use."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from services.kernel.db import Database
from services.local.demo.doors import Program, Signatory
from services.local.demo.releasing import Staff
from services.local.twins import Twins

COURIERS = ("swiftline", "coldway", "airbridge", "harborline")


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who takes part, each with an own login."""

    planner: Program
    northlake: Program
    harbor: Program
    couriers: Sequence[Program]
    laboratory: Program
    assurance: Signatory
    staff: Staff

    @property
    def partners(self) -> Sequence[Program]:
        """Who is told what happens."""
        return (self.northlake, self.harbor, *self.couriers)


class PlayedOn(Protocol):
    """A gateway that runs, wherever its services do, with the partners' own systems beside it."""

    rest_url: str
    grpc_target: str
    twins: Twins
    databases: dict[str, Database]


@asynccontextmanager
async def cast_of(gateway: PlayedOn) -> AsyncIterator[Cast]:
    """Everybody, logged in."""
    async with AsyncExitStack() as logged_in:

        async def program(client_id: str) -> Program:
            return await logged_in.enter_async_context(Program(client_id, gateway.rest_url, gateway.grpc_target))

        async def person(function: str) -> Signatory:
            return await logged_in.enter_async_context(Signatory(function, gateway.rest_url, gateway.grpc_target))

        planner = await program("tidewater-planner")
        yield Cast(
            planner,
            await program("northlake-orchestrator"),
            await program("harbor-gateway"),
            [await program(f"{courier}-tracking") for courier in COURIERS],
            await program("qc-laboratory"),
            await person("quality-assurance"),
            Staff(planner, await person("designated-person"), await person("qualified-person")),
        )
