"""The sandbox's specifications. Not for use: taken from open literature, to show and to try."""

from functools import cache
from importlib.resources import files

from services.quality.domain.specification.rules import Specification
from services.quality.specifications.reading import read_specification


def sandbox_texts() -> dict[str, str]:
    """The YAML of each, by file name."""
    folder = files(__package__)
    found = (each for each in folder.iterdir() if each.name.endswith(".yaml"))
    return {each.name: each.read_text("utf-8") for each in sorted(found, key=lambda each: each.name)}


@cache
def sandbox() -> dict[str, Specification]:
    """The specification of each product, by the product's name."""
    read = (read_specification(text) for text in sandbox_texts().values())
    return {specification.product: specification for specification in read}
