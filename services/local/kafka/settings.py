"""Settings of a broker that is alone."""

from collections.abc import Mapping

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
