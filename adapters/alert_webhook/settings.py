"""The options of an account: the path of its receiver, and the secrets that sign."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.kernel.webhook_signing import SECRET_BYTES, SignatureKind, SigningKey

_PATH = re.compile(r"/(?!/)[\x21-\x7e]{0,500}")
_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of an account: one key that signs, or two while the receiver changes them."""

    keys: tuple[SigningKey, ...] = field(repr=False)
    path: str = "/"


def settings(options: Mapping[str, Any]) -> Settings:
    """Reads `{"path": …, "secrets": ["whsec_…"]}`; raises ValueError saying all that is wrong, and never a secret."""
    if wrong := list(_wrong(options)):
        raise ValueError("; ".join(wrong))
    raw = [_raw(secret) or b"" for secret in options["secrets"]]
    return Settings(tuple(SigningKey(SignatureKind.HMAC_SHA256, each) for each in raw), options.get("path", "/"))


def _wrong(options: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"there is no option {name!r}" for name in options if name not in ("path", "secrets"))
    path, secrets = options.get("path", "/"), options.get("secrets")
    if not (isinstance(path, str) and _PATH.fullmatch(path)):
        yield "path must begin with one stroke: it stands below the account's address"
    if not (isinstance(secrets, list) and 1 <= len(secrets) <= 2 and all(map(_raw, secrets))):
        sizes = f"{SECRET_BYTES[0]} to {SECRET_BYTES[-1]}"
        yield f"secrets must be one or two of {_PREFIX} (which may be left out) and {sizes} bytes in base64"


def _raw(secret: object) -> bytes | None:
    if not isinstance(secret, str):
        return None
    try:
        raw = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) in SECRET_BYTES else None
