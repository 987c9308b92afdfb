-- How far each feed has been relayed to its Kafka topic.
CREATE TABLE feed_topic (
    partner text COLLATE "C" PRIMARY KEY,
    place bigint NOT NULL       -- the topic has all up to here; what follows may be in it too
) WITH (fillfactor = 50);
