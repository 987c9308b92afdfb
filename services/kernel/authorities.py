"""Whom this machine believes: the usual certificate authorities, read once a process.

To read their list takes 15 to 30 ms of a processor, and each HTTP client read it anew, also for addresses without TLS.
"""

import ssl
from functools import cache

import httpx


def usual_context() -> ssl.SSLContext:
    """The context of all clients that trust whom the machine trusts. It is shared: nobody adds anything to it."""
    return _read(ssl.get_default_verify_paths())


def new_context() -> ssl.SSLContext:
    """Another one like it, for a client that adds its own certificate."""
    return httpx.create_ssl_context()


@cache
def _read(_of_this_environment: ssl.DefaultVerifyPaths) -> ssl.SSLContext:
    return new_context()
