"""Pages of a list (AIP-158): sizes, and tokens that are good only for the caller and the query they were made for."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from services.kernel.db import Database
from services.kernel.errors import Invalid
from services.kernel.identity import Caller
from services.kernel.sealing import Cipher

SIZE_DEFAULT = 50
SIZE_MAX = 1000

Key = TypeVar("Key")
Row = TypeVar("Row")
_READ: Mapping[type, Callable[[str], Any]] = {str: str, int: int, UUID: UUID, datetime: datetime.fromisoformat}


class SortOrder(Generic[Key]):
    """What a list is ordered by, and so what tells where a page ends: one value of a type, or a tuple of them."""

    def __init__(self, *kinds: type) -> None:
        self._kinds = kinds

    def written(self, key: Key) -> bytes:
        """The key as a token holds it."""
        values = key if isinstance(key, tuple) else (key,)
        texts = [each.isoformat() if isinstance(each, datetime) else str(each) for each in values]
        return json.dumps(texts, ensure_ascii=False).encode()

    def read(self, written: bytes) -> Key:
        """The key in a token; ValueError if it is one of another order."""
        values = tuple(_READ[kind](text) for kind, text in zip(self._kinds, json.loads(written), strict=True))
        key: Any = values if len(values) > 1 else values[0]
        return key  # type: ignore[no-any-return]


BY_TIME: SortOrder[tuple[datetime, str]] = SortOrder(datetime, str)  # the name tells the rows of one instant apart
BY_TIME_AND_NUMBER: SortOrder[tuple[datetime, int]] = SortOrder(datetime, int)
BY_NAME: SortOrder[str] = SortOrder(str)
BY_NUMBER: SortOrder[int] = SortOrder(int)
BY_ID: SortOrder[UUID] = SortOrder(UUID)


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Key]):
    """How much to return, and after which key; None: from the start."""

    size: int
    after: Key | None
    order: SortOrder[Key]
    cipher: Cipher
    binding: tuple[bytes, ...]

    @property
    def limit(self) -> int:
        """How many rows to look for: one more than the page holds tells whether another page follows."""
        return self.size + 1

    def token_after(self, key: Key) -> str:
        """The token of the page that begins after `key`."""
        return self.cipher.seal(self.order.written(key), *self.binding)

    def cut(self, found: Sequence[Row], key: Callable[[Row], Key]) -> tuple[Sequence[Row], str]:
        """The rows of this page, of up to `limit` that were found, and the token of the next page, if there is one."""
        shown = found[: self.size]
        return shown, self.token_after(key(shown[-1])) if len(found) > self.size else ""


async def page_of(
    database: Database, request: Any, caller: Caller, order: SortOrder[Key], *, size_max: int = SIZE_MAX
) -> ListPage[Key]:
    """The page that a list request asks for. Its token is good for the same caller's same request, of any page size."""
    return read_page(await database.cipher(), request, caller, order, size_max=size_max)


def read_page(
    cipher: Cipher, request: Any, caller: Caller, order: SortOrder[Key], *, size_max: int = SIZE_MAX
) -> ListPage[Key]:
    """The same, with the cipher at hand."""
    if request.page_size < 0:
        raise Invalid("page_size must not be negative.", field="page_size", value=request.page_size)
    size, binding = min(request.page_size or SIZE_DEFAULT, size_max), _binding(request, caller)
    after = _after(cipher, request.page_token, binding, order) if request.page_token else None
    return ListPage(size, after, order, cipher, binding)


def _binding(request: Any, caller: Caller) -> tuple[bytes, ...]:
    query = type(request)()
    query.CopyFrom(request)
    for field in ("page_size", "page_token"):
        query.ClearField(field)
    who = f"{caller.partner} {caller.operator}"
    return (b"page", request.DESCRIPTOR.full_name.encode(), who.encode(), query.SerializeToString(deterministic=True))


def _after(cipher: Cipher, token: str, binding: tuple[bytes, ...], order: SortOrder[Key]) -> Key:
    try:
        return order.read(cipher.open(token, *binding))
    except ValueError:
        raise Invalid("page_token is not one of this query's; start again without it.", field="page_token") from None
