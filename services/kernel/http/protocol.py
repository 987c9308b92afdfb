"""One connection: uvicorn's protocol, with bounds on what a sender may send, and how long it may take over it."""

import asyncio
import logging
from asyncio import TimerHandle
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.kernel.http.connections import Connections
from services.kernel.http.head import HEAD_BYTES_MAX, HeadRefused, check_head, too_large, written

# A sender that is answered before it has sent all reads the answer only if somebody takes the rest from it.
DRAIN_BYTES_MAX = 64 << 20
_JOINED_BYTES_MAX = 64 << 10

_HEAD, _BODY, _DONE = range(3)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the other side may take, in seconds, and how slowly a body may come."""

    head_s: float = 20.0  # for a head, and without any request at first
    request_s: float = 60.0  # from the first byte of a head to the last of the body
    body_bytes_per_s_min: float = 1024.0
    look_at_body_every_s: float = 5.0
    drain_s: float = 10.0  # for what is left of a body after the answer
    linger_s: float = 2.0  # for what is on its way when a connection is ended
    reading_s: float = 60.0  # without taking anything of an answer


class BoundedProtocol(HttpToolsProtocol):
    """Cuts off who sends too much or too slowly; the parser alone would keep it all, and wait for ever.

    What comes after the head is no header: trailers are counted and dropped.
    """

    def __init__(self, open_connections: Connections, patience: Patience, **given: Any) -> None:
        super().__init__(**given)
        self._open, self._patience = open_connections, patience
        self._phase, self._cutting = _HEAD, False
        self._unread = self._head_bytes = self._body_bytes = self._looked_at = 0
        self._began = 0.0
        self._timer: TimerHandle | None = None
        self._write_timer: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection begins, and with it the time for its first head."""
        super().connection_made(transport)
        self._open.add(self, self.client[0] if self.client else "")
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._stop_timer()
        self.resume_writing()
        self._open.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counts what arrives without being the whole of anything: a head, a piece of a body, a trailer."""
        if self._cutting:
            return
        self._unread += len(data)
        super().data_received(data)
        if self._cutting or self.transport.is_closing():
            return
        if self._unread > HEAD_BYTES_MAX:
            self._refuse(too_large())
        elif self._timer is None and self._phase == _BODY:
            self._looked_at = self._body_bytes
            self._timer = self.loop.call_later(self._patience.look_at_body_every_s, self._look_at_body)
        elif self._timer is None and self._phase == _DONE and not self._answering():
            self._wait_for_head()  # Something came that begins no request, such as empty lines.

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._phase, self._began = _HEAD, self.loop.time()
        self._head_bytes = self._body_bytes = 0
        if self._timer is None:
            self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        """Counts the address."""
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Counts a header, and drops one that comes after the head."""
        self._head_bytes += len(name) + len(value) + 4  # With the colon, the blank and the end of the line.
        if self._phase == _HEAD:
            super().on_header(name, value)
            return
        self._unread = 0
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refuse(too_large())

    def on_headers_complete(self) -> None:
        """The head is complete, and judged before anything else sees it."""
        if self._cutting:
            return
        self._stop_timer()
        self._unread = 0
        try:
            if self._head_bytes > HEAD_BYTES_MAX:
                raise too_large()
            version = self.parser.get_http_version()
            check_head(self.headers, version, upgrades=bool(self.parser.should_upgrade()))
        except HeadRefused as refused:
            self._refuse(refused)
            return
        self._phase = _BODY
        self._open.works(self)
        super().on_headers_complete()
        self.cycle.transport = _Gently(self)  # type: ignore[assignment]
        if self.expect_100_continue:
            # If it is answered without being asked for its body, nobody knows whether a body follows.
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Passes on what belongs to a request that was begun, and takes what comes after its answer for a while."""
        if self._cutting:
            return
        self._unread = 0
        self._body_bytes += len(body)
        super().on_body(body)
        if self.cycle.response_complete and self._body_bytes > DRAIN_BYTES_MAX:
            self._linger()

    def on_message_complete(self) -> None:
        """Ends a request that was begun."""
        if not self._cutting:
            self._phase, self._unread = _DONE, 0
            self._stop_timer()
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is given. Whatever is left of the request has a while to come."""
        if self._cutting:
            return
        super().on_response_complete()
        if not self._answering():
            self._open.waits(self)
        if self._phase == _BODY:
            self._stop_timer()
            self._timer = self.loop.call_later(self._patience.drain_s, self._linger)

    def pause_writing(self) -> None:
        """The reader does not keep up."""
        super().pause_writing()
        if self._write_timer is None:
            self._write_timer = self.loop.call_later(self._patience.reading_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The reader has caught up."""
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What the parser cannot read."""
        self._refuse(HeadRefused(400, "HTTP_MALFORMED", "This is not HTTP/1.1, or it is cut off or mixed up."))

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing to tell: who asks for another protocol is answered in this one."""

    def close(self) -> None:
        """Closes the connection, without losing the answer on its way if the sender still sends."""
        if self._phase == _BODY:
            self._linger()
        else:
            self.transport.close()

    def _look_at_body(self) -> None:
        """Whether the body comes quickly enough. If we do not read on, it is not the sender's fault."""
        came, self._looked_at = self._body_bytes - self._looked_at, self._body_bytes
        patience = self._patience
        slow = came < patience.body_bytes_per_s_min * patience.look_at_body_every_s
        slow = slow or self.loop.time() - self._began > patience.request_s
        if slow and not self.flow.read_paused:
            self._refuse(_body_too_slow())
        else:
            self._timer = self.loop.call_later(self._patience.look_at_body_every_s, self._look_at_body)

    def _wait_for_head(self) -> None:
        self._timer = self.loop.call_later(self._patience.head_s, self._refuse, _head_too_slow())

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, why: HeadRefused) -> None:
        """Answers instead of the application, and reads no more."""
        if self._cutting or self.transport.is_closing():
            return
        log.info("refused: %s", why.reason, extra={"client": self.client[0] if self.client else ""})
        if self.pipeline or (self._answering() and (self._phase == _HEAD or self.cycle.response_started)):
            # An earlier answer, or its beginning, is on its way: nothing may be written into it.
            self.cycle.keep_alive = False
            self._cutting = True
            if self._phase == _BODY:
                self.transport.close()
            return
        if self._answering():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(written(why))
        self._linger()

    def _linger(self) -> None:
        """Says that nothing more follows, and takes what is still on its way for a moment.

        Closing at once with bytes unread would reset the connection, and the sender would never see the answer.
        """
        self._cutting = True
        self._stop_timer()
        self._unset_keepalive_if_required()
        if self.transport.can_write_eof() and not self.transport.is_closing():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._timer = self.loop.call_later(self._patience.linger_s, self.transport.close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Gently:
    """A connection's transport as the request's cycle sees it: closing it loses no answer.

    The head of an answer waits for the body that follows in the same step, and else until the next: each write is a
    system call and wakes the reader, which costs more than many an answer.
    """

    __slots__ = ("_begun", "_head", "_protocol", "_transport", "is_closing")

    def __init__(self, protocol: BoundedProtocol) -> None:
        self._protocol, self._transport = protocol, protocol.transport
        self.is_closing = protocol.transport.is_closing
        self._head, self._begun = b"", False

    def write(self, data: bytes) -> None:
        """Writes, together with a head that waits, if that is no more than a copy worth making."""
        if not self._begun:
            self._head, self._begun = data, True
            self._protocol.loop.call_soon(self._flush)
        elif self._head and len(data) <= _JOINED_BYTES_MAX:
            whole, self._head = self._head + data, b""
            self._transport.write(whole)
        else:
            self._flush()
            self._transport.write(data)

    def close(self) -> None:
        """Closes the connection once what was written is on its way."""
        self._flush()
        self._protocol.close()

    def _flush(self) -> None:
        if self._head:
            self._transport.write(self._head)
            self._head = b""


def _head_too_slow() -> HeadRefused:
    return HeadRefused(408, "HEAD_TOO_SLOW", "The head of a request did not come in time.")


def _body_too_slow() -> HeadRefused:
    return HeadRefused(408, "BODY_TOO_SLOW", "The body did not come in time.")
