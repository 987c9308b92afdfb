"""Streams' own settings; what every service needs is in services.kernel.standalone."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from services.kernel import settings
from services.kernel.settings import Bounds, Seconds
from services.streams.domain.feed_topics import RecordMode, checked_form


class Settings(settings.Settings):
    """Variables DOSELANE_STREAMS_…"""

    # Between signs of life on a subscription, also when much happens that its filter hides.
    keep_alive: Annotated[Seconds, Bounds(0.01, 30)] = timedelta(seconds=15)
    # Of webhooks: how long attempts are kept, how long an answer may take, whether they may go to this machine.
    attempts_kept: Annotated[Seconds, Bounds(3600)] = timedelta(days=7)
    answer_within: Annotated[Seconds, Bounds(0.1, 60)] = timedelta(seconds=10)
    loopback: bool = False
    # How long a process that says nothing keeps an endpoint.
    endpoint_lease: Annotated[Seconds, Bounds(1, 300)] = timedelta(seconds=15)
    request_retention: Annotated[Seconds, Bounds(3600)] = timedelta(days=30)  # how long a request can be repeated
    retention: Annotated[Seconds, Bounds(86_400)] = timedelta(days=30)  # how long an event can be had again, at least
    # Whether each feed is relayed to a topic of its partner on the brokers of DOSELANE_KAFKA_…; what stands before the
    # partner's id in the topic's name; CloudEvents' mode of the records.
    feed_topics: bool = False
    feed_topic_prefix: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9._-]{1,150}$")] = "feeds."
    feed_topic_mode: RecordMode = RecordMode.STRUCTURED
    # Whom the brokers know a partner's programs as, such as User:{partner}; they are let read its topic, and nothing
    # else. Empty: we make no access control lists, and somebody else must.
    feed_topic_principal: Annotated[str, AfterValidator(checked_form)] = ""
