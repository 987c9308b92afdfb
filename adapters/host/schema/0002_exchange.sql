-- What is fetched, and what is sent.

-- Where a poll or a stream of an account goes on. One process at a time has it, until its lease ends.
CREATE TABLE cursor (
    account     text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    value       text NOT NULL,
    holder      uuid,
    lease_until timestamptz,
    PRIMARY KEY (account, name)
);

-- What is sent to outside systems because of our events. Ids are uuidv7: their order is the order of sending, for each
-- account and subject.
CREATE TABLE delivery (
    delivery_id uuid NOT NULL,
    account     text COLLATE "C" NOT NULL,
    partner     text COLLATE "C" NOT NULL,
    adapter     text NOT NULL,
    reaction    text NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    body        bytea NOT NULL,
    event_id    uuid NOT NULL,       -- the event that set it off
    created_at  timestamptz NOT NULL,
    give_up_at  timestamptz NOT NULL,
    state       smallint NOT NULL,   -- the number in doselane.exchange.v1.Delivery.State
    attempts    integer NOT NULL DEFAULT 0,
    uncertain   boolean NOT NULL DEFAULT false,  -- it may have been done: look before sending again
    next_at     timestamptz NOT NULL,
    lease_until timestamptz,         -- somebody is sending it; past, he never said how it ended
    words       text NOT NULL DEFAULT '',  -- the receipt, or why it was not taken
    finished_at timestamptz,
    traceparent text NOT NULL,
    PRIMARY KEY (delivery_id)
) PARTITION BY RANGE (delivery_id);
CREATE TABLE delivery_other PARTITION OF delivery DEFAULT;
CREATE INDEX delivery_waiting ON delivery (account, subject, delivery_id) WHERE state = 1;
CREATE INDEX delivery_by_partner ON delivery (partner, delivery_id DESC);

-- The lowest uuidv7 of an instant.
CREATE FUNCTION first_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Makes the partition of an instant's month if there is none. Rows that came before it was made stay in the partition
-- for all others, and then the month stays there too.
CREATE FUNCTION ensure_partition(parent text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month timestamptz := date_trunc('month', at, 'UTC');
    until timestamptz := date_trunc('month', month + interval '40 days', 'UTC');
    part  text := parent || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('partitions of ' || parent, 0));
    IF to_regclass(quote_ident(part)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', part, parent,
                       first_id(month), first_id(until));
    END IF;
EXCEPTION WHEN check_violation THEN
    RAISE WARNING 'the month % of % stays in the partition for all others', month, parent;
END $$;

-- Drops the partitions whose months ended before an instant.
CREATE FUNCTION drop_partitions(parent text, before timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    part    text;
    dropped integer := 0;
BEGIN
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass(quote_ident(parent)) AND c.relname ~ '_[0-9]{4}_[0-9]{2}$'
    LOOP
        IF to_timestamp(right(part, 7) || '_01 UTC', 'YYYY_MM_DD TZ') + interval '1 month' <= before THEN
            EXECUTE format('DROP TABLE %I', part);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END $$;

DO $$ BEGIN
    PERFORM ensure_partition('delivery', now() + n * interval '1 month') FROM generate_series(0, 2) AS n;
END $$;
