"""What the host can be told, and the accounts of those who push."""

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import SecretStr

from adapters.host.auth import HeaderKey, credential
from adapters.host.client import client
from adapters.host.mappings import NO_MAPPING, MappingFile, mapping_file, mapping_of
from adapters.host.rates import rate_of
from adapters.host.values import Account
from adapters.host.versions import mapping_version
from adapters.manifest import Adapter
from adapters.mapping import Mapped
from services.kernel import settings
from services.kernel.clock import SystemClock
from services.kernel.identity import TokenVerifier, names_partner
from services.kernel.settings import Bounds, Seconds, SettingsError

_MEBIBYTE = 1 << 20
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,61}[a-z0-9]")
_FIELDS = frozenset({"partner", "adapter", "auth", "options", "connection", "mapping", "rate", "manufacturer"})


class Settings(settings.Settings):
    """Settings of a host; variables DOSELANE_EXCHANGE_ACCOUNTS, …"""

    # JSON of the accounts, see the README; …_ACCOUNTS_FILE may name a file with it.
    accounts: SecretStr = SecretStr("{}")
    push_listen: str = "0.0.0.0:8081"
    body_bytes_max: Annotated[int, Bounds(1024, 64 * _MEBIBYTE)] = 8 * _MEBIBYTE
    # Pushes that are being read, stored or judged, and their bytes; what comes on top is asked to come again.
    pushes_waiting_max: Annotated[int, Bounds(1, 100_000)] = 4096
    bytes_waiting_max: Annotated[int, Bounds(1024, 1 << 40)] = 256 * _MEBIBYTE
    # How long a sender may take over its body.
    body_within: Annotated[Seconds, Bounds(0.01, 600)] = timedelta(seconds=30)
    # How long messages, what was made of them, and deliveries are kept.
    keep: Annotated[Seconds, Bounds(86_400, 3650 * 86_400)] = timedelta(days=400)
    request_retention: Annotated[Seconds, Bounds(3600)] = timedelta(days=30)  # how long a request can be repeated
    # How often the deliveries that wait are looked through for those whose time has come.
    look_every: Annotated[Seconds, Bounds(0.01, 60)] = timedelta(seconds=2)
    # Whether what a partner subscribes to may be sent to this machine, also without TLS; for a sandbox.
    loopback: bool = False


def accounts(text: str, adapters: Mapping[str, Adapter], verifier: TokenVerifier) -> dict[str, Account]:
    """Reads the accounts; raises one SettingsError with every problem, and never shows a secret."""
    try:
        listed = json.loads(text)
    except json.JSONDecodeError as wrong:
        raise SettingsError([f"accounts are not JSON: {wrong.msg} at line {wrong.lineno}."]) from None
    if not isinstance(listed, dict):
        raise SettingsError(["accounts must be a JSON object: the account's id, and its description."])
    found: dict[str, Account] = {}
    problems: list[str] = []
    for account_id, described in listed.items():
        try:
            found[account_id] = _account(account_id, described, adapters, verifier)
        except ValueError as wrong:
            # Whose it is, and which system, on each line: of a mapping there may be many.
            whose = described if isinstance(described, dict) else {}
            told = ", ".join(str(whose[name])[:64] for name in ("partner", "adapter") if name in whose)
            named = f"account {account_id[:64]!r}" + (f" ({told})" if told else "")
            problems += [f"{named}: {line.removesuffix('.')}." for line in str(wrong).splitlines()]
    if problems:
        raise SettingsError(problems)
    return found


def entry_accounts(adapters: Iterable[Adapter]) -> dict[str, Account]:
    """An account of the house's for each adapter that reads what is entered by hand: nobody can push to it, and no

    account of an operator's can have a colon in its id.
    """
    reading = [adapter for adapter in adapters if adapter.entry]
    return {f"entry:{adapter.name}": _entry_account(f"entry:{adapter.name}", adapter) for adapter in reading}


def _entry_account(account_id: str, adapter: Adapter) -> Account:
    read, mapping = adapter.settings({}), _mapping({}, adapter)
    given = Mapped(read, mapping.mapping) if mapping else read
    nobodys, version = HeaderKey("none", [secrets.token_hex()]), mapping_version(adapter, given)
    return Account(account_id, "", adapter, nobodys, adapter.build(given), given, mapping_version=version)


def _account(account_id: str, described: Any, adapters: Mapping[str, Adapter], verifier: TokenVerifier) -> Account:
    if not isinstance(described, dict):
        raise ValueError("must be an object")
    partner, name, options = described.get("partner"), str(described.get("adapter")), described.get("options", {})
    wrong = [f"there is no field {field!r}" for field in described if field not in _FIELDS]
    if not _ACCOUNT.fullmatch(account_id):
        wrong.append("the id must be lower-case letters, digits and hyphens, 2 to 63 of them")
    if not names_partner(str(partner)):
        wrong.append("partner must be partners/{partner}")
    if name not in adapters:
        wrong.append(f"adapter must be one of {', '.join(sorted(adapters))}")
    elif not isinstance(options, dict):
        wrong.append("options must be an object")
    else:
        wrong += _complaint(lambda: adapters[name].settings(options))
    connection = described.get("connection")
    if connection is not None:
        wrong += _complaint(lambda: client(connection, SystemClock()))
        if name in adapters and not adapters[name].needs_connection:
            wrong.append(f"{name} does not reach out, so it needs no connection")
    wrong += _complaint(lambda: _mapping(described, adapters.get(name)))
    wrong += _complaint(lambda: rate_of(described.get("rate")))
    manufacturer = described.get("manufacturer", False)
    if not isinstance(manufacturer, bool):
        wrong.append("manufacturer must be true or false")
    # Who never pushes needs no credential, and gets one that nobody knows.
    hidden = (
        described.get("auth") is None and name in adapters and not (adapters[name].webhooks or adapters[name].pages)
    )
    auth = (
        {"type": "header_key", "header": "none", "secrets": [secrets.token_hex()]} if hidden else described.get("auth")
    )
    scope = adapters[name].port.scope if name in adapters else ""
    wrong += _complaint(lambda: credential(auth, verifier, scope))
    if wrong:
        raise ValueError("; ".join(wrong))
    adapter = adapters[name]
    proves, read, mapping = credential(auth, verifier, scope), adapter.settings(options), _mapping(described, adapter)
    given = Mapped(read, mapping.mapping, manufacturer) if mapping else read
    reader, rate = adapter.build(given), rate_of(described.get("rate"))
    version = mapping_version(adapter, given)
    return Account(
        account_id, str(partner), adapter, proves, reader, given, connection, mapping, rate, manufacturer, version
    )


def _mapping(described: Mapping[str, Any], adapter: Adapter | None) -> MappingFile | None:
    """The mapping of an account whose adapter takes one. Where nothing must be said, none need be there."""
    path, shape = described.get("mapping"), adapter.mapping if adapter else None
    if shape is None:
        if path is not None and adapter is not None:
            raise ValueError(f"{adapter.name} maps nothing, so it needs no mapping")
        return None
    if path is None:
        return mapping_of("mapping", NO_MAPPING, shape)
    if not isinstance(path, str):
        raise ValueError("mapping must be the path of a YAML file")
    return mapping_file(path, shape)


def _complaint(read: Any) -> list[str]:
    try:
        read()
    except ValueError as wrong:
        return [str(wrong)]
    return []
