"""A call whose caller left before it could be refused: nobody is told, and nothing of it is logged as a fault."""

import asyncio
import logging
import threading

import grpc
import grpc.aio
import pytest

from services.kernel.errors import NotFound
from services.kernel.rpc.handler import abort
from services.kernel.rpc.status import status_of

WITHIN_S = 20


class _Refusing(grpc.GenericRpcHandler):
    """Refuses its call when the caller is gone, before the event loop has heard of that."""

    def __init__(self, called: threading.Event, closed: threading.Event) -> None:
        self._called, self._closed = called, closed
        self.ended: list[type[BaseException]] = []
        self.over = asyncio.Event()

    def service(self, _details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """The handler of any call."""

        async def refuse(_request: bytes, context: grpc.aio.ServicerContext) -> bytes:
            self._called.set()
            assert self._closed.wait(WITHIN_S)  # holds the loop
            try:
                await abort(context, status_of(NotFound("There is none.")))
            except BaseException as ended:
                self.ended.append(type(ended))
                raise
            finally:
                self.over.set()

        return grpc.unary_unary_rpc_method_handler(refuse)


async def test_a_refusal_that_nobody_waits_for_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    called, closed = threading.Event(), threading.Event()
    handler = _Refusing(called, closed)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()

    def call_and_leave() -> None:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            call = channel.unary_unary("/any/Call").future(b"")
            assert called.wait(WITHIN_S)
            call.cancel()
        closed.set()

    with caplog.at_level(logging.WARNING):
        await asyncio.to_thread(call_and_leave)
        async with asyncio.timeout(WITHIN_S):
            await handler.over.wait()  # a server that stops waits for no call of which the caller has left
        await server.stop(WITHIN_S)
    assert handler.ended in ([asyncio.CancelledError], [grpc.aio.AbortError])
    assert not [record for record in caplog.records if "batch" in record.getMessage() or record.exc_info]
