"""A carrier's ONE Record server: objects, events, subscriptions and notifications, by the rules of the API (2.3).

It may be badly behaved: with `echoes` it sends back whatever it is told, which a server that publishes what it receives
does. It keeps its state in memory, as a sandbox may.
"""

import json
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.sandbox.one_record import API, CARGO, CONTEXT, event_of, notification, value_of
from services.kernel.clock import Clock

TOKEN_S = 3600
EVENT_TYPES = frozenset({"LOGISTICS_OBJECT_CREATED", "LOGISTICS_OBJECT_UPDATED", "LOGISTICS_EVENT_RECEIVED"})
_EVENTS = "/logistics-objects/{object}/logistics-events"
ECHOES_MAX = 200  # so many are sent back; who reaches it has made a loop

Served = Callable[[Request], Awaitable[Response]]


class OneRecordTwin:
    """A carrier, as far as a partner meets it. `faults` are answers that it gives next, whatever it is asked."""

    def __init__(self, clock: Clock, client: str, secret: str) -> None:
        self._clock, self._client, self._secret = clock, client, secret
        self._tokens: dict[str, datetime] = {}
        self._requests: dict[str, dict[str, Any]] = {}
        self.url = ""  # where it is served
        self.partner: httpx.AsyncClient | None = None  # the partner's server, with what proves who this is
        self.objects: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.notified: list[dict[str, Any]] = []
        self.wishes: list[dict[str, Any]] = []  # what it answers to a publisher who asks
        self.faults: deque[Callable[[], Response]] = deque()
        self.calls: list[str] = []
        self.answers: list[httpx.Response] = []  # of the partner, to what was told to it
        self.echoes, self.echoed = False, 0
        self.app = Starlette(
            routes=[
                Route("/oauth/token", self._token, methods=["POST"]),
                Route("/", self._checked(self._information), methods=["GET"]),
                Route("/logistics-objects/{object}", self._checked(self._object), methods=["GET"]),
                Route(_EVENTS, self._checked(self._list), methods=["GET"]),
                Route(f"{_EVENTS}/{{event}}", self._checked(self._one), methods=["GET"]),
                Route("/subscriptions", self._checked(self._propose), methods=["GET"]),
                Route("/subscriptions", self._checked(self._subscribe), methods=["POST"]),
                Route("/notifications", self._checked(self._notify), methods=["POST"]),
                Route("/action-requests/{request}", self._checked(self._request), methods=["GET"]),
            ]
        )  # fmt: skip

    def clear(self) -> None:
        """Nothing is carried, nobody subscribed, and nobody has a token."""
        for kept in (self.objects, self.events, self.notified, self.wishes, self._requests, self._tokens):
            kept.clear()

    def issued(self, token: str) -> None:
        """Somebody was given this token just now."""
        self._tokens[token] = self._clock.now() + timedelta(seconds=TOKEN_S)

    def object_url(self, name: str) -> str:
        """The address of an object."""
        return f"{self.url}/logistics-objects/{name}"

    def carry(self, waybill: str, airport: str = "JFK") -> str:
        """Takes a shipment with this waybill to an airport; answers with the address of the shipment."""
        prefix, _, serial = waybill.partition("-")
        shipment, paper = str(uuid4()), f"waybill-{waybill}"
        end = {
            "@type": "cargo:Location",
            "cargo:locationCodes": [{"@type": "cargo:CodeListElement", "cargo:code": airport}],
        }
        self.objects[paper] = self._made(
            paper, "Waybill", waybillPrefix=prefix, waybillNumber=serial, arrivalLocation=end
        )  # fmt: skip
        self.objects[shipment] = self._made(shipment, "Shipment", waybill={"@id": self.object_url(paper)})
        return self.object_url(shipment)

    async def happened(self, shipment: str, code: str, at: datetime, *, inside: bool = False, **beside: Any) -> str:
        """Something happens: it is kept, and told to who subscribed, with the event in the notification or without."""
        name, event_id = shipment.rpartition("/")[2], f"{shipment}/logistics-events/{uuid4()}"
        event = {
            "@id": event_id,
            **event_of(code, at, shipment, f"{self.url}/logistics-objects/carrier"),
            **beside,
        }
        self.events.setdefault(name, []).append(event)
        for wanted in self._subscribed(shipment):
            told = notification("LOGISTICS_EVENT_RECEIVED", shipment)
            if inside:
                told["api:hasLogisticsEvent"] = [event]
            told["api:isTriggeredBy"] = {"@id": wanted}
            await self.tell("/notifications", told)
        return event_id

    async def tell(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """Posts to the partner's server."""
        assert self.partner is not None, "there is nobody to tell"
        told = json.dumps({"@context": CONTEXT, **body}).encode()
        media = "application/ld+json; version=2.3.0"
        answer = await self.partner.post(path, content=told, headers={"content-type": media, "accept": media})
        self.answers.append(answer)
        return answer

    def _made(self, name: str, kind: str, **said: Any) -> dict[str, Any]:
        named = {f"cargo:{each}": value for each, value in said.items()}
        return {"@context": CONTEXT, "@id": self.object_url(name), "@type": f"cargo:{kind}", **named}

    def _subscribed(self, shipment: str) -> Iterator[str]:
        for request_id, asked in self._requests.items():
            topic = value_of(asked["api:hasTopic"])
            ends = asked.get("api:expiresAt")
            alive = ends is None or datetime.fromisoformat(value_of(ends)) > self._clock.now()
            wanted = {each["@id"].rpartition(":")[2] for each in asked["api:includeSubscriptionEventType"]}
            if alive and topic in (shipment, f"{CARGO}Shipment") and "LOGISTICS_EVENT_RECEIVED" in wanted:
                yield f"{self.url}/action-requests/{request_id}"

    @property
    def subscriptions(self) -> list[dict[str, Any]]:
        """What the partner subscribed to, in order."""
        return list(self._requests.values())

    async def _token(self, request: Request) -> Response:
        self.calls.append("token")
        form = parse_qs((await request.body()).decode("latin-1"))
        basic = httpx.BasicAuth(self._client, self._secret)
        wanted = next(basic.auth_flow(httpx.Request("GET", self.url or "http://twin"))).headers["authorization"]
        if request.headers.get("authorization") != wanted or form.get("grant_type") != ["client_credentials"]:
            return JSONResponse({"error": "invalid_client"}, 401)
        token = secrets.token_hex()
        self.issued(token)
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_S})

    def _checked(self, serve: Served) -> Served:
        async def served(request: Request) -> Response:
            self.calls.append(f"{request.method} {request.url.path}")
            if self.faults:
                return self.faults.popleft()()
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            if scheme != "Bearer" or self._tokens.get(token, self._clock.now()) <= self._clock.now():
                return error(401, "Not authenticated")
            if "application/ld+json" not in request.headers.get("accept", ""):
                return error(415, "Accept must be application/ld+json")
            posted = request.headers.get("content-type", "").partition(";")[0]
            if request.method == "POST" and posted != "application/ld+json":
                return error(415, "Unsupported content type")
            return await serve(request)

        return served

    async def _information(self, request: Request) -> Response:
        said = {
            "@id": self.url,
            "@type": "api:ServerInformation",
            "api:hasServerEndpoint": self.url,
            "api:hasSupportedApiVersion": ["2.3.0"],
            "api:hasSupportedContentType": ["application/ld+json"],
        }
        return answer(said, "api#ServerInformation")

    async def _object(self, request: Request) -> Response:
        found = self.objects.get(request.path_params["object"])
        return answer(found, found["@type"], Revision="1") if found else error(404, "Logistics Object not found")

    async def _list(self, request: Request) -> Response:
        name = request.path_params["object"]
        if name not in self.objects:
            return error(404, "Logistics Object not found")
        codes = {code for each in request.query_params.getlist("event-code") for code in each.split(",")}
        items = [
            each for each in self.events.get(name, ()) if not codes or each["cargo:eventCode"]["@id"][-3:] in codes
        ]
        said = {"@id": f"{self.object_url(name)}/logistics-events", "@type": "api:Collection"}
        # One item stands alone, as in the standard's own example.
        listed: Any = items[0] if len(items) == 1 else items
        return answer({**said, "api:hasTotalItems": len(items), "api:hasItem": listed}, "api#Collection")

    async def _one(self, request: Request) -> Response:
        wanted = f"{self.url}{request.url.path}"
        found = next((e for each in self.events.values() for e in each if e["@id"] == wanted), None)
        return answer(found, "cargo#LogisticsEvent") if found else error(404, "Logistics Event not found")

    async def _propose(self, request: Request) -> Response:
        topic_type, topic = request.query_params.get("topicType", ""), request.query_params.get("topic", "")
        if not topic_type.startswith(API) or not topic:
            return error(400, "topicType and topic are required")
        wanted = [each for each in self.wishes if each["api:hasTopicType"]["@id"] == topic_type.replace(API, "api:")]
        said = {"@id": f"{self.url}/subscriptions", "@type": "api:Collection", "api:hasTotalItems": len(wanted)}
        return answer({**said, "api:hasItem": wanted}, "api#Collection")

    async def _subscribe(self, request: Request) -> Response:
        asked = await _json(request)
        if fault := _fault_of(asked, self.url):
            return error(400, fault)
        request_id = str(uuid4())
        self._requests[request_id] = asked
        location = f"{self.url}/action-requests/{request_id}"
        headers = {"location": location, "type": f"{API}SubscriptionRequest"}
        if asked.get("api:notifyRequestStatusChange") is True and self.partner is not None:
            told = notification("SUBSCRIPTION_REQUEST_ACCEPTED", "")
            await self.tell("/notifications", {**told, "api:isTriggeredBy": {"@id": location}})
        return Response(status_code=201, headers=headers)

    async def _notify(self, request: Request) -> Response:
        told = await _json(request)
        if not isinstance(told, dict) or told.get("@type") != "api:Notification" or "api:hasEventType" not in told:
            return error(400, "Notification format is invalid")
        self.notified.append(told)
        if self.echoes and self.echoed < ECHOES_MAX:
            await self._echo(told)
        return Response(status_code=204)

    async def _echo(self, told: dict[str, Any]) -> None:
        """Sends back what came: as it came; the event as it is; and the event as its own, under another name."""
        self.echoed += 1
        bare = {name: value for name, value in told.items() if name != "@context"}
        await self.tell("/notifications", bare)
        url = told["api:hasLogisticsObject"]["@id"]
        path = f"/logistics-objects/{url.rpartition('/')[2]}/logistics-events"
        for event in told.get("api:hasLogisticsEvent", ()):
            await self.tell(path, event)
            renamed = {**event, "@id": f"{self.url}/logistics-objects/x/logistics-events/{uuid4()}"}
            renamed["cargo:recordingOrganization"] = {"@id": f"{self.url}/logistics-objects/carrier"}
            await self.tell(path, renamed)

    async def _request(self, request: Request) -> Response:
        found = self._requests.get(request.path_params["request"])
        said = {"@type": "api:SubscriptionRequest", "api:hasSubscription": found}
        return answer(said, "api#SubscriptionRequest") if found else error(404, "Action Request not found")


