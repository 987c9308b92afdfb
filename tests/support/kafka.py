"""One Kafka broker for the session, started when the first test asks for it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.local import kafka as local_kafka
from services.local.kafka import Kafka, KafkaUnavailable

# A broker that lives for seconds would spend half of them making its code faster than anybody needs it.
SHORT_LIVED = ["-XX:TieredStopAtLevel=1"]


@pytest.fixture(scope="session")
def _session_broker() -> Iterator[Kafka]:
    folder = Path(tempfile.mkdtemp(prefix="doselane-kafka-"))
    try:
        broker = local_kafka.start(folder, java_options=SHORT_LIVED)
    except KafkaUnavailable as reason:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(str(reason))
    try:
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def kafka(_session_broker: Kafka) -> Kafka:
    """A running broker. Tests share it, so each takes topics and groups of its own; one that stopped is restarted."""
    if not _session_broker.alive:
        _session_broker.restart()
    return _session_broker


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Kafka]:
    """A broker that this test may stop, kill and restart."""
    try:
        broker = local_kafka.start(tmp_path / "kafka", java_options=SHORT_LIVED)
    except KafkaUnavailable as reason:
        pytest.skip(str(reason))
    if not broker.owned:
        pytest.skip("KAFKA_BOOTSTRAP names a broker that is not ours to stop.")
    with broker:
        yield broker
