-- A slot's legs: its places in quality control, on a departure and in a receiving window; and the network that they are in.

-- What is counted: so many doses in one session of quality control, on one departure, in one receiving window.
CREATE TABLE place (
    name text COLLATE "C" PRIMARY KEY,
    size int NOT NULL,
    committed int NOT NULL,
    at timestamptz NOT NULL,  -- when it begins
    CONSTRAINT place_never_overbooked CHECK (committed BETWEEN 0 AND size)
) WITH (fillfactor = 50);

-- Master data as this service has heard of it, one row a resource; a deleted one stays, so that what is older stays older.
CREATE TABLE network (
    name text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,  -- product, facility, site, lane or agreement
    version bigint NOT NULL,
    deleted boolean NOT NULL,
    document bytea NOT NULL,  -- doselane.masterdata.v1.{Product, …}; of a deleted one as it was before
    conflicts bigint NOT NULL DEFAULT 0  -- how often a version of it put slots at risk
);
DROP FUNCTION load_page, save_page;
DROP TABLE site, lane;

ALTER TABLE run ADD COLUMN facility text NOT NULL DEFAULT '';
CREATE INDEX run_by_use ON run (use_by_at);

-- What was promised of an allotment at most, and what has gone back to the pool: its size says neither once it was released back.
ALTER TABLE allotment
    ADD COLUMN pledged_kbq bigint NOT NULL DEFAULT 0,
    ADD COLUMN pledged_vials int NOT NULL DEFAULT 0,
    ADD COLUMN returned_kbq bigint NOT NULL DEFAULT 0,
    ADD COLUMN returned_vials int NOT NULL DEFAULT 0;
UPDATE allotment SET pledged_kbq = size_kbq, pledged_vials = size_vials;

ALTER TABLE slot
    ADD COLUMN product text NOT NULL DEFAULT '',
    ADD COLUMN qc_place text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN departure_place text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN window_place text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN departure_at timestamptz,
    ADD COLUMN delivery_at timestamptz,
    ADD COLUMN risk smallint NOT NULL DEFAULT 0;
UPDATE slot s SET product = r.product, risk = s.at_risk::int FROM run r WHERE r.name = s.run;
ALTER TABLE slot
    DROP CONSTRAINT a_slot_at_risk_holds_nothing,
    DROP CONSTRAINT a_slot_takes_what_it_needs,
    ADD CONSTRAINT a_slot_at_risk_says_of_what CHECK (at_risk = (risk <> 0)),
    ADD CONSTRAINT a_slot_that_lost_its_run_holds_nothing CHECK (
        risk <> 1 OR (allotment_kbq + pool_kbq + allotment_vials + pool_vials = 0 AND qc_place = '' AND departure_place = '' AND window_place = '')),
    ADD CONSTRAINT a_slot_takes_what_it_needs CHECK (
        risk = 1 OR (allotment_kbq + pool_kbq = reference_kbq AND allotment_vials + pool_vials = 1));

-- While a batch sizes places by the network's documents, no document changes: batches share this lock, a change of the network has it alone.
CREATE FUNCTION network_lock() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT hashtextextended('network of ' || current_schema, 0)$$;

-- Promised doses that are still to be given and that use any of these products, facilities, centres or lanes.
CREATE FUNCTION standing_on(resources text[], at timestamptz) RETURNS SETOF slot LANGUAGE sql STABLE AS $$
    SELECT s.* FROM run r JOIN slot s ON s.run = r.name
    WHERE r.use_by_at > at AND s.administration_at > at AND s.state IN (1, 2) AND s.risk <> 1
        AND (s.product = ANY (resources) OR r.facility = ANY (resources) OR s.site = ANY (resources) OR s.lane = ANY (resources))
$$;

