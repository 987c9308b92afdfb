"""What was released, and what today's source would release in its place."""

import json
from typing import Any

from services.edge import openapi
from services.edge.api import load
from tests.contracts.files import RELEASED
from tests.contracts.provider.wire import descriptor_bytes

OPENAPI = RELEASED / "openapi.json"
DESCRIPTORS = RELEASED / "descriptors.binpb"


def openapi_of_today() -> dict[str, Any]:
    """The OpenAPI document that the edge serves, without what differs from one installation to the next."""
    document = openapi.as_3_0(openapi.document(load(), "v1", "/oauth/token", "http://localhost:8080"))
    return json.loads(json.dumps(document))


def openapi_as_released() -> dict[str, Any]:
    """The document that partners' programs were written for."""
    return json.loads(OPENAPI.read_text())


def release() -> None:
    """Makes today's interfaces the ones that later changes must not break."""
    RELEASED.mkdir(exist_ok=True)
    DESCRIPTORS.write_bytes(descriptor_bytes())
    OPENAPI.write_text(json.dumps(openapi_of_today(), indent=1, ensure_ascii=False) + "\n")
