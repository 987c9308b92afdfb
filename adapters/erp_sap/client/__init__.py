"""The calls to OData V2 services of SAP, over the host's client: the only part that touches the network."""

from adapters.erp_sap.client.sending import RequestIdentity, SapSender
from adapters.erp_sap.client.service import SapService

__all__ = ["RequestIdentity", "SapSender", "SapService"]
