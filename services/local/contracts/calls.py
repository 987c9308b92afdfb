"""Plain blocking calls to the gateway's public doors, for provider states and for the calls of a contract."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeVar

import grpc
import httpx
from doselane.capacity.v1.capacity_pb2 import DESCRIPTOR as CAPACITY
from doselane.clock.v1.clock_pb2 import DESCRIPTOR as CLOCK
from doselane.clock.v1.clock_pb2 import AdvanceClockRequest, GetClockRequest
from doselane.distribution.v1.distribution_pb2 import DESCRIPTOR as DISTRIBUTION
from doselane.exchange.v1.exchange_pb2 import DESCRIPTOR as EXCHANGE
from doselane.masterdata.v1.masterdata_pb2 import DESCRIPTOR as MASTERDATA
from doselane.planning.v1.forecast_pb2 import DESCRIPTOR as FORECASTS
from doselane.quality.v1.quality_pb2 import DESCRIPTOR as QUALITY
from doselane.quality.v1.specification_pb2 import DESCRIPTOR as SPECIFICATIONS
from doselane.slotting.v1.slotting_pb2 import DESCRIPTOR as SLOTTING
from doselane.status.v1.status_pb2 import DESCRIPTOR as STATUS
from doselane.tower.v1.tower_pb2 import DESCRIPTOR as TOWER
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from tenacity import Retrying, retry_if_exception, retry_if_result, stop_after_delay, wait_fixed

from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.contracts.door import Answer, Asked
from services.local.contracts.gateway import PlayedGateway
from services.local.world import MANUFACTURER, PERSONS, PLANNER_SCOPES

TIMEOUT_S = 60.0
PUSH_SCOPE = "courier.push"
LIFETIME_S = 7 * 24 * 3600  # of tokens: a state may move the clock on after the caller was given one
Found = TypeVar("Found")
_KEPT = frozenset({"authorization", "content-type", "x-api-key"})
METHODS = {
    method.name: (f"/{service.full_name}/{method.name}", GetMessageClass(method.output_type))
    for file in (
        CAPACITY,
        CLOCK,
        DISTRIBUTION,
        EXCHANGE,
        MASTERDATA,
        FORECASTS,
        QUALITY,
        SPECIFICATIONS,
        SLOTTING,
        STATUS,
        TOWER,
    )
    for service in file.services_by_name.values()
    for method in service.methods
}


class CallRefused(Exception):
    """A call that a provider state needs was refused."""

    def __init__(self, path: str, error: grpc.RpcError) -> None:
        super().__init__(f"{path} answered {error.code().name}: {error.details()}")
        self.code = error.code()


class GatewayCalls:
    """The gateway's doors."""

    def __init__(self, gateway: PlayedGateway) -> None:
        self._gateway = gateway
        self._channel = grpc.insecure_channel(gateway.grpc_target)
        self._http = httpx.Client(base_url=gateway.rest_url, timeout=TIMEOUT_S)

    def close(self) -> None:
        """Closes the connections."""
        self._channel.close()
        self._http.close()

    def token(self, partner: str, *scopes: str) -> str:
        """A token that speaks for `partner`."""
        return self._gateway.token(partner, *scopes)

    def speaking_for(self, partner: str, *scopes: str) -> "Speaker":
        """A caller of the gRPC interfaces."""
        return Speaker(self, self.token(partner, *scopes))

    def signing_as(self, person: str) -> "Speaker":
        """Somebody of the sandbox who gives id and password just now, as a signature wants it."""
        password = PERSONS[person].password.get_secret_value()
        form = {"grant_type": "password", "username": person, "password": password}
        answer = self._http.post("/oauth/token", data=form)
        answer.raise_for_status()
        return Speaker(self, answer.json()["access_token"])

    def now(self) -> datetime:
        """The present instant, by the gateway's clock."""
        clock = self.speaking_for(MANUFACTURER, *PLANNER_SCOPES).GetClock(GetClockRequest())
        return clock.time.ToDatetime(tzinfo=UTC)  # type: ignore[no-any-return]

    def advance_to(self, at: datetime) -> None:
        """Moves the gateway's clock on."""
        request = AdvanceClockRequest(time=stamp(at), request_id=str(uuid7()), reason="a provider state")
        self.speaking_for(MANUFACTURER, *PLANNER_SCOPES).AdvanceClock(request)

    def raw(self, path: str, request: bytes, authorization: str, *, streaming: bool = False) -> bytes:
        """One gRPC call in bytes; of a stream, its first answer."""
        metadata = [("authorization", authorization)] if authorization else []
        if streaming:
            stream = self._channel.unary_stream(path)(request, timeout=TIMEOUT_S, metadata=metadata)
            try:
                return next(stream)
            finally:
                stream.cancel()
        return self._channel.unary_unary(path)(request, timeout=TIMEOUT_S, metadata=metadata)

    def rest(self, asked: Asked) -> Answer:
        """One HTTP request, passed on as it is."""
        kept = {name: value for name, value in asked.headers.items() if name.lower() in _KEPT}
        answer = self._http.request(asked.method, asked.path, headers=kept, content=asked.body)
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        return Answer(answer.json(), status=answer.status_code, media_type=media_type)

    def first_event(self, address: str, authorization: str) -> Answer:
        """The first event of a stream over REST (server-sent events): its data, and its name as `sse-event`."""
        asked = {"accept": "text/event-stream", "authorization": authorization}
        with self._http.stream("GET", address, headers=asked) as answer:
            answer.raise_for_status()
            media_type = answer.headers["content-type"].partition(";")[0]
            fields = dict[str, str]()
            for line in answer.iter_lines():
                if not line and "data" in fields:
                    break
                name, _, value = line.partition(": ")
                if name:  # a line that begins with a colon is a comment
                    fields[name] = value
        metadata = {"grpc-status": "OK", "sse-event": fields["event"], "sse-type": media_type, "sse-id": fields["id"]}
        return Answer(json.loads(fields["data"]), metadata)

    def push(self, courier: str, path: str, body: Any, key: Mapping[str, str] = MappingProxyType({})) -> None:
        """A courier's message, in its own format, with the courier's key, or else with its token."""
        proof = key or {"authorization": f"Bearer {self.token(courier, PUSH_SCOPE)}"}
        answer = self._http.post(path, json=body, headers=proof)
        answer.raise_for_status()

    def until(self, ask: Callable[[], Found | None]) -> Found:
        """What `ask` answers, once it does: services hear of each other by events, so some answers take a moment."""
        retrying = Retrying(
            retry=retry_if_exception(_not_yet) | retry_if_result(lambda found: found is None),
            stop=stop_after_delay(TIMEOUT_S),
            wait=wait_fixed(0.05),
            reraise=True,
        )
        found = retrying(ask)
        assert found is not None
        return found


class Speaker:
    """Calls by their names, such as `speaker.ClaimSlot(request)`."""

    def __init__(self, calls: GatewayCalls, token: str) -> None:
        self._calls, self._authorization = calls, f"Bearer {token}"

    def __getattr__(self, method: str) -> Callable[[Message], Any]:
        path, answer = METHODS[method]
        return lambda request: answer.FromString(self._answered(path, request))

    def _answered(self, path: str, request: Message) -> bytes:
        try:
            return self._calls.raw(path, request.SerializeToString(), self._authorization)
        except grpc.RpcError as error:
            raise CallRefused(path, error) from error


def _not_yet(error: BaseException) -> bool:
    missing = (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNAVAILABLE)
    return isinstance(error, CallRefused) and error.code in missing
