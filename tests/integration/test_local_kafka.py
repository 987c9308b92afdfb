"""The local Kafka keeps its promises: one address, its data through a crash, and a clear word where it cannot run."""

import shutil
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.local import kafka as local_kafka
from services.local.kafka import Kafka, KafkaUnavailable

pytestmark = pytest.mark.kafka


async def test_a_killed_broker_comes_back_at_the_same_address_with_its_data(own_kafka: Kafka) -> None:
    address = own_kafka.bootstrap
    await send(own_kafka, "before")
    own_kafka.kill()
    assert not own_kafka.alive
    own_kafka.restart()
    assert own_kafka.bootstrap == address
    await send(own_kafka, "after")
    assert await received(own_kafka, count=2) == ["before", "after"]


async def test_a_second_broker_of_one_directory_is_refused(own_kafka: Kafka, tmp_path: Path) -> None:
    with pytest.raises(KafkaUnavailable, match="Another process"):
        local_kafka.start(tmp_path / "kafka")


def test_a_machine_without_java_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP", raising=False)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KafkaUnavailable, match=r"Java 17 .* or set KAFKA_BOOTSTRAP"):
        local_kafka.start(tmp_path / "kafka")


def test_a_machine_without_maven_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = shutil.which("java")
    if java is None:
        pytest.skip("Only a machine with Java can lack nothing but Maven.")
    (tmp_path / "java").symlink_to(java)
    monkeypatch.delenv("KAFKA_BOOTSTRAP", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DOSELANE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(KafkaUnavailable, match=r"Maven.* or set KAFKA_BOOTSTRAP"):
        local_kafka.start(tmp_path / "kafka")


def test_a_broker_of_others_is_used_and_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "broker.example:9092")
    broker = local_kafka.start(tmp_path)
    assert (broker.bootstrap, broker.owned) == ("broker.example:9092", False)
    with pytest.raises(KafkaUnavailable, match="not ours"):
        broker.kill()
    broker.stop()


async def send(broker: Kafka, text: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True)
    await producer.start()
    await producer.send_and_wait("promises", text.encode())
    await producer.stop()


async def received(broker: Kafka, count: int) -> list[str]:
    consumer = AIOKafkaConsumer("promises", bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    texts = [(await consumer.getone()).value.decode() for _ in range(count)]
    await consumer.stop()
    return texts
