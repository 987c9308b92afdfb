-- What every service's schema holds beside its own tables: the way of an event out of a transaction, and into one.
-- Names are unqualified: each session's search_path names the service's schema first.

CREATE SEQUENCE outbox_seq;

-- Events wait here from the commit that made them until the relay moves them into event_log.
CREATE TABLE outbox (
    -- The transaction gets its id before it draws the number. A gap in seq then belongs to a transaction whose id is
    -- lower than that of anyone who saw the gap, which is how relay_step knows that nobody will fill it any more.
    seq         bigint NOT NULL DEFAULT CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('outbox_seq') END,
    event_id    uuid NOT NULL,
    type        text NOT NULL,
    source      text NOT NULL,
    subject     text NOT NULL,
    sequence    bigint NOT NULL CHECK (sequence > 0),
    time        timestamptz NOT NULL,
    data        bytea NOT NULL CHECK (octet_length(data) <= 1000000),  -- what the bus takes in one record
    partner     text NOT NULL DEFAULT '',
    actor       text NOT NULL DEFAULT '',
    reason      text NOT NULL DEFAULT '',
    traceparent text NOT NULL DEFAULT '',
    queued_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (seq)
) PARTITION BY RANGE (seq);

-- Nobody writes here but relay_step; positions have no gaps and are committed in order, so a reader never skips.
CREATE TABLE event_log (
    position    bigint NOT NULL,
    event_id    uuid NOT NULL,
    type        text NOT NULL,
    source      text NOT NULL,
    subject     text NOT NULL,
    sequence    bigint NOT NULL,
    time        timestamptz NOT NULL,
    data        bytea NOT NULL,
    partner     text NOT NULL,
    actor       text NOT NULL,
    reason      text NOT NULL,
    traceparent text NOT NULL,
    seq         bigint NOT NULL,
    logged_at   timestamptz NOT NULL,
    hash        bytea NOT NULL,
    PRIMARY KEY (position)
) PARTITION BY RANGE (position);

-- Partitions let old rows go by dropping a table. The relay adds the next ones in good time (grow_partitions); should
-- it be away for that long, rows land in the partition without bounds and nothing fails.
CREATE TABLE outbox_other PARTITION OF outbox DEFAULT;
CREATE TABLE event_log_other PARTITION OF event_log DEFAULT;

-- Who relays, and how far the bus has acknowledged.
CREATE TABLE relay_cursor (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    token     bigint NOT NULL,  -- fencing: each new relay raises it, and every write of a relay names its own
    high      bigint NOT NULL,  -- highest seq moved, where the last row of event_log does not say it
    published bigint NOT NULL   -- position up to which the bus has acknowledged; may lag, never leads
) WITH (fillfactor = 50);
INSERT INTO relay_cursor (token, high, published) VALUES (0, 0, 0);

-- Numbers below the highest moved seq that were not visible when their neighbours were moved.
CREATE TABLE relay_gap (
    missing int8multirange NOT NULL,
    seen_by xid8  -- id of a transaction that began after the gap was seen; null until the next step
);

-- Which events a consumer has applied; written in the transaction that applies them.
CREATE TABLE inbox (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);

-- What a consumer could not apply, with the fault, until somebody has it replayed.
CREATE TABLE parked (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer        text NOT NULL,
    place           text NOT NULL,  -- where it came from: the topic, and for an unreadable record where it lies there
    parked_at       timestamptz NOT NULL DEFAULT now(),
    fault           text NOT NULL,
    replay_asked_at timestamptz,
    replayed_at     timestamptz,
    event_id        uuid,           -- null, like the rest of the event, when the record could not be read at all
    type            text,
    source          text,
    subject         text,
    sequence        bigint,
    time            timestamptz,
    data            bytea NOT NULL,
    partner         text,
    actor           text,
    reason          text,
    traceparent     text,
    headers         jsonb           -- what an unreadable record carried
);
CREATE INDEX parked_waiting ON parked (consumer, id) WHERE replayed_at IS NULL;

