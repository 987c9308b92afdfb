"""Escalation ladders: who is told, in which steps, while doses of a product can still be saved."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from itertools import pairwise
from uuid import UUID, uuid5

from services.kernel.errors import Invalid, Stale

# One ladder for each partner and product, so its name follows from both.
_NAMES = UUID("0b9bd6cb-6c0e-5f5e-9c4e-3f8a2c9d7a10")
# As RFC 5321 has it without quoted local parts and address literals, which no mail system of people needs.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=.{{6,254}}\Z)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class AlertChannel(IntEnum):
    """A way to tell somebody; the numbers are those of doselane.tower.v1.AlertContact.Channel."""

    EMAIL = 1
    SMS = 2
    WEBHOOK = 3


class LadderNews(StrEnum):
    """What is new of a ladder, as the end of the event's type."""

    SET = "escalation_ladder.set"
    WITHDRAWN = "escalation_ladder.withdrawn"


@dataclass(frozen=True, slots=True)
class AlertContact:
    """Somebody who is told: by e-mail, by a short message, or by a webhook to where the partner's account leads."""

    channel: AlertChannel
    address: str = ""

    @property
    def wrong(self) -> str:
        """What is wrong with its address; empty if nothing is."""
        match self.channel:
            case AlertChannel.EMAIL:
                return "" if _EMAIL.fullmatch(self.address) else "must be an address such as tower@cdmo.example"
            case AlertChannel.SMS:
                return "" if _E164.fullmatch(self.address) else "must be a number in E.164 such as +15550100200"
            case AlertChannel.WEBHOOK:
                return "must be empty: the partner's account says where webhooks go" if self.address else ""


@dataclass(frozen=True, slots=True)
class LadderStep:
    """A step: who is told when so many per cent of the time are left."""

    left_percent: int
    contacts: tuple[AlertContact, ...]


@dataclass(frozen=True, slots=True)
class EscalationLadder:
    """The ladder of a partner for a product. `sponsor`: it is about the partner's own doses alone."""

    name: str
    partner: str
    sponsor: bool
    product: str
    steps: tuple[LadderStep, ...]
    created_at: datetime
    updated_at: datetime
    actor: str
    reason: str
    version: int = 1
    withdrawn: bool = False

    @property
    def etag(self) -> str:
        """Changes with each change."""
        return f"{self.version}"

    def require_etag(self, etag: str) -> None:
        """Refuse a change by somebody who has seen another version."""
        if etag and etag != self.etag:
            raise Stale("The ladder changed since you read it.", name=self.name, etag=self.etag)


@dataclass(frozen=True, slots=True)
class LadderChange:
    """A ladder after a change, and what is new of it."""

    ladder: EscalationLadder
    what: LadderNews


def name_of_ladder(partner: str, product: str) -> str:
    """The name of the ladder of a partner for a product, written or not."""
    return f"escalationLadders/{uuid5(_NAMES, f'{partner} {product}')}"


def set_ladder(
    before: EscalationLadder | None, owner: tuple[str, bool], product: str, steps: Sequence[LadderStep],
    now: datetime, by: tuple[str, str],
) -> LadderChange:  # fmt: skip
    """A partner writes its ladder for a product. `owner`: who, and if it is a sponsor; `by`: actor and reason."""
    partner, sponsor = owner
    if wrong := list(_wrong(steps)):
        raise Invalid(f"The ladder cannot be played: {'; '.join(wrong)}.", field="steps")
    made = EscalationLadder(name_of_ladder(partner, product), partner, sponsor, product, tuple(steps), now, now, *by)
    if before is not None:
        made = replace(made, created_at=before.created_at, version=before.version + 1)
    return LadderChange(made, LadderNews.SET)


def withdraw_ladder(ladder: EscalationLadder, now: datetime, by: tuple[str, str]) -> LadderChange:
    """Nothing new is played of it from now on."""
    actor, reason = by
    gone = replace(ladder, withdrawn=True, updated_at=now, actor=actor, reason=reason, version=ladder.version + 1)
    return LadderChange(gone, LadderNews.WITHDRAWN)


def _wrong(steps: Sequence[LadderStep]) -> Iterator[str]:
    for place, (first, second) in enumerate(pairwise(steps), 1):
        if second.left_percent >= first.left_percent:
            yield f"steps[{place}].left_percent must be less than that of the step before"
    for place, step in enumerate(steps):
        if len(set(step.contacts)) < len(step.contacts):
            yield f"steps[{place}].contacts must name each once"
        for number, contact in enumerate(step.contacts):
            if contact.wrong:
                yield f"steps[{place}].contacts[{number}].address {contact.wrong}"
