-- The topic of the CRM port, there before anybody publishes on it.
INSERT INTO gateway.topic (topic, schema) VALUES ('doselane.crm', current_schema())
ON CONFLICT (topic) DO UPDATE SET schema = excluded.schema;
