"""The version of a mapping: by the same version, the same message is read alike."""

import json
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from adapters.host.mappings import NO_VERSION
from adapters.manifest import Adapter
from adapters.mapping import Mapped

_ADAPTERS = Path(__file__).parents[1]
_DIGEST_CHARACTERS = 12
_PLAIN = (str, int, float, bool, type(None))


def mapping_version(adapter: Adapter, given: Any) -> str:
    """What the operator calls the mapping, `+`, and a digest of all that decides how messages are read: the adapter's

    code with its tables, the account's options, and its mapping. Without a mapping of its own, the digest alone.
    `given` is what the adapter is built with.
    """
    reads_by = sha256(_code(adapter.name) + json.dumps(said(given)).encode()).hexdigest()[:_DIGEST_CHARACTERS]
    counted = given.mapping.version if isinstance(given, Mapped) else NO_VERSION
    return reads_by if counted == NO_VERSION else f"{counted}+{reads_by}"


def said(value: Any) -> Any:
    """Settings as JSON that is the same in every process. Secrets, which no `repr` shows, are left out."""
    if isinstance(value, BaseModel):
        shown = [name for name, field in type(value).model_fields.items() if field.repr]
        return {name: said(getattr(value, name)) for name in shown}
    if is_dataclass(value):
        return {each.name: said(getattr(value, each.name)) for each in fields(value) if each.repr}
    if isinstance(value, Mapping):
        # In their order: of two lines for one word the first is sent.
        return [[said(name), said(each)] for name, each in value.items()]
    if isinstance(value, Set):
        return sorted(json.dumps(said(each)) for each in value)
    if isinstance(value, list | tuple):
        return [said(each) for each in value]
    return value if isinstance(value, _PLAIN) else str(value)


@cache
def _code(adapter: str) -> bytes:
    """A digest of the adapter's own files and of those that all adapters share."""
    files = [*(_ADAPTERS / adapter).rglob("*.py"), *_ADAPTERS.glob("*.py"), *(_ADAPTERS / "ports").glob("*.py")]
    digest = sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(_ADAPTERS).as_posix()}\0".encode() + sha256(file.read_bytes()).digest())
    return digest.digest()
