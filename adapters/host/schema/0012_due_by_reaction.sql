-- Those that are due first, by reaction: what waits of one, in an outage much, is not read by who asks for another.
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (account, reaction, next_at) WHERE state = 1 AND next_at IS NOT NULL;
