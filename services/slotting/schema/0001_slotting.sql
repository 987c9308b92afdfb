-- Slotting's ledger. The CHECKs repeat the invariants of domain/book.py, so that no code path can break them.

CREATE TABLE run (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    state smallint NOT NULL,
    product text NOT NULL,
    nuclide text NOT NULL,
    end_of_synthesis_at timestamptz NOT NULL,
    cutoff_at timestamptz NOT NULL,
    use_by_at timestamptz NOT NULL,
    vial_kbq_max bigint NOT NULL,
    loss_fraction float8 NOT NULL,
    audience smallint NOT NULL,
    cuts int NOT NULL,
    pool_cut boolean NOT NULL,
    pool_kbq bigint NOT NULL,
    pool_vials int NOT NULL,
    pool_committed_kbq bigint NOT NULL,
    pool_committed_vials int NOT NULL,
    CONSTRAINT pool_never_overbooked_kbq CHECK (pool_committed_kbq BETWEEN 0 AND pool_kbq),
    CONSTRAINT pool_never_overbooked_vials CHECK (pool_committed_vials BETWEEN 0 AND pool_vials)
) WITH (fillfactor = 50);

CREATE TABLE allotment (
    run text COLLATE "C" NOT NULL REFERENCES run (name),
    partner text COLLATE "C" NOT NULL,
    size_kbq bigint NOT NULL,
    size_vials int NOT NULL,
    committed_kbq bigint NOT NULL,
    committed_vials int NOT NULL,
    release_back_at timestamptz NOT NULL,
    PRIMARY KEY (run, partner),
    CONSTRAINT allotment_never_overbooked_kbq CHECK (committed_kbq BETWEEN 0 AND size_kbq),
    CONSTRAINT allotment_never_overbooked_vials CHECK (committed_vials BETWEEN 0 AND size_vials)
) WITH (fillfactor = 50);

CREATE TABLE slot (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    state smallint NOT NULL,
    at_risk boolean NOT NULL,
    partner text COLLATE "C" NOT NULL,
    run text COLLATE "C" NOT NULL,
    site text NOT NULL,
    lane text NOT NULL,
    activity_mbq float8 NOT NULL,
    administration_at timestamptz NOT NULL,
    order_reference text NOT NULL,
    patient_reference text NOT NULL,
    reference_kbq bigint NOT NULL CHECK (reference_kbq > 0),
    allotment_kbq bigint NOT NULL CHECK (allotment_kbq >= 0),
    allotment_vials int NOT NULL CHECK (allotment_vials >= 0),
    pool_kbq bigint NOT NULL CHECK (pool_kbq >= 0),
    pool_vials int NOT NULL CHECK (pool_vials >= 0),
    hold_until timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT a_hold_has_an_end CHECK ((state = 1) <= (hold_until IS NOT NULL)),
    CONSTRAINT a_slot_at_risk_holds_nothing CHECK (NOT at_risk OR allotment_kbq + pool_kbq + allotment_vials + pool_vials = 0),
    CONSTRAINT a_slot_takes_what_it_needs CHECK (at_risk OR (allotment_kbq + pool_kbq = reference_kbq AND allotment_vials + pool_vials = 1))
) WITH (fillfactor = 80);
CREATE INDEX slot_open_hold ON slot (run, hold_until) WHERE state = 1;
CREATE INDEX slot_next_expiry ON slot (hold_until) WHERE state = 1;
CREATE INDEX slot_by_run ON slot (run, id);
CREATE INDEX slot_by_partner ON slot (partner, id);

ALTER TABLE request ALTER COLUMN answer SET NOT NULL;  -- a request is stored together with its answer