-- How far each group of the PostgreSQL bus has handled each topic in this schema's event_log.
CREATE TABLE bus_cursor (
    consumer_group text NOT NULL,
    topic          text NOT NULL,
    position       bigint NOT NULL,
    PRIMARY KEY (consumer_group, topic)
) WITH (fillfactor = 50);

-- One text field of the canonical form: length in bytes (int4, big-endian), then UTF-8.
CREATE FUNCTION canonical_text(value text) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
    RETURN int4send(octet_length(value)) || convert_to(value, 'UTF8');

-- The hash chain as an aggregate: the first row continues from `before`, each next one from the row above it.
CREATE FUNCTION chain_step(state bytea, before bytea, canonical bytea) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE AS $$
BEGIN
    RETURN sha256(coalesce(state, before) || canonical);
END $$;
CREATE AGGREGATE chain(before bytea, canonical bytea) (SFUNC = chain_step, STYPE = bytea);

-- Moves at most `row_limit` waiting events into event_log and returns them. One call is one transaction.
--
-- It takes every waiting row there is, lowest seq first, and never waits for a gap: a transaction that draws its numbers
-- early and commits late gets later positions, and no reader misses it. Order within a subject holds because seq is
-- drawn while the subject's row is locked: whoever sees a row sees, or saw, the subject's earlier ones too.
CREATE FUNCTION relay_step(my_token bigint, row_limit integer, acknowledged bigint)
    RETURNS TABLE ("position" bigint, event_id uuid, type text, source text, subject text, sequence bigint,
                   "time" timestamptz, data bytea, partner text, actor text, reason text, traceparent text)
    LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    -- Taken before the rows are read: a transaction that has ended by now shows in that reading.
    horizon  xid8 := pg_snapshot_xmin(pg_current_snapshot());
    old_high bigint;
    gaps     boolean;
    old_tail record;
    new_tail record;
    moved    bigint;
BEGIN
    IF acknowledged IS NOT NULL THEN
        UPDATE relay_cursor SET published = acknowledged WHERE token = my_token AND published < acknowledged;
    END IF;
    SELECT * INTO old_tail FROM event_log_tail();
    SELECT greatest(high, old_tail.seq), EXISTS (SELECT FROM relay_gap) INTO old_high, gaps FROM relay_cursor;

    RETURN QUERY
    INSERT INTO event_log AS l
    SELECT n.position, n.event_id, n.type, n.source, n.subject, n.sequence, n.time, n.data, n.partner, n.actor,
           n.reason, n.traceparent, n.seq, now(),
           chain(old_tail.hash,
                 int8send(n.position) || int8send(n.seq) || timestamptz_send(now())
                 || uuid_send(n.event_id) || int8send(n.sequence) || timestamptz_send(n.time)
                 || canonical_text(n.type) || canonical_text(n.source) || canonical_text(n.subject)
                 || canonical_text(n.partner) || canonical_text(n.actor) || canonical_text(n.reason)
                 || canonical_text(n.traceparent) || int4send(octet_length(n.data)) || n.data) OVER by_position
    FROM (SELECT w.*, old_tail.position + row_number() OVER (ORDER BY w.seq) AS position
          FROM ((SELECT late.* FROM relay_gap g, unnest(g.missing) r, LATERAL (
                     -- The inner limit keeps the planner from joining by a scan of the whole outbox.
                     SELECT o.* FROM outbox o WHERE o.seq >= lower(r) AND o.seq < upper(r)
                     ORDER BY o.seq LIMIT row_limit) late
                 ORDER BY late.seq LIMIT row_limit)
                UNION ALL
                (SELECT o.* FROM outbox o WHERE o.seq > old_high ORDER BY o.seq LIMIT row_limit)
                ORDER BY seq LIMIT row_limit) w) n
    WINDOW by_position AS (ORDER BY n.seq ROWS UNBOUNDED PRECEDING)
    RETURNING l.position, l.event_id, l.type, l.source, l.subject, l.sequence, l.time, l.data, l.partner, l.actor,
              l.reason, l.traceparent;

    GET DIAGNOSTICS moved = ROW_COUNT;

    IF moved = 0 AND NOT gaps AND acknowledged IS NULL THEN
        RETURN;
    END IF;
    IF moved > 0 OR acknowledged IS NOT NULL THEN
        -- The lock makes a new relay, which raises the token, wait for this commit; one that came first ends this.
        PERFORM FROM relay_cursor WHERE token = my_token FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'another relay has taken over' USING ERRCODE = 'DL001';
        END IF;
    END IF;
    SELECT * INTO new_tail FROM event_log_tail();
    IF gaps OR new_tail.seq - old_high <> moved THEN
        PERFORM relay_note_gaps(old_tail.position, old_high, greatest(old_high, new_tail.seq), horizon,
                                CASE WHEN moved = row_limit THEN new_tail.seq END);
    END IF;
