-- Nothing is promised of a run whose production has begun (4), is over (5) or failed (7), by whichever path a slot comes to it.

CREATE FUNCTION refuse_runs_in_production() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    refused text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT r.name INTO refused FROM arrived a JOIN run r ON r.name = a.run WHERE r.state IN (4, 5, 7) LIMIT 1;
    ELSE
        SELECT r.name INTO refused FROM arrived a JOIN departed d USING (id) JOIN run r ON r.name = a.run
        WHERE a.run <> d.run AND r.state IN (4, 5, 7) LIMIT 1;
    END IF;
    IF refused IS NOT NULL THEN
        RAISE check_violation USING MESSAGE = 'nothing is promised of ' || refused || ' any more', CONSTRAINT = 'nothing_is_promised_of_a_run_in_production';
    END IF;
    RETURN NULL;
END $$;

-- Once a statement, and so once a batch.
CREATE TRIGGER nothing_is_promised_of_a_run_in_production AFTER INSERT ON slot
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION refuse_runs_in_production();
CREATE TRIGGER nothing_is_moved_onto_a_run_in_production AFTER UPDATE ON slot
    REFERENCING NEW TABLE AS arrived OLD TABLE AS departed FOR EACH STATEMENT EXECUTE FUNCTION refuse_runs_in_production();
