"""gRPC to an account's outside system, with the account's certificates, authorities and proxy.

Besides SOAP this is what the host offers to an adapter's `client.py`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import httpx

from adapters.host.client.instance import is_url
from adapters.host.client.kafka import KafkaAccess

ANSWER_BYTES_MAX = 16 << 20


class AccountClient(httpx.AsyncClient):
    """An account's HTTP client that still knows the account's files, proxy and brokers, for what is beside HTTP."""

    def __init__(
        self, *, tls: Mapping[str, str], proxy: str | None, kafka: KafkaAccess | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.tls, self.proxy, self.kafka = tls, proxy, kafka


def channel(http: httpx.AsyncClient, url: str) -> grpc.aio.Channel:
    """A channel to `url`, such as https://api.example.com:7443. Without TLS to this machine alone (`http:`), for twins.

    The account's credentials are not sent: the caller puts what the protocol wants into the metadata of each call.
    """
    if not is_url(url):
        raise ValueError(f"{url[:200]!r} is no https address")
    where = httpx.URL(url)
    target = f"{where.host}:{where.port or 443}"
    tls = http.tls if isinstance(http, AccountClient) else {}
    proxy = http.proxy if isinstance(http, AccountClient) else None
    options: list[tuple[str, Any]] = [
        ("grpc.max_receive_message_length", ANSWER_BYTES_MAX),
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_retries", 0),  # Who may call again, and when, is the caller's to say.
        ("grpc.enable_http_proxy", int(proxy is not None)),  # None from the environment.
        *([("grpc.http_proxy", proxy)] if proxy is not None else []),
    ]
    if where.scheme == "http":
        return grpc.aio.insecure_channel(target, options=options)
    return grpc.aio.secure_channel(target, _credentials(tls), options=options)


def _credentials(tls: Mapping[str, str]) -> grpc.ChannelCredentials:
    def read(name: str) -> bytes | None:
        return Path(tls[name]).read_bytes() if name in tls else None

    return grpc.ssl_channel_credentials(read("authorities_file"), read("key_file"), read("certificate_file"))
