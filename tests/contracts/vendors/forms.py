"""Forms that the contracts with vendors share."""

import base64


def authorization(user: str, password: str) -> str:
    """The header of basic credentials."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
