-- A delivery is changed when it is claimed and when it ends. Half of each page is left for that: what is claimed stays in its page, and no
-- index is touched (it was 5 entries a claim, which cost as much as making the delivery).
CREATE OR REPLACE FUNCTION ensure_partition(parent text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month timestamptz := date_trunc('month', at, 'UTC');
    until timestamptz := date_trunc('month', month + interval '40 days', 'UTC');
    part  text := parent || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('partitions of ' || parent, 0));
    IF to_regclass(quote_ident(part)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)%s', part, parent,
                       first_id(month), first_id(until), CASE parent WHEN 'delivery' THEN ' WITH (fillfactor = 50)' ELSE '' END);
    END IF;
EXCEPTION WHEN check_violation THEN
    RAISE WARNING 'the month % of % stays in the partition for all others', month, parent;
END $$;

DO $$ DECLARE part regclass; BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'delivery'::regclass LOOP
        EXECUTE format('ALTER TABLE %s SET (fillfactor = 50)', part);
    END LOOP;
END $$;
