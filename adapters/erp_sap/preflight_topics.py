"""Looks whether the topics of business events are there for us. A broker that refuses us is asked once."""

from adapters.erp_sap.client.connection import SapConnection
from adapters.erp_sap.client.topics import find_partitions
from adapters.outbound import Away, Declined
from adapters.preflight import Area, ConnectionFinding, Severity

_REACHED = "see that connection.kafka.bootstrap names the brokers, and that they and what they advertise can be reached"
_LET_IN = "correct connection.kafka, and give the user READ and DESCRIBE of each topic in options.event_topics"


async def topic_findings(sap: SapConnection) -> list[ConnectionFinding]:
    """What keeps events from being heard."""
    found: list[ConnectionFinding] = []
    for topic in sap.settings.event_topics:
        try:
            await find_partitions(sap.http, topic)
        except Away as away:
            return [*found, ConnectionFinding(Severity.ERROR, Area.LOGIN, str(away), _REACHED, topic)]
        except Declined as no:
            found.append(ConnectionFinding(Severity.ERROR, Area.EVENT, str(no), _LET_IN, topic))
            if "let us in" in str(no) or "connection.kafka" in str(no):
                break
    return found
