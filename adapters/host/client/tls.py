"""Whom an account believes, and with which certificate it proves who it is."""

import ssl
from typing import Any

from services.kernel.authorities import new_context, usual_context

_FIELDS = frozenset({"certificate_file", "key_file", "authorities_file"})


def tls_context(options: Any, place: str = "connection.tls") -> ssl.SSLContext:
    """Reads the files that the options at `place` name; raises ValueError saying what is wrong."""
    if not isinstance(options, dict) or not all(isinstance(each, str) and each for each in options.values()):
        raise ValueError(f"{place} must be an object of files")
    if unknown := options.keys() - _FIELDS:
        raise ValueError(f"there is no {place}.{', '.join(sorted(unknown))}")
    if ("key_file" in options) != ("certificate_file" in options):
        raise ValueError(f"{place}.certificate_file and {place}.key_file belong together")
    try:
        authorities = options.get("authorities_file")
        if not options:
            return usual_context()
        context = ssl.create_default_context(cafile=authorities) if authorities else new_context()
        if "certificate_file" in options:
            # Without this a sealed key would ask at the terminal for its password.
            context.load_cert_chain(options["certificate_file"], options["key_file"], password=_no_password)
    except (OSError, ValueError) as fault:
        raise ValueError(f"{place} cannot be read: {type(fault).__name__}: {fault}") from None
    return context


def _no_password() -> str:
    raise ValueError("the key must not be sealed with a password")
