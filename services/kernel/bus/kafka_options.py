"""With what every client of Kafka is made: how it reaches brokers and proves who it is, whoever's brokers they are."""

import ssl
from typing import Any

from aiokafka.abc import AbstractTokenProvider

CLIENT = "doselane"


def client_options(
    tls: ssl.SSLContext | None,
    mechanism: str = "",
    user: str = "",
    password: str = "",
    tokens: AbstractTokenProvider | None = None,
) -> dict[str, Any]:
    """The options of aiokafka. Without `mechanism` no SASL: a certificate in `tls` may prove who we are.

    With `tokens` the mechanism is OAUTHBEARER, whatever is said; by any other, user and password prove it.
    """
    by_sasl = "SASL_" if mechanism or tokens is not None else ""
    made: dict[str, Any] = {
        "client_id": CLIENT,
        "security_protocol": by_sasl + ("PLAINTEXT" if tls is None else "SSL"),
    }
    if tls is not None:
        made |= {"ssl_context": tls}
    if tokens is not None:
        return made | {"sasl_mechanism": "OAUTHBEARER", "sasl_oauth_token_provider": tokens}
    if mechanism:
        made |= {"sasl_mechanism": mechanism, "sasl_plain_username": user, "sasl_plain_password": password}
    return made
