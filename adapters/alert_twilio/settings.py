"""The options of an account: whose it is at Twilio, and from which number, or service, its messages come."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of an account. `sender` is a number in E.164, or the SID of a messaging service."""

    account_sid: str
    sender: str

    @property
    def sender_field(self) -> tuple[str, str]:
        """How a message names whom it comes from."""
        return ("MessagingServiceSid" if _SERVICE.fullmatch(self.sender) else "From", self.sender)


def settings(options: Mapping[str, Any]) -> Settings:
    """Reads `{"account_sid": "AC…", "sender": "+1555…"}`; raises ValueError saying all that is wrong."""
    if wrong := list(_wrong(options)):
        raise ValueError("; ".join(wrong))
    return Settings(**options)


def _wrong(options: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"there is no option {name!r}" for name in options if name not in ("account_sid", "sender"))
    if not _ACCOUNT.fullmatch(str(options.get("account_sid"))):
        yield "account_sid must be AC and 32 hexadecimal digits"
    sender = str(options.get("sender"))
    if not (_NUMBER.fullmatch(sender) or _SERVICE.fullmatch(sender)):
        yield "sender must be a number in E.164 such as +15550100200, or MG and 32 hexadecimal digits"
