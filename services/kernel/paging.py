"""Pages of a list (AIP-158): sizes, and tokens bound to the query and the caller they were made for."""

import base64
import binascii
from dataclasses import dataclass
from hashlib import blake2b

from services.kernel.errors import Invalid

SIZE_DEFAULT = 50
SIZE_MAX = 1000
_DIGEST_BYTES = 12


@dataclass(frozen=True, slots=True)
class Page:
    """How much to return, and after which key; None: from the start."""

    size: int
    after: str | None
    binding: bytes

    def token_after(self, key: str) -> str:
        """The token of the page that begins after `key`."""
        body = key.encode()
        return base64.urlsafe_b64encode(_digest(self.binding, body) + body).decode().rstrip("=")


def page_of(page_size: int, page_token: str, *bound_to: object) -> Page:
    """The page that was asked for. `bound_to`: the caller's partner and all filters; another query's token is refused.

    The token guards against mistakes, not against forgery: rows are bound to the partner by the query itself.
    """
    if page_size < 0:
        raise Invalid("page_size must not be negative.", field="page_size", value=page_size)
    binding = repr(bound_to).encode()
    size = min(page_size or SIZE_DEFAULT, SIZE_MAX)
    if not page_token:
        return Page(size, None, binding)
    try:
        raw = base64.b64decode(page_token + "=" * (-len(page_token) % 4), altchars=b"-_", validate=True)
        key = raw[_DIGEST_BYTES:].decode()
    except (binascii.Error, ValueError):
        raise _not_this_query() from None
    if raw[:_DIGEST_BYTES] != _digest(binding, raw[_DIGEST_BYTES:]):
        raise _not_this_query()
    return Page(size, key, binding)


def _digest(binding: bytes, key: bytes) -> bytes:
    return blake2b(key, key=blake2b(binding).digest(), digest_size=_DIGEST_BYTES).digest()


def _not_this_query() -> Invalid:
    return Invalid("page_token is not one of this query's; start again without it.", field="page_token")
