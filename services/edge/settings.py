"""What the door needs to be told."""

from pathlib import Path
from typing import Annotated

import grpc
from pydantic import StringConstraints

from services.kernel import settings
from services.kernel.settings import Bounds, Texts

CONSOLE_SCOPES = (
    "openid operator clock.read capacity.read distribution.read masterdata.read quality.read slotting.read "
    "slotting.claim status.read tower.read tower.operate tower.consent tower.escalate exchange.read exchange.operate"
)
PORTAL_SCOPES = (
    "openid clock.read masterdata.read slotting.read slotting.claim status.read distribution.read quality.read "
    "quality.acknowledge"
)


class Settings(settings.Settings):
    """Variables DOSELANE_EDGE_…"""

    # Proto package to host:port, `doselane.slotting.v1=slotting:9090,…`; `*` stands for every other package.
    targets: Texts
    listen: str = "0.0.0.0:8080"
    # Told in the API documents: where readers reach this door, and where they get tokens; the services check these.
    public_url: str = "http://localhost:8080"
    token_url: str = "/oauth/token"
    build: str = ""  # Told on the console page.
    # How people sign in to the console: the issuer's authorization endpoint, its `iss`, the id of a public client there
    # (code with PKCE, back to `/signed-in` of this door), and what that client asks for. Without the address and the id
    # the console says that nobody can sign in. The token endpoint is `token_url` if it is not another one.
    console_authorization_url: str = ""
    console_client_id: str = ""
    console_issuer: str = ""
    console_token_url: str = ""
    console_scopes: str = CONSOLE_SCOPES
    # The portal for treatment centres at `/portal`, if it has a client at that issuer (back to `/portal/signed-in`):
    # what it asks for, and whose it is: name, colour as `#rrggbb`, logo as `data:image/…;base64,…`.
    portal_client_id: str = ""
    portal_scopes: str = PORTAL_SCOPES
    portal_name: str = ""
    portal_colour: Annotated[str, StringConstraints(pattern=r"^(#[0-9A-Fa-f]{6})?$")] = ""
    portal_logo: Annotated[str, StringConstraints(pattern=r"^(data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+)?$")] = ""
    # What schedulers that ask several systems call this one, in `<source system>|<id>` and in addresses.
    fhir_source_system: str = "doselane"
    body_bytes_max: Annotated[int, Bounds(1024, 64 << 20)] = 1 << 20
    at_once_max: Annotated[int, Bounds(1, 10_000)] = 256
    waiting_max: Annotated[int, Bounds(0, 100_000)] = 8192
    streams_at_once_max: Annotated[int, Bounds(1, 10_000)] = 1000
    # Addresses or networks, separated by commas, whose `X-Forwarded-For` is believed; without any, a request comes from
    # where its connection does.
    proxies: str = ""
    # PEM files. With a CA the services are spoken to over TLS; with a key and a certificate, mutually.
    tls_ca: Path | None = None
    tls_key: Path | None = None
    tls_certificate: Path | None = None

    def credentials(self) -> grpc.ChannelCredentials | None:
        """What gRPC needs to reach the services; None for plain text."""
        if not self.tls_ca:
            return None
        key, certificate = (path.read_bytes() if path else None for path in (self.tls_key, self.tls_certificate))
        return grpc.ssl_channel_credentials(self.tls_ca.read_bytes(), key, certificate)
