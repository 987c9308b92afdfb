-- As partial as what asks for it (`next_at <= …`), so that whether a delivery is the first of its subject is never asked
-- of this index: on a table of which nothing is known it looks as good as the one for it, and reads all that waits.
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (account, next_at) WHERE state = 1 AND next_at IS NOT NULL;
