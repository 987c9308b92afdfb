"""SAP's own side: a system of entities by their metadata, and the gateway before it."""

from adapters.sandbox.sap.gateway import SapTwin, away
from adapters.sandbox.sap.mesh import SapEventMesh
from adapters.sandbox.sap.refusals import GatewayRefusal
from adapters.sandbox.sap.system import SapSystem

__all__ = ["GatewayRefusal", "SapEventMesh", "SapSystem", "SapTwin", "away"]
