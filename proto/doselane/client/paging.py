"""Lists, item by item: the pages are fetched as they are needed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

PAGE_SIZE_MAX = 1000

Asked = TypeVar("Asked", bound=Message)


async def items(call: Callable[[Asked], Awaitable[Any]], request: Asked) -> AsyncIterator[Any]:
    """Every item of a list, or of a search, from the page that the request names on.

    `async for slot in items(SlottingServiceStub(gateway).ListSlots, ListSlotsRequest())`; raises CallError.
    """
    asked = type(request)()
    asked.CopyFrom(request)
    while True:
        page = await call(asked)
        for each in getattr(page, listed(page).name):
            yield each
        if not page.next_page_token:
            return
        asked.page_token = page.next_page_token  # type: ignore[attr-defined]


def listed(page: Message) -> FieldDescriptor:
    """The field of a page that holds what is listed (AIP-132: the first). TypeError for an answer that is no page."""
    fields = page.DESCRIPTOR.fields
    if "next_page_token" in page.DESCRIPTOR.fields_by_name and fields[0].message_type and fields[0].is_repeated:
        return fields[0]
    raise TypeError(f"{page.DESCRIPTOR.full_name} is no page of a list")
