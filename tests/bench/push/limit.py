"""The limit: a bare FastAPI route that stores a body with one insert. It checks nothing and answers nothing."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from fastapi import FastAPI, Request, Response

from services.kernel.ids import uuid7


def make_app(dsn: str) -> FastAPI:
    """The application."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=16, max_size=16) as pool:
            await pool.execute("CREATE TABLE IF NOT EXISTS raw (id uuid PRIMARY KEY, body bytea NOT NULL)")
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/push", status_code=204)
    async def push(request: Request) -> Response:
        body = await request.body()
        await app.state.pool.execute("INSERT INTO raw (id, body) VALUES ($1, $2)", uuid7(), body)
        return Response(status_code=204)

    return app


async def main() -> None:
    """Serve on a free port, and say which."""
    config = uvicorn.Config(make_app(sys.argv[1]), port=0, http="httptools", log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
