"""Who may read a topic: access control lists of Kafka, made by librdkafka's admin client, as ours has none."""

import asyncio
from typing import Any

from aiokafka.errors import KafkaError

from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.settings import SettingsError
from services.streams.domain.feed_topics import FeedTopic, principal_of

ANSWER_S_MAX = 10.0


class AclsRefused(KafkaError):  # type: ignore[misc]  # untyped
    """The brokers take no access control lists from us: they have no authorizer, or we may not alter the cluster."""


class TopicAcls:
    """Lets a partner's programs read their own topic, and in groups whose names begin with the partner's id and a dot.

    They may do nothing else: neither write, nor see any other topic or group.
    """

    def __init__(self, kafka: KafkaSettings, principal: str) -> None:
        try:
            from confluent_kafka import admin
        except ImportError:
            raise SettingsError(
                ["DOSELANE_STREAMS_FEED_TOPIC_PRINCIPAL needs the extra `kafka-acls`: install doselane[kafka-acls]."]
            ) from None
        self._kafka, self._principal, self._module = kafka, principal, admin

    async def allow(self, topic: FeedTopic) -> None:
        """Makes the rights; those that are there stay. AclsRefused says what the brokers said."""
        # A topic is prepared once in the life of a process, so nothing is held open for the next.
        try:
            client = await asyncio.to_thread(self._module.AdminClient, librdkafka_options(self._kafka))
            answers = client.create_acls(self._rights(topic), request_timeout=ANSWER_S_MAX)
            for answer in answers.values():
                await asyncio.wrap_future(answer)
        except Exception as fault:  # of many kinds, and none of them ours
            raise AclsRefused(f"the right to read {topic.name} cannot be given: {fault}") from fault

    def _rights(self, topic: FeedTopic) -> list[Any]:
        kinds, patterns = self._module.ResourceType, self._module.ResourcePatternType
        return [
            self._right(kinds.TOPIC, topic.name, patterns.LITERAL, topic),
            self._right(kinds.GROUP, topic.group_prefix, patterns.PREFIXED, topic),
        ]

    def _right(self, kind: Any, name: str, pattern: Any, topic: FeedTopic) -> Any:
        """To read, which lets see what it is, too."""
        operation, allow = self._module.AclOperation.READ, self._module.AclPermissionType.ALLOW
        principal = principal_of(topic.partner, self._principal)
        return self._module.AclBinding(kind, name, pattern, principal, "*", operation, allow)


def librdkafka_options(kafka: KafkaSettings) -> dict[str, Any]:
    """The settings by the names of librdkafka."""
    made: dict[str, Any] = {
        "bootstrap.servers": kafka.bootstrap,
        "client.id": "doselane",
        "log_level": "0",  # it would write to stderr; what goes wrong comes back with the answer
        "security.protocol": kafka.security_protocol.value,
        "ssl.ca.location": kafka.tls_ca_file,
        "ssl.certificate.location": kafka.tls_certificate_file,
        "ssl.key.location": kafka.tls_key_file,
        "sasl.mechanism": kafka.sasl_mechanism.value,
        "sasl.username": kafka.sasl_username,
        "sasl.password": kafka.sasl_password.get_secret_value(),
    }
    if kafka.sasl_token_url:
        made |= {
            "sasl.oauthbearer.method": "oidc",
            "sasl.oauthbearer.client.id": made.pop("sasl.username"),
            "sasl.oauthbearer.client.secret": made.pop("sasl.password"),
            "sasl.oauthbearer.token.endpoint.url": kafka.sasl_token_url,
            "sasl.oauthbearer.scope": kafka.sasl_scope,
        }
    return {name: value for name, value in made.items() if value}
