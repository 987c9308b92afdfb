"""Who may know of what: a thing is visible only if everything that it refers to is.

Every service asks here, and in SQL the function `visible` of the kernel's schema, which says the same.
"""

from collections.abc import Container
from typing import Final


class _Everyone(Container[str]):
    """Holds every partner."""

    def __contains__(self, partner: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "EVERYONE"


# The id in `partners/{partner}`, as tokens and the published language have it.
PARTNER_ID: Final = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"

EVERYONE: Final[Container[str]] = _Everyone()
NOBODY: Final[Container[str]] = frozenset[str]()  # also of what is not there, or not known yet


def visible(viewer: str | None, *audiences: Container[str]) -> bool:
    """Whether a viewer (None: an operator, who sees all) may know of a thing: it must be in the audience of the thing
    itself and in that of each thing that it refers to."""
    return viewer is None or all(viewer in audience for audience in audiences)
