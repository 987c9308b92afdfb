"""The documents of each release that partners' programs were written for: OpenAPI, AsyncAPI, descriptors.

A release is a folder, or a zip file of the same files: `openapi.json`, `asyncapi.yaml`, `descriptors.binpb`, and
`version`, which names it.
"""

import json
import zipfile
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from doselane.contracts.events import EventDocument
from doselane.contracts.over_http import HttpDocument
from doselane.contracts.protos import Protos
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import DecodeError

OPENAPI, ASYNCAPI, DESCRIPTORS, VERSION = "openapi.json", "asyncapi.yaml", "descriptors.binpb", "version"
HISTORY = "history"
_PACKAGED = Path(__file__).parent / "released"
_CHECKOUT = Path(__file__).parents[3] / "contracts" / "released"
# Parsed by the library in C where it is there: the document has some ten thousand lines.
YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ReleaseUnreadable(ValueError):
    """The documents of a release are not there, or not what they should be; in words."""


class ReleaseDocuments:
    """What one release promises. Each document is read when it is first asked for."""

    def __init__(self, place: Any, version: str = "") -> None:
        self._place = place
        self._version = version

    @cached_property
    def version(self) -> str:
        """Its name, such as 0.1.0; where it has none, that of its folder."""
        if self._version:
            return self._version
        said = self._place / VERSION
        return said.read_text().strip() if said.is_file() else str(self._place.name)

    @cached_property
    def http(self) -> HttpDocument:
        """OpenAPI."""
        return HttpDocument(json.loads(self._read(OPENAPI)))

    @cached_property
    def events(self) -> EventDocument:
        """AsyncAPI."""
        return EventDocument(yaml.load(self._read(ASYNCAPI), Loader=YAML_LOADER))

    @cached_property
    def protos(self) -> Protos:
        """The protos."""
        return Protos(FileDescriptorSet.FromString(self._read(DESCRIPTORS)))

    def _read(self, name: str) -> bytes:
        try:
            return (self._place / name).read_bytes()  # type: ignore[no-any-return]
        except (OSError, KeyError) as fault:
            raise ReleaseUnreadable(f"{name} of the release {self._place} cannot be read: {fault}") from fault


def release_at(place: Path) -> ReleaseDocuments:
    """The documents in a folder or a zip file. Raises ReleaseUnreadable where they cannot be read."""
    if not place.exists():
        raise ReleaseUnreadable(f"there is no {place}")
    try:
        found = ReleaseDocuments(place if place.is_dir() else zipfile.Path(place), "" if place.is_dir() else place.stem)
        _ = found.http, found.events, found.protos
    except (zipfile.BadZipFile, ValueError, TypeError, yaml.YAMLError, DecodeError) as fault:
        raise ReleaseUnreadable(f"{place} does not hold the documents of a release: {fault}") from fault
    return found


@cache
def released() -> ReleaseDocuments:
    """The newest release that this installation knows."""
    return ReleaseDocuments(_folder())


@cache
def history() -> Sequence[ReleaseDocuments]:
    """The releases before that, the oldest first."""
    return history_in(_folder() / HISTORY)


def history_in(folder: Path) -> Sequence[ReleaseDocuments]:
    """The releases in a folder of zip files, the oldest first."""
    if not folder.is_dir():
        return ()
    found = sorted((each for each in folder.iterdir() if each.name.endswith(".zip")), key=lambda each: order(each.stem))
    return tuple(ReleaseDocuments(zipfile.Path(each), each.stem) for each in found)


def order(version: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts versions such as 0.9.0 and 0.10.0 by their numbers."""
    parts = version.replace("-", ".").split(".")
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts)


def _folder() -> Path:
    """Where the documents are: in the package, or, in a checkout, beside it."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
