-- Standby: orders that wait for capacity of a run, in the order of agreed priority and age.

CREATE TABLE standby (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    state smallint NOT NULL,
    partner text COLLATE "C" NOT NULL,
    run text COLLATE "C" NOT NULL,
    site text NOT NULL,
    lane text NOT NULL,
    activity_mbq float8 NOT NULL,
    administration_at timestamptz NOT NULL,
    departure_at timestamptz,
    order_reference text NOT NULL,
    patient_reference text NOT NULL,
    slot_id uuid,  -- that is, or was, held for it
    answer_until timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT an_offer_has_a_slot_and_an_end CHECK (state <> 2 OR (slot_id IS NOT NULL AND answer_until IS NOT NULL))
);
CREATE INDEX standby_open ON standby (run) WHERE state IN (1, 2);  -- empty in most ledgers at most times, and then costs nothing
CREATE INDEX standby_by_run ON standby (run, id);
CREATE INDEX standby_by_partner ON standby (partner, id);

CREATE INDEX run_by_end ON run (end_of_synthesis_at, name);  -- for usages, which come by end of synthesis

-- What a batch must lock and read beside what its commands name, because of who waits: the runs and slots of standbys that are asked for; the runs
-- whose queues could use places that the batch may free, or a resource that it changes; and what the waiting orders name.
CREATE FUNCTION with_queues(run_names text[], slot_ids uuid[], resource_names text[], standby_ids uuid[], standing_of text[], revised text[], resting uuid[],
    OUT runs text[], OUT slots uuid[], OUT resources text[]
) LANGUAGE plpgsql AS $$
DECLARE
    at timestamptz := present();
    beside text[];
BEGIN
    runs := run_names; slots := slot_ids; resources := resource_names;
    IF cardinality(standby_ids) > 0 THEN
        SELECT runs || coalesce(array_agg(w.run), '{}'), slots || coalesce(array_agg(w.slot_id) FILTER (WHERE w.slot_id IS NOT NULL), '{}')
        INTO runs, slots FROM standby w WHERE w.id = ANY (standby_ids);
    END IF;
    IF NOT EXISTS (SELECT FROM standby w WHERE w.state IN (1, 2)) THEN
        RETURN;
    END IF;
    runs := runs || ARRAY (SELECT s.run FROM slot s WHERE s.id = ANY (slots));
    LOOP  -- as a run that is locked for its queue has its own overdue holds expired, and these may free places for others
        beside := ARRAY (
            SELECT q.run FROM queues_beside(
                slots || resting || ARRAY (SELECT s.id FROM slot s WHERE s.run = ANY (runs) AND s.state = 1 AND s.hold_until <= at), standing_of, revised
            ) q WHERE NOT q.run = ANY (runs));
        EXIT WHEN cardinality(beside) = 0;
        runs := runs || beside;
    END LOOP;
    resources := resources || ARRAY (SELECT unnest(ARRAY[w.site, w.lane]) FROM standby w WHERE w.run = ANY (runs) AND w.state IN (1, 2));
END $$;

-- The runs whose waiting orders could use a counted place of slots that may be freed (those given, or standing on a run that is cut),
-- or that name a resource which changes. More than will be served: who looks closer has to lock them first.
CREATE FUNCTION queues_beside(slot_ids uuid[], standing_of text[], revised text[]) RETURNS TABLE (run text) LANGUAGE sql AS $$
    WITH freed AS (
        SELECT s.*, r.facility, r.end_of_synthesis_at
        FROM (
            SELECT * FROM slot WHERE id = ANY (slot_ids)
            UNION ALL SELECT * FROM slot WHERE slot.run = ANY (standing_of) AND state IN (1, 2)
        ) s JOIN run r ON r.name = s.run
    )
    SELECT DISTINCT w.run FROM standby w JOIN run r ON r.name = w.run
    WHERE w.state = 1 AND (
        w.site = ANY (revised) OR w.lane = ANY (revised) OR r.facility = ANY (revised) OR r.product = ANY (revised)
        OR EXISTS (
            SELECT FROM freed f
            WHERE (f.qc_place <> '' AND f.facility = r.facility OR f.departure_place <> '' AND f.lane = w.lane OR f.window_place <> '' AND f.site = w.site)
                AND f.administration_at > r.end_of_synthesis_at AND f.end_of_synthesis_at < w.administration_at))
$$;

-- The queues of the runs that a batch has locked, the standbys that it asks for, and the agreements that say who comes first. `moved`: somebody
-- joined or was offered something between the look-up and the lock, so that not all is locked or read that is needed; the caller begins again.
CREATE FUNCTION queues_of(locked text[], standby_ids uuid[], slot_ids uuid[], resource_names text[],
    OUT standbys standby[], OUT agreements network[], OUT moved boolean
) LANGUAGE plpgsql AS $$
BEGIN
    moved := false;
    standbys := ARRAY (SELECT w FROM standby w WHERE w.run = ANY (locked) AND w.state IN (1, 2));
    IF cardinality(standby_ids) > 0 THEN
        standbys := standbys || ARRAY (SELECT w FROM standby w WHERE w.id = ANY (standby_ids) AND NOT (w.run = ANY (locked) AND w.state IN (1, 2)));
        moved := EXISTS (SELECT FROM standby w WHERE w.id = ANY (standby_ids) AND w.slot_id IS NOT NULL AND NOT w.slot_id = ANY (slot_ids));
    END IF;
    IF cardinality(standbys) > 0 THEN
        moved := moved OR EXISTS (SELECT FROM unnest(standbys) w WHERE w.state IN (1, 2) AND NOT ARRAY[w.site, w.lane] <@ resource_names);
        agreements := ARRAY (SELECT n FROM network n WHERE n.kind = 'agreement' AND NOT n.deleted);
    END IF;
END $$;
