"""The site for language models: an index of its pages, and the guides in one text (the convention `llms.txt`)."""

import re
from collections.abc import Sequence

_ABOUT = """# Doselane

> An integration gateway of a radiopharmaceutical contract manufacturer: capacity, slots and the status of each dose
> over gRPC, REST and event streams. A claim is answered at once and is final; a dose decays while it waits, so every
> promise has a time.

Machine-readable: [OpenAPI 3.1](/openapi.json), [OpenAPI 3.0](/openapi-3.0.json), [AsyncAPI 3.0](/docs/asyncapi.yaml),
[Postman collection](/docs/doselane.postman_collection.json), gRPC reflection. Errors carry a `reason`: decide on it,
and look it up in [errors](/docs/reference/errors.md).

"""
_NO_SENTENCE = ("#", "<", "|", "`", "!", "* ")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


def index(pages: Sequence[tuple[str, str, str]]) -> str:
    """A line a page, with its first sentence."""
    lines = [f"- [{title}](/docs/{path}): {_first(text)}" for path, title, text in pages]
    return (
        f"{_ABOUT}## Pages\n\n"
        + "\n".join(lines)
        + "\n\n## All guides in one text\n\n- [llms-full.txt](/llms-full.txt)\n"
    )


def whole(pages: Sequence[tuple[str, str, str]]) -> str:
    """The texts of the pages, one after the other."""
    return _ABOUT + "\n\n".join(text for _, _, text in pages)


def _first(text: str) -> str:
    """The first sentence below the title, without links."""
    lines = (line for line in text.split("\n")[1:] if line.strip() and not line.startswith(_NO_SENTENCE))
    return _LINK.sub(r"\1", next(lines, "").partition(". ")[0]).rstrip(".:")
