"""One broker's process, ports and data."""

import os
import random
import shutil
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from services.local import leash
from services.local.kafka.jars import KafkaUnavailable

READY_WITHIN_SECONDS = 90
STARTED = "Kafka Server started"
# Below the range from which the kernel takes ports for outgoing connections: a client that keeps trying to reach a
# stopped broker could otherwise be given the broker's own port, and connect to itself.
PORTS = range(20_000, 30_000)


class Broker:
    """One broker's process, ports and data."""

    def __init__(self, directory: Path, java: list[str], jars: Path, settings: Mapping[str, str]) -> None:
        self.directory = directory
        self.java = java
        self.jars = jars
        self.settings = settings
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
