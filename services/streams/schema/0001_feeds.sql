-- What each partner is told: one feed a partner, its events at gapless positions, for as long as they are kept.

-- One row a feed. Writers lock it, so positions have no gaps, and what was recorded later stands behind.
CREATE TABLE feed (
    partner text COLLATE "C" PRIMARY KEY,
    latest bigint NOT NULL DEFAULT 0,       -- position of the newest entry
    latest_at timestamptz,                  -- when it was recorded
    earliest bigint NOT NULL DEFAULT 1,     -- position of the oldest entry that is kept; latest + 1: none is
    earliest_at timestamptz                 -- what was recorded before is kept no more; null: all is
) WITH (fillfactor = 50);

-- How many entries a subject has in a feed, those that are kept no more included.
CREATE TABLE feed_subject (
    partner text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (partner, subject)
) WITH (fillfactor = 70);

-- The copies of events that partners get, without what is not for them. Never changed; they go by the day.
CREATE TABLE feed_entry (
    partner text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    type text COLLATE "C" NOT NULL,
    source text NOT NULL,
    subject text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,               -- the event's number among the subject's in this feed
    "time" timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,       -- grows with the position
    traceparent text NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (partner, position, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX feed_entry_by_subject ON feed_entry (partner, subject, position);

-- Makes sure that a day has its partition. It is made apart and then attached, which does not stop those who read.
CREATE FUNCTION add_feed_day(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    part text := format('feed_entry_%s', to_char(day, 'YYYYMMDD'));
BEGIN
    IF to_regclass(part) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('streams feed days', 0));
    IF to_regclass(part) IS NOT NULL THEN
        RETURN;  -- another process was first
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE feed_entry INCLUDING ALL)', part);
    EXECUTE format('ALTER TABLE feed_entry ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   part, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
END $$;

-- Drops the days before one, oldest first, and says in each feed where it begins now. Answers how many went.
CREATE FUNCTION drop_feed_days(before date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    part text;
    gone integer := 0;
BEGIN
    PERFORM FROM feed ORDER BY partner FOR UPDATE;  -- in the order of those who append
    FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = to_regclass('feed_entry')
                  AND c.relname < format('feed_entry_%s', to_char(before, 'YYYYMMDD')) ORDER BY 1 LOOP
        EXECUTE format(
            'UPDATE feed SET earliest = gone.latest + 1, earliest_at = %L'
            ' FROM (SELECT partner, max(position) AS latest FROM %I GROUP BY partner) AS gone'
            ' WHERE feed.partner = gone.partner',
            before::timestamp AT TIME ZONE 'UTC', part);
        EXECUTE format('DROP TABLE %I', part);
        gone := gone + 1;
    END LOOP;
    RETURN gone;
END $$;

SELECT add_feed_day((present() AT TIME ZONE 'UTC')::date + ahead) FROM generate_series(0, 2) AS ahead;
