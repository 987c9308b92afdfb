"""Slotting's settings."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Read from DOSELANE_SLOTTING_* by services.kernel.settings."""

    database_url: str
    kafka_bootstrap: str = ""  # empty: the PostgreSQL bus
    listen: str = "0.0.0.0:50052"
    jwks_url: str = ""
    token_issuer: str = ""
    token_audience: str = "doselane"
    queue_claims_max: int = 4096
    batch_claims_max: int = 512
