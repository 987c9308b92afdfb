"""A broker as its users see it: an address, and start, stop, kill and restart."""

import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from services.local.cache import once
from services.local.kafka.broker import Broker
from services.local.kafka.jars import Java, KafkaUnavailable, find_jars, find_java, say, short_hash
from services.local.kafka.settings import SETTINGS
from services.local.lock import AlreadyRunning, lock


class Kafka:
    """A broker: one of ours, or the one that `KAFKA_BOOTSTRAP` names, which is used but never stopped."""

    def __init__(self, bootstrap: str, broker: Broker | None = None, lock_file: IO[str] | None = None) -> None:
        self.bootstrap = bootstrap
        self._broker = broker
        self._lock_file = lock_file

    @property
    def owned(self) -> bool:
        """Whether this broker is ours to stop, kill and restart."""
        return self._broker is not None

    @property
    def alive(self) -> bool:
        """Whether our broker is running; somebody else's is taken to be."""
        return self._broker is None or self._broker.alive

    def stop(self) -> None:
        """Stops our broker cleanly and gives its directory back; its data stays there."""
        if self._broker is not None:
            self._broker.end(signal.SIGTERM)
        if self._lock_file is not None:
            self._lock_file.close()

    def pause(self) -> None:
        """Stops our broker cleanly until `restart`, keeping its directory and its port."""
        self._ours().end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends our broker as a power cut would, until `restart`."""
        self._ours().end(signal.SIGKILL)

    def restart(self) -> None:
        """Starts our broker again on the same port and the same data, stopping it first if it runs."""
        broker = self._ours()
        broker.end(signal.SIGTERM)
        broker.launch()

    def __enter__(self) -> "Kafka":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _ours(self) -> Broker:
        if self._broker is None:
            raise KafkaUnavailable("The broker of KAFKA_BOOTSTRAP is not ours to stop.")
        return self._broker


def start(
    directory: Path, *, heap_mb: int = 512, settings: Mapping[str, str] | None = None, java_options: Sequence[str] = ()
) -> Kafka:
    """Starts a broker whose data is in `directory`, or answers the one of `KAFKA_BOOTSTRAP` when that is set.

    `java_options` are added to those that every broker has.
    """
    external = os.environ.get("KAFKA_BOOTSTRAP")
    if external:
        return Kafka(external)
    java, jars, classes = prepare()
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    try:
        lock_file = lock(directory / "in-use.lock")
    except AlreadyRunning as busy:
        raise KafkaUnavailable(f"Another process is using the broker in {directory}.") from busy
    options = [f"-Xmx{heap_mb}m", "-Xms128m", "-XX:+UseSerialGC", f"-XX:SharedArchiveFile={classes}", *java_options]
    broker = Broker(directory, [java.program, *options], jars, {**SETTINGS, **(settings or {})})
    try:
        broker.launch_anywhere()
    except BaseException:
        lock_file.close()
        raise
    return Kafka(f"127.0.0.1:{broker.port}", broker, lock_file)


def prepare() -> tuple[Java, Path, Path]:
    """Fetches and builds, once, all that a start needs: Java, the jars, the archive of classes."""
    java = find_java()
    jars = find_jars()
    return java, jars, _class_archive(java, jars)


def _class_archive(java: Java, jars: Path) -> Path:
    """Loaded classes as a file, written by a first run of this Java with these jars; 5 s to start become 2.

    A Java that writes no such file still works: one that is named and missing is ignored.
    """
    name = f"kafka-classes-{short_hash(f'{java.version}{jars}'.encode())}"

    def make(folder: Path) -> None:
        say("Starting Apache Kafka for the first time, to make later starts fast.")
        with tempfile.TemporaryDirectory() as scratch:
            options = ["-XX:+UseSerialGC", f"-XX:ArchiveClassesAtExit={folder / 'classes.jsa'}"]
            broker = Broker(Path(scratch), [java.program, *options], jars, SETTINGS)
            broker.launch_anywhere()
            broker.end(signal.SIGTERM)

    return once(name, make) / "classes.jsa"
