"""Values of the domain as JSON in a row, and back: one way for every kind."""

from typing import Generic, TypeVar

from pydantic import TypeAdapter

Value = TypeVar("Value")


class Stored(Generic[Value]):
    """How values of one kind are written: instants with their zone, decimals with their digits."""

    def __init__(self, kind: type[Value]) -> None:
        self._adapter: TypeAdapter[Value] = TypeAdapter(kind)

    def text(self, value: Value) -> str:
        """The value as JSON."""
        return self._adapter.dump_json(value).decode()

    def read(self, text: str) -> Value:
        """The value in a JSON text."""
        return self._adapter.validate_json(text)
