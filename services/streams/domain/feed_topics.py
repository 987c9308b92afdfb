"""Topics of feeds: what a partner's Kafka topic is called, who may read it, and in which form its records are."""

import re
from dataclasses import dataclass
from enum import StrEnum

from services.kernel.visibility import PARTNER_ID

_PARTNER = re.compile(f"partners/({PARTNER_ID})")
_PLACEHOLDER = "{partner}"


class RecordMode(StrEnum):
    """How a record carries an event: CloudEvents' modes of content, by their own names."""

    STRUCTURED = "structured"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class FeedTopic:
    """The topic of one partner's feed. No other's begins like its groups, as ids of partners have no dots."""

    partner: str
    name: str
    group_prefix: str


def topic_of(partner: str, prefix: str) -> FeedTopic:
    """The topic of a partner's feed: the prefix, and the partner's id. ValueError for what is no partner's name."""
    found = _PARTNER.fullmatch(partner)
    if found is None:
        raise ValueError(f"{partner!r} is no partner's name")
    return FeedTopic(partner, prefix + found[1], f"{found[1]}.")


def principal_of(partner: str, form: str) -> str:
    """Whom the brokers know a partner's programs as: `User:{partner}` with the partner's id in its place."""
    return form.replace(_PLACEHOLDER, partner.removeprefix("partners/"))


def checked_form(form: str) -> str:
    """The form of principals, or empty; ValueError if it would name all partners alike, or nobody."""
    if form and not (form.startswith("User:") and form.count(_PLACEHOLDER) == 1 and "*" not in form):
        raise ValueError(f"must begin with User: and hold {_PLACEHOLDER} once, such as User:{_PLACEHOLDER}")
    return form
