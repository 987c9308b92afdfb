"""The whole gateway as a process of its own, for the bench that follows a push to a subscriber."""

import asyncio
import json
import sys
from pathlib import Path

import uvloop

from services.local.gateway import Gateway, Plan
from services.local.world import MANUFACTURER, NORTHLAKE, PLANNER_SCOPES, SPECIALTY, SPONSOR_SCOPES


async def serve(dsn: str, folder: Path) -> None:
    """Run until killed; print the doors and tokens."""
    async with Gateway(Plan(dsn, folder)) as gateway:
        doors = {
            "rest_url": gateway.rest_url,
            "grpc_target": gateway.grpc_target,
            "staff": gateway.token(MANUFACTURER, *PLANNER_SCOPES),
            "sponsor": gateway.token(NORTHLAKE, *SPONSOR_SCOPES),
            "courier": gateway.token(SPECIALTY, "courier.push"),
        }
        print(json.dumps(doors), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], Path(sys.argv[2])))
