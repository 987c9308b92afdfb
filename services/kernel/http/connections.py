"""All connections of a server, and which of them goes when there are too many."""

import resource
from typing import Protocol

CONNECTIONS_MAX = 8192


class Closable(Protocol):
    """A connection, as far as it matters here."""

    def close(self) -> None:
        """Closes it."""
        ...


class Connections:
    """Counts the connections. When there are too many, one that only waits goes: the oldest of who has most of them.

    So whoever opens connections and sends nothing, or half a head, takes places only from himself.
    """

    def __init__(self, most: int | None = None) -> None:
        self.most = most or connections_max()
        self._address_of: dict[Closable, str] = {}
        # Who waits, by address and in the order in which they began to: a dictionary keeps it.
        self._waiting: dict[str, dict[Closable, None]] = {}

    def add(self, connection: Closable, address: str) -> None:
        """A connection was opened, and waits for its first request."""
        if len(self._address_of) >= self.most and self._waiting:
            crowd = max(self._waiting.values(), key=len)
            oldest = next(iter(crowd))
            self.remove(oldest)
            oldest.close()
        self._address_of[connection] = address
        self.waits(connection)

    def waits(self, connection: Closable) -> None:
        """It waits for a request."""
        address = self._address_of.get(connection)
        if address is not None:
            self._waiting.setdefault(address, {})[connection] = None

    def works(self, connection: Closable) -> None:
        """It has sent the whole head of a request, which is being answered."""
        address = self._address_of.get(connection, "")
        if of_address := self._waiting.get(address):
            of_address.pop(connection, None)
            if not of_address:
                del self._waiting[address]

    def remove(self, connection: Closable) -> None:
        """It was closed."""
        self.works(connection)
        self._address_of.pop(connection, None)

    def __len__(self) -> int:
        return len(self._address_of)


def connections_max() -> int:
    """As many as half of the files that the process may open, and never more than CONNECTIONS_MAX."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return CONNECTIONS_MAX if files == resource.RLIM_INFINITY else max(64, min(CONNECTIONS_MAX, files // 2))
