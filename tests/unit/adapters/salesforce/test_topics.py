"""Whether a topic is ours to use: for listening one right is needed, for publishing another."""

from types import SimpleNamespace
from typing import Any

import pytest
from salesforce.eventbus.v1 import pubsub_pb2

from adapters.crm_salesforce.preflight_topics import topic_findings
from adapters.preflight import Area, Severity

TOPIC = "/event/Dose_Order_Request__e"


async def found(*, subscribes: bool, topic: str = TOPIC, **rights: bool) -> list[Any]:
    async def answered(name: str) -> pubsub_pb2.TopicInfo:
        return pubsub_pb2.TopicInfo(topic_name=name, **rights)

    salesforce: Any = SimpleNamespace(bus=SimpleNamespace(topic=answered))
    return await topic_findings(salesforce, topic, "", subscribes=subscribes)


@pytest.mark.parametrize(
    ("topic", "remedy"),
    [(TOPIC, "deploy the platform event"), ("/data/Dose_Order__ChangeEvent", "Change Data Capture")],
)
async def test_a_topic_that_our_user_may_not_listen_to_is_an_error_with_what_to_do(topic: str, remedy: str) -> None:
    (finding,) = await found(topic=topic, subscribes=True, can_subscribe=False, can_publish=True)
    assert (finding.severity, finding.area, finding.theirs) == (Severity.ERROR, Area.EVENT, topic)
    assert (finding.detail, remedy in finding.remedy) == (f"our user may not listen to {topic}", True)


async def test_each_use_needs_its_own_right() -> None:
    assert await found(subscribes=True, can_subscribe=True, can_publish=False) == []
    assert await found(subscribes=False, can_subscribe=False, can_publish=True) == []
    (finding,) = await found(subscribes=False, can_subscribe=True, can_publish=False)
    assert finding.detail == f"our user may not publish on {TOPIC}"
