"""All addresses of both doors, read from descriptors and adapters: one that is added is swept without a line here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.host.discover import discover
from adapters.sandbox.fedex import signature
from services.local.gateway import Gateway
from services.local.world import ACCOUNTS
from tests.security.surface import BINDINGS, all_powerful

HOST = "host: door.example"
_VARIABLE = re.compile(r"\{[\w.]+(?:=([^}]+))?\}")


@dataclass(frozen=True)
class Address:
    """One method at one path. `account` is the adapter whose couriers push there; empty for the REST door."""

    method: str
    path: str
    takes_body: bool
    adapter: str = ""
    streams: bool = False
    media_type: str = "application/json"
    public: bool = False  # what is told there is for everybody, whoever asks

    def line(self, account: str = "") -> str:
        """The first line of a request."""
        return f"{self.method} {self.path.replace('{account}', account or self.account)} HTTP/1.1"

    @property
    def account(self) -> str:
        """An account of the sandbox that pushes there."""
        return next((name for name, told in ACCOUNTS.items() if told["adapter"] == self.adapter), "")

    def credential(self, gateway: Gateway, body: bytes = b"") -> str:
        """A header that lets one in with this body."""
        if not self.adapter:
            return f"authorization: Bearer {all_powerful(gateway)}"
        told = ACCOUNTS[self.account]
        auth = told["auth"]
        if auth["type"] == "header_key":
            return f"{auth['header']}: {auth['secrets'][0]}"
        if auth["type"] == "hmac_sha256":
            return f"{auth['header']}: {signature(auth['secrets'][0].encode(), body)}"
        return f"authorization: Bearer {gateway.token(told['partner'], discover()[self.adapter].port.scope)}"


def rest() -> list[Address]:
    """The addresses of the REST door."""
    return [
        Address(
            each.http_method,
            _VARIABLE.sub(lambda found: (found[1] or "x").replace("*", "x"), each.template.text),
            bool(each.body),
            streams=each.streams,
        )
        for each in BINDINGS
    ]


def push() -> list[Address]:
    """The addresses of the push door."""
    return list(_push())


def _push() -> Iterator[Address]:
    for adapter in discover().values():
        if any(told["adapter"] == adapter.name for told in ACCOUNTS.values()):
            for webhook in adapter.webhooks:
                media_type = "application/json" if not webhook.media_types else sorted(webhook.media_types)[0]
                yield Address("POST", f"/push{webhook.path}", True, adapter.name, media_type=media_type)
            for page in adapter.pages:
                path = re.sub(r"\{(?!account)\w+\}", "x", page.path)
                yield Address(page.method, f"/push{path}", False, adapter.name, public=page.public is not None)


def port_of(gateway: Gateway) -> int:
    """Where both doors listen."""
    return urlsplit(gateway.rest_url).port or 0
