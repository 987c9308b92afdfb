"""Pages of a list (AIP-158): sizes, and tokens bound to the query and the caller they were made for."""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
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

    def token_after_time(self, at: datetime, name: object) -> str:
        """The token of the page that begins after a row of a list by time; its name tells rows of one instant apart."""
        return self.token_after(f"{at.isoformat()} {name}")

    def after_time(self, name: re.Pattern[str]) -> tuple[datetime, str] | None:
        """The instant and the name, of this shape, after which the page of a list by time begins."""
        if self.after is None:
            return None
        at, _, last = self.after.partition(" ")
        try:
            parsed = datetime.fromisoformat(at)
        except ValueError:
            parsed = None
        # The digest of a token is no secret, so that one made by hand may hold anything.
        if parsed is None or parsed.tzinfo is None or not name.fullmatch(last):
            raise not_this_query()
        return parsed, last


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
        raise not_this_query() from None
    if raw[:_DIGEST_BYTES] != _digest(binding, raw[_DIGEST_BYTES:]):
        raise not_this_query()
    return Page(size, key, binding)


def _digest(binding: bytes, key: bytes) -> bytes:
    return blake2b(key, key=blake2b(binding).digest(), digest_size=_DIGEST_BYTES).digest()


def not_this_query() -> Invalid:
    """The one answer to a token that does not belong to the query, or that somebody made up."""
    return Invalid("page_token is not one of this query's; start again without it.", field="page_token")
