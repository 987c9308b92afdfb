-- The topic of the port that tells people, there before anybody publishes on it.
INSERT INTO gateway.topic (topic, schema) VALUES ('doselane.alert', current_schema())
ON CONFLICT (topic) DO UPDATE SET schema = excluded.schema;
