"""The sandbox's event mesh: it asks for consent, keeps the order, and brings each event until it is taken."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.sap import SapEventMesh, SapSystem
from services.kernel.clock import VirtualClock
from services.kernel.signals import Signal
from tests.support.connecting import on_a_socket
from tests.support.sap import NOW, PROCESS
from tests.support.sap_plant import ORDER

LOGIN, ORIGIN = ("MESH", "the-secret-of-the-mesh"), "mesh.northlake.example"


class Webhook:
    """Answers as told, and then 200."""

    def __init__(self, *answers: int) -> None:
        self.answers, self.came, self.news = list(answers), list[str](), Signal()
        self.app = Starlette(routes=[Route("/events", self._take, methods=["POST", "OPTIONS"])])

    async def _take(self, request: Request) -> Response:
        assert request.headers["authorization"].startswith("Basic ")
        if request.method == "OPTIONS":
            return Response(status_code=200, headers={"webhook-allowed-origin": ORIGIN})
        self.came.append((await request.json())["data"]["ManufacturingOrder"].lstrip("0"))
        self.news.call()
        return Response(status_code=self.answers.pop(0) if self.answers else 200)

    async def until(self, number: int) -> list[str]:
        while (seen := self.news.calls) < number:
            assert await self.news.wait(seen, 30), "nothing came"
        return self.came


async def test_events_come_in_order_each_until_it_is_taken_or_refused_and_wait_while_nobody_is_connected() -> None:
    hook, system = Webhook(503, 200, 400), SapSystem(VirtualClock(NOW))
    async with (
        on_a_socket(hook.app) as url,
        SapEventMesh(system, f"{url}/events", LOGIN, ORIGIN) as mesh,
    ):
        mesh.connected.clear()
        for number in ("1", "2", "3"):
            system.put(PROCESS, "A_ProcessOrder_2", ManufacturingOrder=number, **ORDER)
        assert hook.came == []
        mesh.connected.set()
        assert await hook.until(4) == ["1", "1", "2", "3"]  # the second is refused, and is not brought again
    assert [answer.status_code for answer in mesh.refused] == [400]
