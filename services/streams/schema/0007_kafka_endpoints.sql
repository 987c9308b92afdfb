-- Topics of partners' own brokers as endpoints: how the brokers are spoken to. An endpoint with an https address has none.
ALTER TABLE endpoint
    ADD COLUMN kafka text NOT NULL DEFAULT '',                  -- as JSON, without the password
    ADD COLUMN sealed_kafka_password text NOT NULL DEFAULT '';
