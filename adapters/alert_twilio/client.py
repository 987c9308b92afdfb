"""The calls to Twilio's resource Messages."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx

from adapters.alert_twilio.settings import Settings
from adapters.outbound import Away, Declined
from adapters.posting import check, post

_FORM: Mapping[str, str] = {"content-type": "application/x-www-form-urlencoded"}


class TwilioMessages:
    """The messages of a partner's account at Twilio, with its credentials."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self.settings, self._http = settings, http
        self._account = f"/2010-04-01/Accounts/{settings.account_sid}"

    async def create(self, fields: Mapping[str, str]) -> str:
        """The SID of a message that Twilio has taken."""
        answer = await post(self._http, f"{self._account}/Messages.json", urlencode(fields).encode(), _FORM)
        return str(_object(answer).get("sid", ""))

    async def newest(self, to: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """The newest messages to a number."""
        said = await self._read("/Messages.json", {"To": to, "PageSize": str(limit)})
        listed = said.get("messages")
        return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []

    async def status(self) -> str:
        """Whether the account is active, in Twilio's word."""
        return str((await self._read(".json", {})).get("status", ""))

    async def _read(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            answer = await self._http.get(self._account + path, params=dict(query))
        except httpx.TransportError as fault:
            raise Away(f"Twilio cannot be reached: {fault!r}") from fault
        check(answer)
        return _object(answer)


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Declined(f"Twilio answered {answer.status_code} without an object in JSON")
    return said
