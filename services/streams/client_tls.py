"""TLS to a partner's brokers, with a certificate of ours where they ask for one."""

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from services.streams.domain.kafka_destination import BrokerAccess


def tls_of(access: BrokerAccess) -> ssl.SSLContext | None:
    """Whom to believe, and who we are; None without TLS. ssl.SSLError for certificates that cannot be used."""
    context = access.tls()
    if context is not None and access.certificate:
        with _readable(f"{access.certificate.key}\n{access.certificate.chain}".encode()) as path:
            context.load_cert_chain(path)
    return context


@contextmanager
def _readable(content: bytes) -> Iterator[str]:
    """A file for as long as the library reads it, as it reads files alone: in memory, where the system has such."""
    if not hasattr(os, "memfd_create"):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            yield file.name
        return
    number = os.memfd_create("certificate")
    try:
        with open(number, "wb", closefd=False) as file:
            file.write(content)
        yield f"/proc/self/fd/{number}"
    finally:
        os.close(number)
