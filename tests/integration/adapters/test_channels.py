"""gRPC beside an account's HTTP client: the same certificates and authorities; without TLS to this machine alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

from adapters.host.client import client
from adapters.host.client.channels import channel
from services.kernel.clock import SystemClock
from tests.support.certificates import Authority


@asynccontextmanager
async def other_side(credentials: grpc.ServerCredentials | None = None) -> AsyncIterator[int]:
    """A server that says how it is; its port."""
    server = grpc.aio.server()
    health_pb2_grpc.add_HealthServicer_to_server(HealthServicer(), server)
    where = "127.0.0.1:0"
    port = server.add_secure_port(where, credentials) if credentials else server.add_insecure_port(where)
    await server.start()
    try:
        yield port
    finally:
        await server.stop(0)


def asking_for_a_certificate(certificate: str, key: str, authorities: Path) -> grpc.ServerCredentials:
    pair = (Path(key).read_bytes(), Path(certificate).read_bytes())
    return grpc.ssl_server_credentials([pair], authorities.read_bytes(), require_client_auth=True)


async def asked(connection: dict[str, object], url: str) -> int:
    async with client(connection, SystemClock()) as http, channel(http, url) as made:
        return (await health_pb2_grpc.HealthStub(made).Check(health_pb2.HealthCheckRequest(), timeout=20)).status


async def test_a_channel_shows_our_certificate_and_believes_the_accounts_authorities_alone(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    (theirs, their_key), (ours, our_key) = authority.issue("theirs"), authority.issue("ours")
    strict = asking_for_a_certificate(theirs, their_key, authority.file)
    known, proof = {"authorities_file": str(authority.file)}, {"certificate_file": ours, "key_file": our_key}
    async with other_side(strict) as port:
        url = f"https://127.0.0.1:{port}"
        assert await asked({"url": url, "tls": known | proof}, url) == health_pb2.HealthCheckResponse.SERVING
        for tls in (known, proof):  # no proof; or an authority that we do not know
            with pytest.raises(grpc.aio.AioRpcError) as no:
                await asked({"url": url, "tls": tls}, url)
            assert no.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_this_machine_is_reached_without_tls_and_no_other() -> None:
    async with other_side() as port:
        url = f"http://127.0.0.1:{port}"
        assert await asked({"url": url}, url) == health_pb2.HealthCheckResponse.SERVING
    for url in ("http://api.pubsub.example:7443", "api.pubsub.example:7443", "grpc://api.pubsub.example"):
        with pytest.raises(ValueError, match="no https address"):
            await asked({"url": "https://plant.example"}, url)


async def test_the_proxy_is_the_accounts_and_never_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    async with other_side() as port:
        url = f"http://127.0.0.1:{port}"
        for name in ("http_proxy", "https_proxy", "grpc_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.delenv("no_proxy", raising=False)
        assert await asked({"url": url}, url) == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.aio.AioRpcError):  # Nobody listens there.
            await asked({"url": url, "proxy": "http://127.0.0.1:9"}, url)
