"""Java, and Kafka's jars through the ordinary Maven client."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from services.local.cache import once
from services.local.kafka.settings import SETTINGS

POM = Path(__file__).with_name("pom.xml")
JAVA_VERSION_MIN = 17
CLUSTER_ID = "ZG9zZWxhbmUtbG9jYWwtMQ"


class KafkaUnavailable(RuntimeError):
    """There is no Kafka to be had here; the message says what to install or set."""


@dataclass(frozen=True)
class Java:
    """A Java that is new enough, and what it says of its version."""

    program: str
    version: str


def find_java() -> Java:
    """The Java of JAVA_HOME, or the first on the path."""
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
    return Java(program, said)


def find_jars() -> Path:
    """Folder with jars/ and format/, made once for each version of the pom."""
    return once(f"kafka-{short_hash(POM.read_bytes())}", _fetch)


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailable(
            "Kafka's jars come through Maven, which was not found. "
            "Install it (on Debian: apt install maven) or set KAFKA_BOOTSTRAP."
        )
    say("Fetching Apache Kafka through Maven, once (about 40 MB).")
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
    _run([find_java().program, "-cp", f"{folder / 'jars'}/*", *tool], scratch, "Kafka could not format its data")


def _run(command: list[str], directory: Path, complaint: str) -> None:
    answer = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise KafkaUnavailable(f"{complaint}: {(answer.stdout + answer.stderr).strip()[-3000:]}")


def short_hash(content: bytes) -> str:
    """Enough of a hash to name a folder by what it was made from."""
    return hashlib.sha256(content).hexdigest()[:12]


def say(text: str) -> None:
    """Tells whoever waits what takes so long; on stderr, as the output may be for a program."""
    print(text, file=sys.stderr, flush=True)
