-- Who waited for another process that made a day's table may not see it yet by its name alone: what PostgreSQL remembered
-- of names from before the wait says that there is none. Making a table looks anew.
CREATE OR REPLACE FUNCTION add_feed_day(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    part text := format('feed_entry_%s', to_char(day, 'YYYYMMDD'));
BEGIN
    IF to_regclass(part) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('streams feed days', 0));
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I (LIKE feed_entry INCLUDING ALL)', part);
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(part)) THEN
        RETURN;  -- another process was first
    END IF;
    EXECUTE format('ALTER TABLE feed_entry ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   part, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
END $$;
