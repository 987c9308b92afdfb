"""The calls to a receiver of webhooks."""

from datetime import datetime

import httpx

from adapters.alert_webhook.settings import Settings
from adapters.posting import post
from services.kernel.webhook_signing import WebhookSigner


class WebhookReceiver:
    """A partner's receiver, at the account's address."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._path, self._http, self._signer = settings.path, http, WebhookSigner(settings.keys)

    async def tell(self, webhook_id: str, at: datetime, body: bytes) -> str:
        """The receiver's yes. The same alert has the same id, by which it knows a repetition."""
        headers = {"content-type": "application/json", **self._signer.headers(webhook_id, at, body)}
        answer = await post(self._http, self._path, body, headers)
        return f"{answer.status_code} {answer.reason_phrase}"
