"""The Python client: the generated stubs over a gateway that retries, keeps request ids and explains failures."""

from doselane.client.activities import activity_mbq_at, demand_of, latest_time_with, nuclide_of
from doselane.client.blocking import BlockingGateway
from doselane.client.errors import (
    CallError,
    CallNotServed,
    CallRefused,
    DeadlinePassed,
    GatewayAway,
    GatewayBusy,
    GatewayFault,
    InvalidRequest,
    NotAuthenticated,
    NotPermitted,
    ResourceChanged,
    ResourceNotFound,
    error_of,
)
from doselane.client.following import Blind, GapFound, News, Seeing, follow
from doselane.client.gateway import Gateway
from doselane.client.paging import items
from doselane.client.tokens import ClientCredentials, StaticToken, TokenFile, TokenSource

__all__ = [
    "Blind",
    "BlockingGateway",
    "CallError",
    "CallNotServed",
    "CallRefused",
    "ClientCredentials",
    "DeadlinePassed",
    "GapFound",
    "Gateway",
    "GatewayAway",
    "GatewayBusy",
    "GatewayFault",
    "InvalidRequest",
    "News",
    "NotAuthenticated",
    "NotPermitted",
    "ResourceChanged",
    "ResourceNotFound",
    "Seeing",
    "StaticToken",
    "TokenFile",
    "TokenSource",
    "activity_mbq_at",
    "demand_of",
    "error_of",
    "follow",
    "items",
    "latest_time_with",
    "nuclide_of",
]
