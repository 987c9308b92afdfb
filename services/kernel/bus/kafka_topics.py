"""Making topics that are missing, by whoever may."""

import logging
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import NoError, TopicAlreadyExistsError, TopicAuthorizationFailedError, for_code

REPLICAS_WANTED = 3

log = logging.getLogger(__name__)


async def make_topics(
    connection: Mapping[str, Any],
    topics: Collection[str],
    partitions: int,
    settings: Mapping[str, str],
    replicas: int = REPLICAS_WANTED,
) -> None:
    """Makes those that are missing, with fewer replicas where brokers are few; one that is there is left as it is.

    `connection` is what a client is made with. Where we may make none, that is left to those who may. KafkaError or
    OSError if it cannot be done now.
    """
    admin = AIOKafkaAdminClient(**connection)
    try:
        await admin.start()
        brokers = len((await admin.describe_cluster())["brokers"])
        wanted = [NewTopic(topic, partitions, min(replicas, brokers), topic_configs=settings) for topic in topics]
        answer = await admin.create_topics(wanted)
    finally:
        await admin.close()
    for topic, code, *_ in answer.topic_errors:
        fault = for_code(code)
        if fault is TopicAuthorizationFailedError:
            log.info("topic %s is left to those who may make topics", topic)
        elif fault not in (NoError, TopicAlreadyExistsError):
            raise fault(topic)
