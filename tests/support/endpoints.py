"""An endpoint of a sponsor's, and requests for all calls that name it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from doselane.streams.v1 import endpoint_pb2 as endpoints
from google.protobuf.message import Message

from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.gateway import Desk

LONG_AGO = datetime(2026, 11, 1, 6, tzinfo=UTC)


async def an_endpoint(desk: Desk) -> str:
    """The name of an endpoint of Northlake's. Nothing that happens is of the type that it wants, so nothing is sent."""
    stated = endpoints.Endpoint(url="http://127.0.0.1:1/nobody", types=["doselane.nobody.*"])
    create = endpoints.CreateEndpointRequest(endpoint=stated, request_id=str(uuid7()))
    name: str = (await desk.call("EndpointService/CreateEndpoint", create, desk.sponsor())).endpoint.name
    return name


def of_endpoints(name: str, request_id: str) -> Mapping[str, Message]:
    """Every call that names an endpoint."""
    asked: dict[str, Message] = {
        verb: getattr(endpoints, f"{verb}Request")(name=name, request_id=request_id)
        for verb in ("DeleteEndpoint", "RotateSecret", "TestEndpoint", "EnableEndpoint", "DisableEndpoint")
    }
    other = endpoints.Endpoint(name=name, url="http://127.0.0.1:1/other")
    asked |= {
        "GetEndpoint": endpoints.GetEndpointRequest(name=name),
        "UpdateEndpoint": endpoints.UpdateEndpointRequest(endpoint=other, request_id=request_id),
        "RecoverEndpoint": endpoints.RecoverEndpointRequest(
            name=name, start_time=stamp(LONG_AGO), request_id=request_id
        ),
        "ResendEvent": endpoints.ResendEventRequest(name=name, event_id=str(uuid7()), request_id=request_id),
        "ListDeliveryAttempts": endpoints.ListDeliveryAttemptsRequest(parent=name),
        "ListParkedEvents": endpoints.ListParkedEventsRequest(parent=name),
    }
    return {f"EndpointService/{method}": request for method, request in asked.items()}
