"""Requests at a token endpoint as they are read, and how one is refused (RFC 6749)."""

import base64
import binascii
from urllib.parse import parse_qsl, unquote_plus


class TokenRefused(Exception):
    """A token request that is refused, with the error code of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


def form(body: bytes) -> dict[str, str]:
    """The fields of a form, each of which is given once."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=32)
    except ValueError:
        raise TokenRefused("invalid_request", "The form cannot be read.") from None
    if len({name for name, _ in pairs}) < len(pairs):
        raise TokenRefused("invalid_request", "A parameter is given twice.")
    return dict(pairs)


def basic(authorization: str) -> tuple[str, str]:
    """The id and the secret in a Basic Authorization header."""
    scheme, _, value = authorization.partition(" ")
    try:
        client_id, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        colon = client_id = secret = ""
    if scheme.lower() != "basic" or not colon:
        raise TokenRefused("invalid_client", "The Authorization header must be Basic with an id and a secret.", 401)
    return unquote_plus(client_id), unquote_plus(secret)