def answer(said: Mapping[str, Any], kind: str, **headers: str) -> Response:
    """An answer with the standard's headers."""
    told = {"Type": f"https://onerecord.iata.org/ns/{kind}", "Content-Language": "en-US", **headers}
    body = json.dumps({"@context": CONTEXT, **said}).encode()
    return Response(body, headers=told, media_type="application/ld+json; version=2.3.0")


def error(status: int, words: str) -> Response:
    """The standard's api:Error."""
    detail = {
        "@type": "api:ErrorDetail",
        "@id": f"internal:{uuid4()}",
        "api:hasCode": str(status),
        "api:hasMessage": words,
    }
    said = {"@context": CONTEXT, "@type": "api:Error", "@id": f"internal:{uuid4()}", "api:hasTitle": words,
            "api:hasErrorDetail": [detail]}  # fmt: skip
    return Response(json.dumps(said).encode(), status, media_type="application/ld+json; version=2.3.0")


def _fault_of(asked: Any, url: str) -> str:
    """The first rule that a subscription breaks."""
    if not isinstance(asked, dict) or asked.get("@type") != "api:Subscription":
        return "The body must be an api:Subscription."
    for name in ("hasSubscriber", "hasTopicType", "hasTopic", "includeSubscriptionEventType"):
        if f"api:{name}" not in asked:
            return f"api:{name} is required."
    wanted = {each["@id"].removeprefix("api:") for each in asked["api:includeSubscriptionEventType"]}
    if not wanted or not wanted <= EVENT_TYPES:
        return "api:includeSubscriptionEventType is not a SubscriptionEventType."
    topic, topic_type = value_of(asked["api:hasTopic"]), asked["api:hasTopicType"]["@id"]
    if topic_type == "api:LOGISTICS_OBJECT_IDENTIFIER" and not topic.startswith(f"{url}/logistics-objects/"):
        return "api:hasTopic is no logistics object of this server."
    if topic_type == "api:LOGISTICS_OBJECT_TYPE" and not topic.startswith(CARGO):
        return "api:hasTopic is no type of logistics objects."
    known = ("api:LOGISTICS_OBJECT_TYPE", "api:LOGISTICS_OBJECT_IDENTIFIER")
    return "" if topic_type in known else "api:hasTopicType is no TopicType."


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        return None