END $$;

-- The newest row of the log, or what stands before the first one.
CREATE FUNCTION event_log_tail(OUT "position" bigint, OUT seq bigint, OUT hash bytea) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT l.position, l.seq, l.hash INTO position, seq, hash FROM event_log l ORDER BY l.position DESC LIMIT 1;
    IF NOT FOUND THEN
        position := 0; seq := 0; hash := decode(repeat('00', 32), 'hex');
    END IF;
END $$;

-- Keeps the list of missing numbers after a step: strikes out those found, those of transactions that ended without
-- them (rolled back), and adds the new ones. `read_to` is where the row limit ended the step; null: it read everything.
CREATE FUNCTION relay_note_gaps(old_position bigint, old_high bigint, new_high bigint, horizon xid8, read_to bigint)
    RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found_now int8multirange := coalesce(
        (SELECT range_agg(int8range(seq, seq, '[]')) FROM event_log WHERE position > old_position), '{}');
    new_gaps  int8multirange := int8multirange(int8range(old_high, new_high, '(]')) - found_now;
BEGIN
    UPDATE relay_gap SET missing = missing - found_now WHERE missing && found_now;
    DELETE FROM relay_gap
    WHERE isempty(missing) OR seen_by <= horizon AND (read_to IS NULL OR upper(missing) <= read_to);
    -- Whoever may still fill a gap had his id before the step that saw it, so before this step got its own.
    UPDATE relay_gap SET seen_by = pg_current_xact_id() WHERE seen_by IS NULL;
    INSERT INTO relay_gap (missing) SELECT new_gaps WHERE NOT isempty(new_gaps);
    -- After a step that ended with a late row the newest row of the log does not carry the highest number.
    UPDATE relay_cursor SET high = new_high WHERE high < new_high AND new_high > (SELECT seq FROM event_log_tail());
END $$;

-- Adds the partitions of `parent`, by its column `key`, that the next `ahead` times `rows_each` numbers will need.
-- A table is made apart and then attached, which does not stop those who write to the parent meanwhile.
CREATE FUNCTION grow_partitions(parent text, key text, rows_each bigint, reached bigint, ahead integer) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    part  text;
    taken boolean;
BEGIN
    FOR n IN reached / rows_each .. reached / rows_each + ahead LOOP
        part := format('%s_%s', parent, lpad(n::text, 6, '0'));
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= $1 AND %I < $2)', parent || '_other', key, key)
            INTO taken USING n * rows_each, (n + 1) * rows_each;
        CONTINUE WHEN taken;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                       parent, part, n * rows_each, (n + 1) * rows_each);
    END LOOP;
END $$;

-- Drops the partitions of outbox whose every row has been moved, and such rows from the one without bounds.
CREATE FUNCTION drop_moved_partitions(rows_each bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    -- Nothing below this number is waiting or may still appear.
    done bigint := least((SELECT min(lower(missing)) FROM relay_gap), (SELECT seq FROM event_log_tail()));
    part text;
BEGIN
    FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = to_regclass('outbox') AND c.relname ~ '^outbox_[0-9]+$'
                  AND (substring(c.relname FROM '[0-9]+$')::bigint + 1) * rows_each <= done ORDER BY 1 LOOP
        EXECUTE format('DROP TABLE %I', part);
    END LOOP;
    DELETE FROM outbox_other WHERE seq < done;
END $$;

SELECT grow_partitions('outbox', 'seq', 500000, 0, 2);
SELECT grow_partitions('event_log', 'position', 10000000, 0, 1);
