"""A collector that takes OTLP and throws it away, so that the service under the bench really exports its traces."""

from concurrent.futures import ThreadPoolExecutor

import grpc


class TraceSink:
    """Answers each export with success. `endpoint` is what OTEL_EXPORTER_OTLP_ENDPOINT wants."""

    def __init__(self) -> None:
        self._server = grpc.server(ThreadPoolExecutor(2), handlers=(_TakeAll(),))
        self.endpoint = f"http://127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def __enter__(self) -> "TraceSink":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None)


class _TakeAll(grpc.GenericRpcHandler):
    """Every export is answered with an empty message, which means success for all of them."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """A handler for whatever is called."""
        return grpc.unary_unary_rpc_method_handler(lambda request, context: b"")
