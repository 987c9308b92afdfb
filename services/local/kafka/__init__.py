"""Apache Kafka on this machine: one broker, its own controller (KRaft), started with plain `java`.

The jars come through the ordinary Maven client by pom.xml. An archive of loaded classes more than halves the start.
"""

from services.local.kafka.jars import KafkaUnavailable
from services.local.kafka.server import Kafka, prepare, start
from services.local.kafka.settings import SETTINGS

__all__ = ["SETTINGS", "Kafka", "KafkaUnavailable", "prepare", "start"]
