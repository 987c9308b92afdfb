"""Who signs, as the issuer of the token vouches for it, and what an installation asks of whoever does; pure values."""

from dataclasses import dataclass
from datetime import datetime, timedelta

BOTH_COMPONENTS = "urn:doselane:acr:both-components"
ONE_COMPONENT = "urn:doselane:acr:one-component"


@dataclass(frozen=True, slots=True)
class StepUp:
    """How a person must have authenticated to sign: by which classes (`acr`), how lately, and after which break anew.

    The names of the classes are the issuer's own; those of the development issuer stand for nobody else's.
    """

    acr_both: tuple[str, ...] = (BOTH_COMPONENTS,)  # id and password, or stronger: always enough
    acr_one: tuple[str, ...] = (ONE_COMPONENT,)  # one of them: enough within a continuous session
    max_age: timedelta = timedelta(minutes=5)
    idle_max: timedelta = timedelta(minutes=15)  # a session that signed nothing for longer was broken off

    def facts(self, acr_values: tuple[str, ...] = ()) -> dict[str, object]:
        """What a client asks its issuer for, in the words of RFC 9470; all classes where none are named."""
        wanted = acr_values or (*self.acr_both, *self.acr_one)
        return {"acr_values": " ".join(wanted), "max_age": int(self.max_age.total_seconds())}


@dataclass(frozen=True, slots=True)
class Signer:
    """The person behind a token: who, in which roles, and when and how they authenticated."""

    subject: str
    printed_name: str
    scopes: frozenset[str]
    authenticated_at: datetime
    acr: str
    methods: tuple[str, ...]  # `amr`, as far as the issuer tells
    token_id: str
    session_id: str  # empty if the issuer names none
    step_up: StepUp  # what they were let in by
