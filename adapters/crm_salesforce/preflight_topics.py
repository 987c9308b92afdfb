"""The topics that are listened to and published on: whether they are there, are ours to use, and have our fields."""

from collections.abc import Iterator

from salesforce.eventbus.v1 import pubsub_pb2

from adapters.crm_salesforce.client import SalesforceConnection
from adapters.crm_salesforce.pubsub.avro import WriterSchema, writer_schema
from adapters.crm_salesforce.pubsub.faults import PubSubFault
from adapters.manifest import Refused
from adapters.mapping import AccountMapping
from adapters.outbound import Away, Declined
from adapters.preflight import Area, ConnectionFinding, Severity

_SELECT = "select the object in Setup, Change Data Capture; give our user View All on it, and the kit's permission set"
_EVENT = "deploy the platform event, and give our user Read (to listen) or Create (to publish) on it"


async def topic_findings(
    salesforce: SalesforceConnection, topic: str, kind: str, *, subscribes: bool
) -> list[ConnectionFinding]:
    """What stands in the way of a topic."""
    remedy = _SELECT if topic.startswith("/data/") else _EVENT
    try:
        info = await salesforce.bus.topic(topic)
        found = _allowed(info, topic, remedy, subscribes=subscribes)
        if kind:
            schema = writer_schema(await salesforce.schemas.of(info.schema_id))
            found += _fields(schema, topic, kind, salesforce.mapping)
    except (PubSubFault, Away, Declined) as fault:
        outcome = fault.outcome if isinstance(fault, PubSubFault) else fault
        return [
            ConnectionFinding(Severity.ERROR, Area.EVENT, f"the topic {topic} cannot be used: {outcome}", remedy, topic)
        ]
    except Refused as refused:
        words = f"the schema of {topic} cannot be read: {refused}"
        return [ConnectionFinding(Severity.ERROR, Area.EVENT, words, "tell who runs Doselane", topic)]
    return found


def _allowed(info: pubsub_pb2.TopicInfo, topic: str, remedy: str, *, subscribes: bool) -> list[ConnectionFinding]:
    may = info.can_subscribe if subscribes else info.can_publish
    if may:
        return []
    words = f"our user may not {'listen to' if subscribes else 'publish on'} {topic}"
    return [ConnectionFinding(Severity.ERROR, Area.EVENT, words, remedy, topic)]


def _fields(schema: WriterSchema, topic: str, kind: str, mapping: AccountMapping) -> Iterator[ConnectionFinding]:
    there = {each.name for each in schema.fields}
    for ours, theirs in mapping.of_kind(kind).items():
        if theirs not in there:
            name = f"{kind}.{ours}"
            words = f"{topic} has no field {theirs}"
            remedy = "add it to the platform event, or map another, or null"
            yield ConnectionFinding(
                Severity.ERROR, Area.FIELD, words, remedy, f"{topic} {theirs}", name, ("fields", name)
            )
