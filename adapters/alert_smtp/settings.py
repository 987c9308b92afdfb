"""The options of an account: where its mail server is, who we are there, and whom our mail comes from."""

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from typing import Any

TLS, STARTTLS, NONE = "tls", "starttls", "none"
PORTS: Mapping[str, int] = {TLS: 465, STARTTLS: 587, NONE: 25}
_HERE = ("127.0.0.1", "localhost")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_FIELDS = frozenset({"host", "port", "security", "user", "password", "sender", "authorities_file"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of an account. No `repr` shows the password."""

    host: str
    sender: str
    security: str = STARTTLS
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def domain(self) -> str:
        """Whose ids our messages bear."""
        return self.sender.rpartition("@")[2]


def settings(options: Mapping[str, Any]) -> Settings:
    """Reads the options; raises ValueError saying all that is wrong, and never the password."""
    if wrong := list(_wrong(options)):
        raise ValueError("; ".join(wrong))
    given = {name: value for name, value in options.items() if name != "authorities_file"}
    security = options.get("security", STARTTLS)
    tls = None if security == NONE else ssl.create_default_context(cafile=options.get("authorities_file"))
    return Settings(**{"port": PORTS[security], **given}, tls=tls)


def _wrong(options: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"there is no option {name!r}" for name in options if name not in _FIELDS)
    host, security = options.get("host"), options.get("security", STARTTLS)
    if not (isinstance(host, str) and _HOST.fullmatch(host)):
        yield "host must be the name of the mail server"
    if security not in PORTS:
        yield f"security must be one of {', '.join(PORTS)}"
    elif security == NONE and host not in _HERE:
        yield "security may be none for a mail server on this machine alone"
    port = options.get("port", 1)
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 1 << 16:
        yield "port must be 1 to 65535"
    if not _is_address(options.get("sender")):
        yield "sender must be an address such as doselane@cdmo.example"
    given = [name for name in ("user", "password") if name in options]
    yield from (f"{name} must be a text" for name in given if not (isinstance(options[name], str) and options[name]))
    if len(given) == 1:
        yield "user and password go together"
    if "authorities_file" in options:
        try:
            ssl.create_default_context(cafile=str(options["authorities_file"]))
        except (OSError, ssl.SSLError) as fault:
            yield f"authorities_file cannot be read: {fault}"


def _is_address(given: object) -> bool:
    try:
        return isinstance(given, str) and given.isascii() and bool(Address(addr_spec=given).domain)
    except (ValueError, IndexError):
        return False
