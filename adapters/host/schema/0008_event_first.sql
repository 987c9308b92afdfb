-- By the event alone: an index that holds columns of the primary key was taken in its place while the table was empty or had no
-- statistics, and then every fact was looked for among all facts of its partner.
DROP INDEX accepted_event_by_event;
CREATE INDEX accepted_event_by_event ON accepted_event (event);
