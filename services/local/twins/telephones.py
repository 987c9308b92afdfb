"""The manufacturer's account at Twilio, by which ladders reach the telephones of its people."""

from contextlib import AsyncExitStack
from typing import Any, Final

from adapters.sandbox.twilio import TwilioTwin
from services.local.twins.listening import listen
from services.local.world import MANUFACTURER

TELEPHONES_ACCOUNT: Final = "tidewater-twilio"
# Of a sandbox that listens on loopback only; the number is one of those that nobody has.
ACCOUNT_SID, AUTH_TOKEN, NUMBER = "AC" + "7d" * 16, "tidewater-twilio-sandbox-token", "+15550100100"


class SimulatedTelephones:
    """Entered, Twilio answers on loopback; `twin` holds the short messages that it took."""

    def __init__(self, host: str) -> None:
        self.twin = TwilioTwin(ACCOUNT_SID, AUTH_TOKEN, NUMBER)
        self._host = host
        self._open = AsyncExitStack()
        self.url = ""

    async def __aenter__(self) -> "SimulatedTelephones":
        self.url = await listen(self.twin.app, self._host, self._open)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def messages(self, number: str, words: str) -> list[str]:
        """The short messages to a number with these words in them, the oldest first."""
        return [each["body"] for each in self.twin.messages if each["to"] == number and words in each["body"]]

    @property
    def account(self) -> dict[str, Any]:
        """The account by which the gateway reaches it."""
        return {
            "partner": MANUFACTURER,
            "adapter": "alert_twilio",
            "options": {"account_sid": ACCOUNT_SID, "sender": NUMBER},
            "connection": {
                "url": self.url,
                "credentials": {"type": "basic", "user": ACCOUNT_SID, "password": AUTH_TOKEN},
            },
        }
