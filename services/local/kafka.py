"""Apache Kafka on this machine: one broker, its own controller (KRaft), started with plain `java`.

The jars come through the ordinary Maven client by kafka.pom.xml. An archive of loaded classes halves the start.
"""

import hashlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from services.local import leash
from services.local.cache import once
from services.local.lock import Busy, lock

POM = Path(__file__).with_name("kafka.pom.xml")
JAVA_VERSION_MIN = 17
READY_WITHIN_SECONDS = 90
STARTED = "Kafka Server started"
# Below the range from which the kernel takes ports for outgoing connections: a client that keeps trying to reach a
# stopped broker could otherwise be given the broker's own port, and connect to itself.
PORTS = range(20_000, 30_000)
CLUSTER_ID = "ZG9zZWxhbmUtbG9jYWwtMQ"

SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    # There is one broker, so one copy of everything, and no use in many partitions of the internal topics.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # Nobody to wait for: neither other voters nor more members of a new consumer group.
    "controller.quorum.election.timeout.ms": "100",
    "broker.heartbeat.interval.ms": "200",
    # A killed broker is let in again only when its earlier life has timed out.
    "broker.session.timeout.ms": "2500",
    "group.initial.rebalance.delay.ms": "0",
    # A consumer that was killed gives its partitions back soon.
    "group.min.session.timeout.ms": "1000",
}


class KafkaUnavailable(RuntimeError):
    """There is no Kafka to be had here; the message says what to install or set."""


@dataclass(frozen=True)
class _Java:
    program: str
    version: str


class Kafka:
    """A broker: one of ours, or the one that `KAFKA_BOOTSTRAP` names, which is used but never stopped."""

    def __init__(self, bootstrap: str, broker: "_Broker | None" = None) -> None:
        self.bootstrap = bootstrap
        self._broker = broker

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
            self._broker.lock_file.close()

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

    def _ours(self) -> "_Broker":
        if self._broker is None:
            raise KafkaUnavailable("The broker of KAFKA_BOOTSTRAP is not ours to stop.")
        return self._broker


def start(directory: Path, *, heap_mb: int = 512, settings: Mapping[str, str] | None = None) -> Kafka:
    """Starts a broker whose data is in `directory`, or answers the one of `KAFKA_BOOTSTRAP` when that is set."""
    external = os.environ.get("KAFKA_BOOTSTRAP")
    if external:
        return Kafka(external)
    java = _java()
    jars = _jars()
    classes = _class_archive(java, jars)
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    try:
        lock_file = lock(directory / "in-use.lock")
    except Busy as busy:
        raise KafkaUnavailable(f"Another process is using the broker in {directory}.") from busy
    options = [f"-Xmx{heap_mb}m", "-Xms128m", "-XX:+UseSerialGC", f"-XX:SharedArchiveFile={classes}"]
    broker = _Broker(directory, [java.program, *options], jars, {**SETTINGS, **(settings or {})}, lock_file)
    try:
        broker.launch_anywhere()
    except BaseException:
        lock_file.close()
        raise
    return Kafka(f"127.0.0.1:{broker.port}", broker)


