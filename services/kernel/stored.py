"""Values of a domain as JSON in a row, and back, one way for every kind; and texts as a row can hold them."""

from typing import Any, Generic, TypeVar

from pydantic import ConfigDict, TypeAdapter

Value = TypeVar("Value")
_BYTES_AS_TEXT = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


def storable(text: str) -> str:
    """A text as PostgreSQL can hold it: protobuf allows the sign NUL, the database does not."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


class Stored(Generic[Value]):
    """How values of one kind are written: instants with their zone, decimals with their digits, bytes as base64."""

    def __init__(self, kind: type[Value]) -> None:
        # Of a dataclass itself no adapter may be configured; of a tuple that holds one it may.
        self._adapter: TypeAdapter[Any] = TypeAdapter(tuple[kind], config=_BYTES_AS_TEXT)  # type: ignore[valid-type]

    def text(self, value: Value) -> str:
        """The value as JSON."""
        return self._adapter.dump_json((value,))[1:-1].decode()

    def read(self, text: str) -> Value:
        """The value in a JSON text."""
        value: Value = self._adapter.validate_json(f"[{text}]")[0]
        return value
