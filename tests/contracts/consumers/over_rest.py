"""Contracts over REST: how a request and a refusal are written, and how a program asks and reads a refusal."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import httpx
from pact import match

from tests.contracts.consumers.words import state_generator

AUTHORIZED = {"header": {"Authorization": state_generator("Bearer ${token}")}}
JSON = "application/json"
PROBLEM = "application/problem+json"


class Refusal(Exception):
    """Doselane said no; a program branches on the reason and shows the facts."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem["detail"])
        self.status: int = problem["status"]
        self.reason: str = problem["reason"]
        self.facts: dict[str, str] = problem["facts"]


class Rest:
    """Doselane as a partner's program sees it: JSON in, JSON or a refusal out."""

    def __init__(self, url: str, token: str = "", key: Mapping[str, str] = MappingProxyType({})) -> None:
        by_token = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=url, headers={**by_token, **key})

    def answer(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        """The answer to one request."""
        answer = self._http.request(method, path, **sent)
        if answer.is_error:
            assert answer.headers["content-type"].split(";")[0] == PROBLEM
            raise Refusal(answer.json())
        content: dict[str, Any] = answer.json()
        return content


def problem(status: int, reason: str, facts: dict[str, Any]) -> dict[str, Any]:
    """A refusal as problem details."""
    return {"status": status, "reason": reason, "detail": match.like("A sentence for people."), "facts": facts}
