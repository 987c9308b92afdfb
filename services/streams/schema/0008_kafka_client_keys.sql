-- Certificates of ours by which a partner's brokers know us: they stand in `kafka`, their private key sealed here.
ALTER TABLE endpoint
    ADD COLUMN sealed_kafka_key text NOT NULL DEFAULT '';
