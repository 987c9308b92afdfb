-- What is exchanged with outside systems of all kinds (`port`: courier, lims, …): what came, what was made of it, what counts, and what is sent. No
-- foreign keys are checked on the way: each row is written beside the one it names. Ids are uuidv7, whose order is the
-- order of time; what grows by them is cut by month.

-- The topics of the ports, whose events lie here. They are there before anybody publishes on them: others may listen.
INSERT INTO gateway.topic (topic, schema)
SELECT topic, current_schema() FROM unnest(ARRAY['doselane.courier', 'doselane.erp', 'doselane.lims']) AS topic
ON CONFLICT (topic) DO UPDATE SET schema = excluded.schema;

-- What came, as it came, never changed. Written before anything reads the body.
CREATE TABLE message (
    message_id  uuid PRIMARY KEY,
    account     text NOT NULL,
    partner     text COLLATE "C" NOT NULL,
    port        text NOT NULL,
    adapter     text NOT NULL,
    source      text NOT NULL,     -- the webhook, poll or stream
    received_at timestamptz NOT NULL,
    headers     jsonb NOT NULL,    -- those that explain the body; never a credential
    body        bytea,  -- null if it was too large to keep
    body_bytes  bigint NOT NULL,
    body_sha256 bytea NOT NULL,
    traceparent text NOT NULL,
    actor       text NOT NULL
) PARTITION BY RANGE (message_id);
CREATE TABLE message_other PARTITION OF message DEFAULT;
CREATE INDEX message_by_partner ON message (partner, message_id DESC);
CREATE INDEX message_by_port ON message (port, message_id DESC);

-- What was made of a message. One without a verdict was received and not read yet.
CREATE TABLE verdict (
    message_id uuid PRIMARY KEY,
    state      smallint NOT NULL,  -- the number in doselane.exchange.v1.Message.State
    reason     text NOT NULL,
    detail     text NOT NULL,
    notes      bytea NOT NULL,     -- a doselane.exchange.v1.Message with nothing but notes
    published  bigint NOT NULL,    -- events published of this message, which number its events on the bus
    judged_at  timestamptz NOT NULL
) PARTITION BY RANGE (message_id);
CREATE TABLE verdict_other PARTITION OF verdict DEFAULT;

-- How many readings of a message ended the process that read it. Otherwise it would end each that starts after it.
CREATE TABLE ended_reading (
    message_id uuid PRIMARY KEY,
    attempts   integer NOT NULL
);

-- Bodies that were taken; the same body from the same partner at the same port is a repetition.
CREATE TABLE accepted_body (
    port        text COLLATE "C" NOT NULL,
    partner     text COLLATE "C" NOT NULL,
    body_sha256 bytea NOT NULL,
    message_id  uuid NOT NULL,
    PRIMARY KEY (port, partner, body_sha256)
);

-- Facts that count, each once, however often, by which way and in whatever company they come. Keys are kept as SHA-256,
-- because senders choose their length.
CREATE TABLE accepted_event (
    port       text COLLATE "C" NOT NULL,
    partner    text COLLATE "C" NOT NULL,
    fact       bytea NOT NULL,
    event      bytea NOT NULL,  -- digest of the event's id; an event and its declarations of error are facts of one event
    message_id uuid NOT NULL,
    position   integer NOT NULL,
    content    bytea NOT NULL,  -- digest of what the event says
    said       bytea NOT NULL,  -- digest of what was last published of it
    PRIMARY KEY (port, partner, fact)
);
CREATE INDEX accepted_event_by_event ON accepted_event (port, partner, event);

-- By which names an outside system knows what is ours: such as the shipments that doses travel with.
CREATE TABLE reference (
    port    text COLLATE "C" NOT NULL,
    partner text COLLATE "C" NOT NULL,  -- whose names they are, in all of its accounts at the port
    theirs  text COLLATE "C" NOT NULL,  -- in canonical form
    ours    text COLLATE "C" NOT NULL,
    since   timestamptz NOT NULL,
    ended   boolean NOT NULL DEFAULT false,  -- a poll brought its end: it is asked for no more
    PRIMARY KEY (port, partner, theirs, ours)
);

-- Where a poll or a stream of an account goes on. One process at a time has it, until its lease ends.
CREATE TABLE cursor (
    account     text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    value       text NOT NULL,
    holder      uuid,
    lease_until timestamptz,
    heard_at    timestamptz NOT NULL,  -- when it last brought something, if only a sign of life; or began
    silent      boolean NOT NULL DEFAULT false,  -- it was told that it brings nothing
    told        bigint NOT NULL DEFAULT 0,       -- events published of it
    PRIMARY KEY (account, name)
);

-- What is sent to outside systems because of our events. Ids are uuidv7: their order is the order of sending, for each
-- account and subject.
CREATE TABLE delivery (
    delivery_id uuid NOT NULL,
    account     text COLLATE "C" NOT NULL,
    partner     text COLLATE "C" NOT NULL,
    port        text NOT NULL,
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
    told        bigint NOT NULL DEFAULT 0,  -- events published of it
    PRIMARY KEY (delivery_id)
) PARTITION BY RANGE (delivery_id);
CREATE TABLE delivery_other PARTITION OF delivery DEFAULT;
CREATE INDEX delivery_waiting ON delivery (account, subject, delivery_id) WHERE state = 1;
CREATE INDEX delivery_by_partner ON delivery (partner, delivery_id DESC);
CREATE INDEX delivery_by_port ON delivery (port, delivery_id DESC);

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
    PERFORM ensure_partition(parent, now() + n * interval '1 month')
    FROM unnest(ARRAY['message', 'verdict', 'delivery']) AS parent, generate_series(0, 2) AS n;
END $$;
