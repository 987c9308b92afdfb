"""The OpenAPI documents, built from the protos at start."""

from services.edge.openapi.dialect import as_3_0, as_3_1
from services.edge.openapi.document import document
from services.edge.openapi.selection import selected

__all__ = ["as_3_0", "as_3_1", "document", "selected"]
