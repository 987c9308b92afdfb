"""Twilio's resource Messages (API version 2010-04-01) with its own rules, in memory.

It takes forms under HTTP Basic alone, answers errors with code, message and more_info, and lists the newest first.
"""

import re
from base64 import b64encode
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_BODY_CHARACTERS_MAX = 1600


class TwilioTwin:
    """One account. `faults` are answers that it gives next; of `lose_answers` messages the answer is cut."""

    def __init__(self, account_sid: str, auth_token: str, number: str) -> None:
        self._sid, self._number = account_sid, number
        self._basic = "Basic " + b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self.messages: list[dict[str, Any]] = []  # the oldest first
        self.unreachable: set[str] = set()  # numbers that have said that they want no messages
        self.status = "active"
        self.faults: deque[Callable[[], Response]] = deque()
        self.lose_answers = 0
        root = f"/2010-04-01/Accounts/{account_sid}"
        self.app = Starlette(
            routes=[
                Route(f"{root}/Messages.json", self._create, methods=["POST"]),
                Route(f"{root}/Messages.json", self._list, methods=["GET"]),
                Route(f"{root}.json", self._account, methods=["GET"]),
            ]
        )

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != self._basic:
            return _error(401, 20003, "Authenticate")
        return self.faults.popleft()() if self.faults else None

    async def _create(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            return _error(400, 21603, "A 'From' phone number is required.")
        form = dict(parse_qsl((await request.body()).decode()))
        if problem := self._problem(form):
            return problem
        said = {
            "sid": f"SM{len(self.messages) + 1:032x}",
            "account_sid": self._sid,
            "to": form["To"],
            "from": form["From"],
            "body": form["Body"],
            "status": "queued",
            "error_code": None,
        }
        self.messages.append(said)
        if self.lose_answers:
            self.lose_answers -= 1
            return StreamingResponse(_cut(), 201)
        return JSONResponse(said, 201)

    def _problem(self, form: dict[str, str]) -> Response | None:
        if not _NUMBER.fullmatch(form.get("To", "")):
            return _error(400, 21211, f"Invalid 'To' Phone Number: {form.get('To', '')}")
        if form.get("From") != self._number:
            return _error(400, 21606, "The From phone number is not a valid, SMS-capable number for your account.")
        if not form.get("Body"):
            return _error(400, 21602, "Message body is required.")
        if len(form["Body"]) > _BODY_CHARACTERS_MAX:
            return _error(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if form["To"] in self.unreachable:
            return _error(400, 21610, "Attempt to send to unsubscribed recipient")
        return None

    async def _list(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        to, size = request.query_params.get("To"), int(request.query_params.get("PageSize", "50"))
        found = [each for each in reversed(self.messages) if to in (None, each["to"])]
        return JSONResponse({"messages": found[:size], "page": 0, "page_size": size})

    async def _account(self, request: Request) -> Response:
        return self._refused(request) or JSONResponse({"sid": self._sid, "status": self.status})


async def _cut() -> AsyncIterator[bytes]:
    """An answer that ends in the middle."""
    yield b'{"sid": '
    raise ConnectionError("the line is cut")


def _error(status: int, code: int, message: str) -> Response:
    facts = {"code": code, "message": message, "more_info": f"errors/{code}", "status": status}
    return JSONResponse(facts, status)
