"""What the documentation shows of reading a feed on Kafka is run: in Python, in Java, and by kcat."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from services.local.kafka.jars import find_jars
from services.streams.domain.feed_topics import topic_of
from services.streams.topic_acls import TopicAcls
from tests.integration.streams.conftest import Door
from tests.integration.streams.topics import a_prefix, a_relaying_door, relayed
from tests.support.guides import PAGE, of_language
from tests.support.other_side import other_side
from tests.support.postgres import Copies
from tests.support.secured_kafka import NORTHLAKE, PASSWORD, SecuredKafka, know_by_scram
from tests.support.terminal import paste

pytestmark = [pytest.mark.kafka]
GUIDE, PREFIX, PARTNER = PAGE["kafka"], a_prefix(), f"partners/{NORTHLAKE}"


@pytest.fixture(scope="module")
async def northlake(_copies: Copies, secured: SecuredKafka) -> AsyncIterator[Door]:
    """A feed of three events in its topic, and Northlake known to the brokers in each way that the guide shows."""
    async with a_relaying_door(_copies, secured, PREFIX) as feeds:
        await feeds.recorded(PARTNER, 3)
        await relayed(feeds, PARTNER, 3)
        await know_by_scram(secured, NORTHLAKE)
        await TopicAcls(secured.settings(), "User:partners/{partner}").allow(topic_of(PARTNER, PREFIX))
        yield feeds


def ours(text: str, secured: SecuredKafka, issuer: str = "") -> str:
    """The guide's text with what is here in the places of its examples."""
    here = {
        "kafka.cdmo.example:9093": secured.broker.bootstrap,
        "cdmo-authorities.pem": secured.authorities,
        "northlake-kafka-password": PASSWORD,
        "feeds.northlake-oncology": f"{PREFIX}{NORTHLAKE}",
        "northlake-oncology": NORTHLAKE,
        "http://localhost:8080": issuer,
    }
    return re.sub("|".join(map(re.escape, here)), lambda found: here[found[0]], text)


async def ids(northlake: Door) -> list[str]:
    """The ids of the events in Northlake's feed."""
    return [event.id for event in (await northlake.listed(northlake.client(PARTNER))).events]


async def test_python_reads_the_feed_once_and_in_order(northlake: Door, secured: SecuredKafka) -> None:
    names: dict[str, Any] = {}
    for text in of_language(GUIDE, "python"):
        await asyncio.to_thread(exec, compile(ours(text, secured), "kafka", "exec"), names)
    assert (names["seen"], names["highest"]) == (await ids(northlake), 3)


async def test_kcat_reads_the_feed(northlake: Door, secured: SecuredKafka, tmp_path: Path) -> None:
    kcat = shutil.which("kcat")
    if kcat is None:
        pytest.skip("kcat is not installed (on Debian: apt install kcat).")
    path = f"{Path(kcat).parent}:{os.defpath}"  # it need not stand beside the shell
    (printed,) = await paste([ours(text, secured) for text in of_language(GUIDE, "sh")], tmp_path, path)
    lines = printed.strip().splitlines()
    assert len(lines) == 3
    for line, event_id in zip(lines, await ids(northlake), strict=True):
        assert line.startswith("slots/s") and f'"id":"{event_id}"' in line


@pytest.mark.slow
async def test_java_reads_the_feed_with_a_token(northlake: Door, secured: SecuredKafka, tmp_path: Path) -> None:
    if shutil.which("javac") is None:
        pytest.skip("A Java that compiles is not installed (on Debian: apt install default-jdk-headless).")

    async def token(request: Request) -> JSONResponse:
        answered = secured.issuer.answer(await request.body(), request.headers.get("authorization"))
        return JSONResponse(answered)

    async with other_side(token) as issuer:
        (source,) = of_language(GUIDE, "java")
        (tmp_path / "ReadFeed.java").write_text(source)
        (settings,) = (text for text in of_language(GUIDE, "text") if "sasl.jaas.config" in text)
        (tmp_path / "kafka.properties").write_text(ours(settings, secured, issuer))
        allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={issuer}/oauth/token"
        java = await asyncio.create_subprocess_exec(
            "java", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", allowed,
            "-cp", f"{find_jars() / 'jars'}/*", "ReadFeed.java",
            "kafka.properties", f"{PREFIX}{NORTHLAKE}", f"{NORTHLAKE}.java", "3",
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        printed, complained = await java.communicate()
    assert java.returncode == 0, complained.decode()
    lines = printed.decode().splitlines()
    assert [line.split(" ")[0] for line in lines] == ["1", "2", "3"]
    assert all(f'"id":"{each}"' in line for line, each in zip(lines, await ids(northlake), strict=True))