-- Statement 1 of a batch: lock the books in one order, so that batches never deadlock, then read. The reads are statements of their own and so see
-- a snapshot taken after the locks were granted: a twin of a request that was just committed by another process is seen, and not judged again.
CREATE FUNCTION load_page(
    run_names text[], slot_ids uuid[], partners text[], request_ids uuid[], resource_names text[], standing_of text[],
    OUT now timestamptz, OUT runs run[], OUT allotments allotment[], OUT overdue slot[], OUT slots slot[], OUT requests request[], OUT resources network[],
    OUT standing slot[], OUT moved boolean
) LANGUAGE plpgsql AS $$
DECLARE
    locked text[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(network_lock());
    IF cardinality(slot_ids) > 0 THEN
        -- A move keeps the slot's centre, and its lane, unless it names others.
        SELECT coalesce(array_agg(s.run), '{}') || run_names, coalesce(array_agg(s.site), '{}') || coalesce(array_agg(s.lane), '{}') || resource_names
        INTO run_names, resource_names FROM slot s WHERE s.id = ANY (slot_ids);
    END IF;
    -- A row that had to be waited for is returned as it is after the wait, so the books need no second look.
    runs := ARRAY (SELECT r FROM run r WHERE r.name = ANY (run_names) ORDER BY r.name FOR UPDATE);
    locked := ARRAY (SELECT (unnest(runs)).name);
    now := present();
    allotments := ARRAY (SELECT a FROM allotment a WHERE a.run = ANY (locked));
    overdue := ARRAY (SELECT s FROM slot s WHERE s.run = ANY (locked) AND s.state = 1 AND s.hold_until <= now);
    requests := ARRAY (SELECT q FROM request q JOIN unnest(partners, request_ids) AS w (partner, request_id) USING (partner, request_id));
    resources := ARRAY (
        SELECT n FROM network n
        WHERE n.name = ANY (resource_names || ARRAY (SELECT (unnest(runs)).product) || ARRAY (SELECT (unnest(runs)).facility)));
    moved := false;
    IF cardinality(slot_ids) > 0 THEN
        slots := ARRAY (SELECT s FROM slot s WHERE s.id = ANY (slot_ids));
        -- A slot that moved between the look-up and the lock stands on a book that is not locked: the caller begins again.
        moved := EXISTS (SELECT FROM slot s WHERE s.id = ANY (slot_ids) AND NOT s.run = ANY (coalesce(locked, '{}')));
    END IF;
    IF cardinality(standing_of) > 0 THEN
        standing := ARRAY (
            SELECT s FROM slot s WHERE s.run = ANY (standing_of) AND s.state IN (1, 2) AND s.risk <> 1 AND (s.hold_until IS NULL OR s.hold_until > now)
            ORDER BY s.created_at, s.id);
    END IF;
END $$;

-- Runs with overdue holds that still keep a counted place. Runs share sessions, departures and windows, and what a hold has lost is free at that
-- instant for all of them; so whichever batch comes first locks these runs too, and expires the holds. There are seldom any.
CREATE FUNCTION overdue_beside() RETURNS text[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(DISTINCT s.run), '{}') FROM slot s
    WHERE s.state = 1 AND s.hold_until <= (SELECT present()) AND (s.qc_place <> '' OR s.departure_place <> '' OR s.window_place <> '')
$$;

-- Statement 2, for batches that can need counted places: make those that there are not yet, and lock all in one order. A place that two
-- batches make at once is made by one, and the other waits for it before it has locked any. A hold of another run that ran out after
-- overdue_beside had looked and before `at` still keeps its place: the caller begins again.
CREATE FUNCTION lock_places(names text[], sizes int[], ats timestamptz[], held text[], locked text[], at timestamptz) RETURNS SETOF place LANGUAGE plpgsql AS $$
DECLARE
    wanted text[] := names || held;
BEGIN
    INSERT INTO place SELECT w.name, w.size, 0, w.at FROM unnest(names, sizes, ats) AS w (name, size, at) ORDER BY w.name COLLATE "C" ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT p.* FROM place p WHERE p.name = ANY (wanted) ORDER BY p.name FOR UPDATE;
    IF EXISTS (
        SELECT FROM slot s WHERE s.state = 1 AND s.hold_until <= lock_places.at AND NOT s.run = ANY (locked)
            AND (s.qc_place = ANY (wanted) OR s.departure_place = ANY (wanted) OR s.window_place = ANY (wanted))
    ) THEN
        RAISE EXCEPTION 'a hold of another run has just run out' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;

-- The last statement of a batch: everything that it decided, with its events.
CREATE FUNCTION save_page(
    runs run[], redrawn run[], allotments allotment[], places place[], created slot[], touched slot[], requests request[], events outgoing[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE run r SET
        pool_kbq = c.pool_kbq, pool_vials = c.pool_vials, pool_committed_kbq = c.pool_committed_kbq, pool_committed_vials = c.pool_committed_vials
    FROM unnest(runs) c WHERE r.name = c.name;
    IF cardinality(redrawn) > 0 THEN
        INSERT INTO run SELECT * FROM unnest(redrawn)
        ON CONFLICT (name) DO UPDATE SET
            version = excluded.version, state = excluded.state, product = excluded.product, nuclide = excluded.nuclide, end_of_synthesis_at = excluded.end_of_synthesis_at,
            cutoff_at = excluded.cutoff_at, use_by_at = excluded.use_by_at, vial_kbq_max = excluded.vial_kbq_max, loss_fraction = excluded.loss_fraction,
            audience = excluded.audience, cuts = excluded.cuts, pool_cut = excluded.pool_cut, pool_kbq = excluded.pool_kbq, pool_vials = excluded.pool_vials,
            pool_committed_kbq = excluded.pool_committed_kbq, pool_committed_vials = excluded.pool_committed_vials, facility = excluded.facility;
    END IF;
    IF cardinality(allotments) > 0 THEN
        INSERT INTO allotment SELECT * FROM unnest(allotments)
        ON CONFLICT (run, partner) DO UPDATE SET
            size_kbq = excluded.size_kbq, size_vials = excluded.size_vials, committed_kbq = excluded.committed_kbq,
            committed_vials = excluded.committed_vials, release_back_at = excluded.release_back_at, pledged_kbq = excluded.pledged_kbq,
            pledged_vials = excluded.pledged_vials, returned_kbq = excluded.returned_kbq, returned_vials = excluded.returned_vials;
    END IF;
    IF cardinality(places) > 0 THEN
        UPDATE place p SET size = c.size, committed = c.committed FROM unnest(places) c WHERE p.name = c.name;
    END IF;
    INSERT INTO slot SELECT * FROM unnest(created);
    IF cardinality(touched) > 0 THEN
        UPDATE slot s SET
            version = t.version, state = t.state, at_risk = t.at_risk, run = t.run, site = t.site, lane = t.lane, activity_mbq = t.activity_mbq,
            administration_at = t.administration_at, reference_kbq = t.reference_kbq, allotment_kbq = t.allotment_kbq, allotment_vials = t.allotment_vials,
            pool_kbq = t.pool_kbq, pool_vials = t.pool_vials, hold_until = t.hold_until, updated_at = t.updated_at, actor = t.actor, reason = t.reason,
            product = t.product, qc_place = t.qc_place, departure_place = t.departure_place, window_place = t.window_place, departure_at = t.departure_at,
            delivery_at = t.delivery_at, risk = t.risk
        FROM unnest(touched) t WHERE s.id = t.id;
    END IF;
    INSERT INTO request SELECT * FROM unnest(requests);
    INSERT INTO outbox (event_id, type, source, subject, sequence, "time", data, partner, actor, reason, traceparent)
    SELECT e.event_id, e.type, 'doselane/slotting', e.subject, e.sequence, e."time", e.data, e.partner, e.actor, e.reason, e.traceparent
    FROM unnest(events) WITH ORDINALITY AS e (event_id, type, subject, sequence, "time", data, partner, actor, reason, traceparent, place) ORDER BY e.place;
END $$;

-- Every way in which the ledger could be wrong, one row each; empty when all is well. Tests and benches ask it after each history.
DROP VIEW violation;
CREATE VIEW violation AS
SELECT 'pool' AS what, r.name AS run, '' AS partner, r.pool_committed_kbq AS booked, coalesce(sum(s.pool_kbq), 0)::bigint AS held
FROM run r LEFT JOIN slot s ON s.run = r.name AND s.state IN (1, 2, 3)
GROUP BY r.name HAVING r.pool_committed_kbq <> coalesce(sum(s.pool_kbq), 0) OR r.pool_committed_vials <> coalesce(sum(s.pool_vials), 0)
UNION ALL
SELECT 'allotment', a.run, a.partner, a.committed_kbq, coalesce(sum(s.allotment_kbq), 0)::bigint
FROM allotment a LEFT JOIN slot s ON s.run = a.run AND s.partner = a.partner AND s.state IN (1, 2, 3)
GROUP BY a.run, a.partner HAVING a.committed_kbq <> coalesce(sum(s.allotment_kbq), 0) OR a.committed_vials <> coalesce(sum(s.allotment_vials), 0)
UNION ALL
SELECT 'overbooked', r.name, '', r.pool_committed_kbq, r.pool_kbq FROM run r WHERE r.pool_committed_kbq > r.pool_kbq OR r.pool_committed_vials > r.pool_vials
UNION ALL
SELECT 'overbooked', a.run, a.partner, a.committed_kbq, a.size_kbq FROM allotment a WHERE a.committed_kbq > a.size_kbq OR a.committed_vials > a.size_vials
UNION ALL
SELECT 'place', coalesce(p.name, h.name), '', coalesce(p.committed, 0), coalesce(h.slots, 0)
FROM place p FULL JOIN (
    SELECT l.name, count(*) AS slots FROM slot s, LATERAL (VALUES (s.qc_place), (s.departure_place), (s.window_place)) AS l (name)
    WHERE s.state IN (1, 2, 3) AND l.name <> '' GROUP BY l.name
) h ON h.name = p.name
WHERE coalesce(p.committed, 0) <> coalesce(h.slots, 0)
UNION ALL
SELECT 'overbooked place', p.name, '', p.committed, p.size FROM place p WHERE p.committed > p.size;
