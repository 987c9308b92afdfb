"""The whole gateway as a process of its own, for tests that look at its health and memory from outside."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.local.gateway import Gateway, Plan
from services.local.world import MANUFACTURER, NORTHLAKE, PLANNER_SCOPES, SPONSOR_SCOPES
from tests.support.slotting_process import child, first_line


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway somewhere else."""

    pid: int
    rest_url: str
    grpc_target: str
    staff: str
    sponsor: str

    def token(self, partner: str, *scopes: str) -> str:
        """The planner's token, or Northlake's; there are no others."""
        return {MANUFACTURER: self.staff, NORTHLAKE: self.sponsor}[partner]


@contextmanager
def gateway_process(dsn: str, data_dir: Path) -> Iterator[Running]:
    """A gateway on the PostgreSQL bus until the block ends."""
    with child([sys.executable, "-m", "tests.support.gateway_process", dsn, str(data_dir)]) as process:
        yield Running(process.pid, **json.loads(first_line(process)))


async def _serve(dsn: str, data_dir: Path) -> None:
    async with Gateway(Plan(database_dsn=dsn, data_dir=data_dir, keep_alive_s=0.5)) as gateway:
        doors = {
            "rest_url": gateway.rest_url,
            "grpc_target": gateway.grpc_target,
            "staff": gateway.token(MANUFACTURER, *PLANNER_SCOPES),
            "sponsor": gateway.token(NORTHLAKE, *SPONSOR_SCOPES),
        }
        print(json.dumps(doors), flush=True)
        await gateway.wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], Path(sys.argv[2])))
