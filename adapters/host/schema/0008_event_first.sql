-- By the event first: an index that begins as the primary key does was taken in its place while the table had no statistics,
-- and then every fact was looked for among all facts of its partner.
DROP INDEX accepted_event_by_event;
CREATE INDEX accepted_event_by_event ON accepted_event (event, partner, port);