class _Broker:
    """One broker's process, ports and data."""

    def __init__(
        self, directory: Path, java: list[str], jars: Path, settings: Mapping[str, str], lock_file: IO[str] | None
    ) -> None:
        self.directory = directory
        self.java = java
        self.jars = jars
        self.settings = settings
        self.lock_file = lock_file or (directory / "in-use.lock").open("w")
        self.port = self.controller_port = 0
        self._server: leash.Leash | None = None

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._server is not None and self._server.alive

    def launch_anywhere(self) -> None:
        """Launches on free ports; another process may take one between our look and our use, hence the tries."""
        for last in (False, False, True):
            self.port, self.controller_port = _free_ports(2)
            try:
                self.launch()
            except KafkaUnavailable as fault:
                if last or "already in use" not in str(fault):
                    raise
            else:
                return

    def launch(self) -> None:
        """Launches on the ports it has, and waits until it takes requests."""
        self._stop_what_was_left()
        data = self.directory / "data"
        if not (data / "meta.properties").exists():
            shutil.copytree(self.jars / "format", data, dirs_exist_ok=True)
        properties, log_path = self.directory / "server.properties", self.directory / "server.log"
        properties.write_text(self._properties(data))
        with log_path.open("wb") as log:
            self._server = leash.start(
                [*self.java, *_main_class(self.jars), str(properties)],
                log=log,
                directory=self.directory,
                environment=os.environ,
                on_death=signal.SIGTERM,
            )
        (self.directory / "broker.pid").write_text(str(self._server.pid))
        try:
            _wait_until_started(self._server, log_path)
        except BaseException:
            self.end(signal.SIGKILL)
            raise

    def end(self, number: signal.Signals) -> None:
        """Ends the process, if there is one, and waits for it."""
        if self._server is not None:
            self._server.stop(number)
            self._server = None
            (self.directory / "broker.pid").unlink(missing_ok=True)

    def _properties(self, data: Path) -> str:
        addresses = {
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "log.dirs": str(data),
        }
        return "".join(f"{name}={value}\n" for name, value in {**self.settings, **addresses}.items())

    def _stop_what_was_left(self) -> None:
        """Stops the broker of an owner that was killed; we hold the lock, so no living owner uses it."""
        try:
            process = psutil.Process(int((self.directory / "broker.pid").read_text()))
            if str(self.directory / "server.properties") in process.cmdline():
                process.terminate()
                process.wait(leash.GRACE_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            pass  # Nothing was left, or the number now belongs to a stranger.


def _wait_until_started(server: leash.Leash, log_path: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        said = log_path.read_text(errors="replace")
        if STARTED in said:
            return
        if not server.alive:
            raise KafkaUnavailable(f"Kafka ended while it started. Its log says:\n{said[-3000:]}")
        time.sleep(0.02)
    raise KafkaUnavailable(f"Kafka was not ready after {READY_WITHIN_SECONDS} seconds; see {log_path}.")


def _main_class(jars: Path) -> list[str]:
    log = "org.slf4j.simpleLogger"
    # Only the sentence that we wait for is worth an info line; the rest of Kafka's info is its settings, many times.
    levels = [f"-D{log}.defaultLogLevel=warn", f"-D{log}.log.kafka.server.KafkaRaftServer=info"]
    return [*levels, "-cp", f"{jars / 'jars'}/*", "kafka.Kafka"]


def _java() -> _Java:
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=str(Path(home) / "bin")) if home else None
    program = program or shutil.which("java")
    need = f"Kafka needs Java {JAVA_VERSION_MIN} or newer"
    otherwise = "Install it (on Debian: apt install default-jre-headless maven) or set KAFKA_BOOTSTRAP."
    if program is None:
        raise KafkaUnavailable(f"{need}, and none was found. {otherwise}")
    # JAVA_HOME may name a place that has none, and macOS has a `java` that only asks to install one.
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if found is None or int(found[1]) < JAVA_VERSION_MIN:
        raise KafkaUnavailable(f"{need}, and {program} is {said.splitlines()[0] if said else 'none'}. {otherwise}")
    return _Java(program, said)


def _jars() -> Path:
    """Folder with jars/ and format/, made once for each version of the pom."""
    return once(f"kafka-{_short_hash(POM.read_bytes())}", _fetch)


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailable(
            "Kafka's jars come through Maven, which was not found. "
            "Install it (on Debian: apt install maven) or set KAFKA_BOOTSTRAP."
        )
    _say("Fetching Apache Kafka through Maven, once (about 40 MB).")
    with tempfile.TemporaryDirectory() as scratch:
        # Maven writes beside the pom, which may be in a folder that is not ours to write to.
        shutil.copyfile(POM, Path(scratch) / "pom.xml")
        _run(
            [maven, "-B", "-q", "dependency:copy-dependencies", f"-DoutputDirectory={folder / 'jars'}"],
            Path(scratch),
            "Maven could not fetch Kafka",
        )
        _format(folder, Path(scratch))


def _format(folder: Path, scratch: Path) -> None:
    """Formats an empty log directory; each broker begins with a copy, which saves one start of Java."""
    properties = scratch / "format.properties"
    voters = {
        "listeners": "CONTROLLER://127.0.0.1:1,PLAINTEXT://127.0.0.1:2",
        "controller.quorum.voters": "1@127.0.0.1:1",
    }
    settings = {**SETTINGS, **voters, "log.dirs": str(folder / "format")}
    properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(properties)]
    _run([_java().program, "-cp", f"{folder / 'jars'}/*", *tool], scratch, "Kafka could not format its data")


def _class_archive(java: _Java, jars: Path) -> Path:
    """Loaded classes as a file, written by a first run of this Java with these jars; 5 s to start become 2.5 s."""
    name = f"kafka-classes-{_short_hash(f'{java.version}{jars}'.encode())}"

    def make(folder: Path) -> None:
        _say("Starting Apache Kafka for the first time, to make later starts fast.")
        with tempfile.TemporaryDirectory() as scratch:
            options = ["-XX:+UseSerialGC", f"-XX:ArchiveClassesAtExit={folder / 'classes.jsa'}"]
            broker = _Broker(Path(scratch), [java.program, *options], jars, SETTINGS, None)
            broker.launch_anywhere()
            broker.end(signal.SIGTERM)
            broker.lock_file.close()

    return once(name, make) / "classes.jsa"


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    for port in random.SystemRandom().sample(PORTS, 500):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
            if len(found) == count:
                return found
    raise KafkaUnavailable(f"No free port between {PORTS.start} and {PORTS.stop}.")


def _run(command: list[str], directory: Path, complaint: str) -> None:
    answer = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise KafkaUnavailable(f"{complaint}: {(answer.stdout + answer.stderr).strip()[-3000:]}")


def _short_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
