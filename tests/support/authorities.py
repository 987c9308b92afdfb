"""Reads the list of certificate authorities once: each HTTP client would read it anew, 30 ms of a processor."""

import os
import ssl
from functools import cache
from typing import Any

import httpx
from httpx import _transports

_created = httpx.create_ssl_context


@cache
def _usual(*_names_others: str | None) -> ssl.SSLContext:
    return _created()


def create_ssl_context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
    """As httpx's; the same one for all who trust whom the environment trusts."""
    if verify is True and cert is None and trust_env:
        return _usual(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    return _created(verify, cert, trust_env)


httpx.create_ssl_context = create_ssl_context
_transports.default.create_ssl_context = create_ssl_context
