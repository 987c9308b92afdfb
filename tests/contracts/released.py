"""What was released, and what today's source would release in its place."""

import json
import zipfile
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml
from doselane.contracts import releases

from services.edge import openapi
from services.edge.api import load
from services.local.contracts.descriptors import descriptor_bytes
from tests.contracts import asyncapi
from tests.contracts.files import RELEASED

OPENAPI = RELEASED / releases.OPENAPI
ASYNCAPI = RELEASED / releases.ASYNCAPI
DESCRIPTORS = RELEASED / releases.DESCRIPTORS
VERSION = RELEASED / releases.VERSION


def openapi_of_today() -> dict[str, Any]:
    """The OpenAPI document that the edge serves, without what differs from one installation to the next."""
    return json.loads(_openapi_text())  # type: ignore[no-any-return]


@cache
def _openapi_text() -> str:
    document = openapi.as_3_0(openapi.document(load(), "v1", "/oauth/token", "http://localhost:8080"))
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def openapi_as_released() -> dict[str, Any]:
    """The document that partners' programs were written for."""
    return json.loads(OPENAPI.read_text())


def asyncapi_as_released() -> dict[str, Any]:
    """The AsyncAPI document that partners' readers were written for."""
    return yaml.load(ASYNCAPI.read_text(), Loader=releases.YAML_LOADER)  # type: ignore[no-any-return]


def write_documents(folder: Path, version: str) -> None:
    """Today's documents, as those of a release."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / releases.DESCRIPTORS).write_bytes(descriptor_bytes())
    (folder / releases.OPENAPI).write_text(_openapi_text())
    (folder / releases.ASYNCAPI).write_text(asyncapi.text())
    (folder / releases.VERSION).write_text(f"{version}\n")


def release(folder: Path = RELEASED, version: str = "") -> None:
    """Makes today's interfaces the ones that later changes must not break.

    What was released under another version before is kept in the history. Without `version`, that of the package.
    """
    named = version or metadata.version("doselane")
    before = (folder / releases.VERSION).read_text().strip() if (folder / releases.VERSION).exists() else named
    if before != named:
        _keep(folder, before)
    write_documents(folder, named)


def _keep(folder: Path, version: str) -> None:
    history = folder / releases.HISTORY
    history.mkdir(exist_ok=True)
    with zipfile.ZipFile(history / f"{version}.zip", "w", zipfile.ZIP_DEFLATED) as kept:
        for name in (releases.OPENAPI, releases.ASYNCAPI, releases.DESCRIPTORS):
            # The same documents make the same file, whenever it is made.
            kept.writestr(zipfile.ZipInfo(name), (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)
