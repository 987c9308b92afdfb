"""What topics of feeds and their readers are called."""

from datetime import timedelta

import pytest

from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.errors import Unavailable
from services.kernel.settings import SettingsError, load
from services.streams.domain.feed_topics import principal_of, topic_of
from services.streams.feed_topics import KafkaFeedTopics
from services.streams.settings import Settings
from services.streams.topic_acls import AclsRefused, TopicAcls


def test_a_topic_is_called_as_its_partner_and_its_groups_begin_so_with_a_dot() -> None:
    topic = topic_of("partners/northlake", "feeds.")
    assert (topic.name, topic.group_prefix) == ("feeds.northlake", "northlake.")
    # An id has no dot, so no partner's groups are among those of another whose id begins alike.
    assert not topic_of("partners/northlake-2", "feeds.").group_prefix.startswith(topic.group_prefix)


@pytest.mark.parametrize("name", ["partners/", "partners/*", "partners/a.b", "partners/A", "couriers/swift", "-"])
def test_what_is_no_partners_name_has_no_topic(name: str) -> None:
    with pytest.raises(ValueError, match="is no partner's name"):
        topic_of(name, "feeds.")


@pytest.mark.parametrize(
    ("form", "principal"),
    [("User:{partner}", "User:northlake"), ("User:partners/{partner}", "User:partners/northlake"),
     ("User:CN={partner},O=Partners", "User:CN=northlake,O=Partners")],
)  # fmt: skip
def test_brokers_know_a_partner_by_the_form_that_is_set(form: str, principal: str) -> None:
    settings = load(Settings, {"X_FEED_TOPIC_PRINCIPAL": form}, "X")
    assert principal_of("partners/northlake", settings.feed_topic_principal) == principal


@pytest.mark.parametrize("form", ["User:*", "User:northlake", "{partner}", "Group:{partner}", "User:{partner}*"])
def test_a_form_that_would_let_in_others_is_refused(form: str) -> None:
    with pytest.raises(SettingsError, match=r"X_FEED_TOPIC_PRINCIPAL must begin with User: and hold \{partner\} once"):
        load(Settings, {"X_FEED_TOPIC_PRINCIPAL": form}, "X")


def test_a_prefix_that_is_no_part_of_a_topics_name_is_refused() -> None:
    with pytest.raises(SettingsError, match="X_FEED_TOPIC_PREFIX"):
        load(Settings, {"X_FEED_TOPIC_PREFIX": "feeds/"}, "X")


async def test_a_feed_that_can_have_no_topic_waits_and_ends_no_process() -> None:
    topics = KafkaFeedTopics(KafkaSettings(bootstrap="127.0.0.1:1"), "feeds.", timedelta(days=30))
    with pytest.raises(Unavailable, match=r"There is no topic for it: 'couriers/swift' is no partner's name\."):
        await topics.send("couriers/swift", [])


async def test_brokers_that_cannot_even_be_asked_are_a_fault_that_passes() -> None:
    kafka = KafkaSettings(bootstrap="127.0.0.1:1", security_protocol="SSL", tls_ca_file="/nowhere/ca.pem")
    with pytest.raises(AclsRefused, match=r"feeds\.northlake cannot be given: .*ssl\.ca\.location failed"):
        await TopicAcls(kafka, "User:{partner}").allow(topic_of("partners/northlake", "feeds."))