CREATE TABLE site (
    name text COLLATE "C" PRIMARY KEY,
    document bytea NOT NULL,
    actor text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE lane (
    name text COLLATE "C" PRIMARY KEY,
    document bytea NOT NULL,
    actor text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- An event on its way into the outbox, with the outbox's names.
CREATE TYPE outgoing AS (
    event_id uuid, type text, subject text, sequence bigint, "time" timestamptz, data bytea, partner text, actor text, reason text, traceparent text
);

-- Statement 1 of a batch: lock the books in one order, so that batches never deadlock, then read. The reads are statements of their own and so see
-- a snapshot taken after the locks were granted: a twin of a request that was just committed by another process is seen, and not judged again.
CREATE FUNCTION load_page(
    run_names text[], slot_ids uuid[], partners text[], request_ids uuid[], site_names text[], lane_names text[], standing_of text[],
    OUT now timestamptz, OUT runs run[], OUT allotments allotment[], OUT overdue slot[], OUT slots slot[], OUT requests request[], OUT sites site[], OUT lanes lane[],
    OUT standing slot[], OUT moved boolean
) LANGUAGE plpgsql AS $$
DECLARE
    locked text[];
BEGIN
    IF cardinality(slot_ids) > 0 THEN
        -- A move keeps the slot's centre, and its lane unless it names another.
        SELECT coalesce(array_agg(s.run), '{}') || run_names, coalesce(array_agg(s.site), '{}') || site_names, coalesce(array_agg(s.lane), '{}') || lane_names
        INTO run_names, site_names, lane_names FROM slot s WHERE s.id = ANY (slot_ids);
    END IF;
    -- A row that had to be waited for is returned as it is after the wait, so the books need no second look.
    runs := ARRAY (SELECT r FROM run r WHERE r.name = ANY (run_names) ORDER BY r.name FOR UPDATE);
    locked := ARRAY (SELECT (unnest(runs)).name);
    now := present();
    allotments := ARRAY (SELECT a FROM allotment a WHERE a.run = ANY (locked));
    overdue := ARRAY (SELECT s FROM slot s WHERE s.run = ANY (locked) AND s.state = 1 AND s.hold_until <= now);
    requests := ARRAY (SELECT q FROM request q JOIN unnest(partners, request_ids) AS w (partner, request_id) USING (partner, request_id));
    sites := ARRAY (SELECT t FROM site t WHERE t.name = ANY (site_names));
    lanes := ARRAY (SELECT l FROM lane l WHERE l.name = ANY (lane_names));
    moved := false;
    IF cardinality(slot_ids) > 0 THEN
        slots := ARRAY (SELECT s FROM slot s WHERE s.id = ANY (slot_ids));
        -- A slot that moved between the look-up and the lock stands on a book that is not locked: the caller begins again.
        moved := EXISTS (SELECT FROM slot s WHERE s.id = ANY (slot_ids) AND NOT s.run = ANY (coalesce(locked, '{}')));
    END IF;
    IF cardinality(standing_of) > 0 THEN
        standing := ARRAY (
            SELECT s FROM slot s WHERE s.run = ANY (standing_of) AND s.state IN (1, 2) AND NOT s.at_risk AND (s.hold_until IS NULL OR s.hold_until > now)
            ORDER BY s.created_at, s.id);
    END IF;
END $$;

-- Statement 2 of a batch: everything that the batch decided, with its events.
CREATE FUNCTION save_page(runs run[], redrawn run[], allotments allotment[], created slot[], touched slot[], requests request[], events outgoing[])
RETURNS void LANGUAGE plpgsql AS $$
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
            pool_committed_kbq = excluded.pool_committed_kbq, pool_committed_vials = excluded.pool_committed_vials;
    END IF;
    IF cardinality(allotments) > 0 THEN
        INSERT INTO allotment SELECT * FROM unnest(allotments)
        ON CONFLICT (run, partner) DO UPDATE SET
            size_kbq = excluded.size_kbq, size_vials = excluded.size_vials, committed_kbq = excluded.committed_kbq,
            committed_vials = excluded.committed_vials, release_back_at = excluded.release_back_at;
    END IF;
    INSERT INTO slot SELECT * FROM unnest(created);
    IF cardinality(touched) > 0 THEN
        UPDATE slot s SET
            version = t.version, state = t.state, at_risk = t.at_risk, run = t.run, lane = t.lane, activity_mbq = t.activity_mbq,
            administration_at = t.administration_at, reference_kbq = t.reference_kbq, allotment_kbq = t.allotment_kbq, allotment_vials = t.allotment_vials,
            pool_kbq = t.pool_kbq, pool_vials = t.pool_vials, hold_until = t.hold_until, updated_at = t.updated_at, actor = t.actor, reason = t.reason
        FROM unnest(touched) t WHERE s.id = t.id;
    END IF;
    INSERT INTO request SELECT * FROM unnest(requests);
    INSERT INTO outbox (event_id, type, source, subject, sequence, "time", data, partner, actor, reason, traceparent)
    SELECT e.event_id, e.type, 'doselane/slotting', e.subject, e.sequence, e."time", e.data, e.partner, e.actor, e.reason, e.traceparent
    FROM unnest(events) WITH ORDINALITY AS e (event_id, type, subject, sequence, "time", data, partner, actor, reason, traceparent, place) ORDER BY e.place;
END $$;

-- Every way in which the ledger could be wrong, one row each; empty when all is well. Tests and benches ask it after each history.
CREATE VIEW violation AS
SELECT 'pool' AS what, r.name AS run, '' AS partner, r.pool_committed_kbq AS booked_kbq, coalesce(sum(s.pool_kbq), 0)::bigint AS slots_kbq
FROM run r LEFT JOIN slot s ON s.run = r.name AND s.state IN (1, 2, 3)
GROUP BY r.name HAVING r.pool_committed_kbq <> coalesce(sum(s.pool_kbq), 0) OR r.pool_committed_vials <> coalesce(sum(s.pool_vials), 0)
UNION ALL
SELECT 'allotment', a.run, a.partner, a.committed_kbq, coalesce(sum(s.allotment_kbq), 0)::bigint
FROM allotment a LEFT JOIN slot s ON s.run = a.run AND s.partner = a.partner AND s.state IN (1, 2, 3)
GROUP BY a.run, a.partner HAVING a.committed_kbq <> coalesce(sum(s.allotment_kbq), 0) OR a.committed_vials <> coalesce(sum(s.allotment_vials), 0)
UNION ALL
SELECT 'overbooked', r.name, '', r.pool_committed_kbq, r.pool_kbq FROM run r WHERE r.pool_committed_kbq > r.pool_kbq OR r.pool_committed_vials > r.pool_vials
UNION ALL
SELECT 'overbooked', a.run, a.partner, a.committed_kbq, a.size_kbq FROM allotment a WHERE a.committed_kbq > a.size_kbq OR a.committed_vials > a.size_vials;
