"""A page of books before and after a refusal: nothing may have changed."""

from typing import Any

import pytest

from services.kernel.errors import GatewayError
from services.slotting.domain import Book, Command, UnitOfWork, decide


def refusal(page: UnitOfWork, command: Command) -> GatewayError:
    """The refusal that must come; books, slots and happenings are as before."""
    before = picture(page)
    with pytest.raises(GatewayError) as refused:
        decide(page, command)
    assert picture(page) == before
    return refused.value


def picture(page: UnitOfWork) -> Any:
    """All that a command could change."""
    books = {name: (book.run, *accounts(book)) for name, book in page.books.items()}
    return books, dict(page.slots), list(page.created), dict(page.touched), list(page.happenings)


def accounts(book: Book) -> tuple[Any, ...]:
    """Sizes and what is committed."""
    own = {partner: (each.size, each.committed) for partner, each in book.allotments.items()}
    return book.pool.size, book.pool.committed, own
