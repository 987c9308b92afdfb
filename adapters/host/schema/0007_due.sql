-- Those that are due first, without a look at all that wait: after an outage of the other side they are many.
CREATE INDEX delivery_due ON delivery (account, next_at) WHERE state = 1;
