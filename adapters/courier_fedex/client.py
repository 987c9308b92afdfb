"""The calls to FedEx: Track. What an answer means is decided in `translate`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4

import httpx

from adapters.outbound import Away, Declined

TRACK = "/track/v1/trackingnumbers"
# Who asks too quickly is answered 403 for ten minutes, in the same words as who may not ask at all.
THROTTLED_FOR = timedelta(minutes=10)


class FedexClient:
    """FedEx's API with the account's credentials."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def track(self, numbers: Sequence[str]) -> bytes:
        """What FedEx knows of packages, at most 30. What is no answer of Track is none, whatever its status."""
        asked = {
            "includeDetailedScans": True,
            "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": number}} for number in numbers],
        }
        # Without a language FedEx answers in that of the account.
        headers = {"x-locale": "en_US", "x-customer-transaction-id": uuid4().hex}
        try:
            answer = await self._http.post(TRACK, json=asked, headers=headers)
        except httpx.TransportError as fault:
            raise Away(f"FedEx cannot be reached: {fault!r}") from fault
        _check(answer)
        said = _json(answer)
        if "output" not in said:
            # A page of a gateway in front of FedEx, an answer that was cut, or errors under a status of success.
            raise Away(f"FedEx answered with something else than tracking: {_words(answer)}")
        return answer.content


def _check(answer: httpx.Response) -> None:
    """429, 403 and 5xx pass by themselves; anything else that is no success is FedEx's no, in FedEx's words."""
    if answer.status_code == httpx.codes.FORBIDDEN:
        raise Away(_words(answer), _retry_after(answer) or THROTTLED_FOR)
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        raise Away(_words(answer), _retry_after(answer))
    if not answer.is_success:
        raise Declined(_words(answer))


def _retry_after(answer: httpx.Response) -> timedelta | None:
    """Seconds, or the date of HTTP, which FedEx writes when the day's quota is used up."""
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return timedelta(seconds=int(asked[:6]))
    try:
        until = parsedate_to_datetime(asked)
    except (ValueError, IndexError):
        return None
    return max(timedelta(), until - datetime.now(UTC)) if until.tzinfo else None


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _words(answer: httpx.Response) -> str:
    try:
        errors = "; ".join(f"{each['code']} {each['message']}" for each in _json(answer)["errors"])
    except (LookupError, TypeError):
        errors = answer.reason_phrase
    return f"{answer.status_code} {errors}".rstrip()
