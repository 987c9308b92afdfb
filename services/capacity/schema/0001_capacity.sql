-- Capacity's runs. The CHECKs repeat the rules of domain/planning.py, so that no code path can break them.

CREATE TABLE run (
    name text COLLATE "C" PRIMARY KEY,
    product text COLLATE "C" NOT NULL,
    nuclide text NOT NULL,
    line text NOT NULL,
    -- That an open run is closed after its cut-off follows from the clock and is not stored.
    state text NOT NULL CHECK (state IN ('PLANNED', 'OPEN', 'IN_PRODUCTION', 'PRODUCED', 'CANCELLED', 'FAILED')),
    end_of_synthesis_at timestamptz NOT NULL,
    claim_cutoff_at timestamptz NOT NULL CHECK (claim_cutoff_at <= end_of_synthesis_at),
    use_by_at timestamptz NOT NULL CHECK (use_by_at > end_of_synthesis_at),
    pledged_kbq bigint NOT NULL CHECK (pledged_kbq >= 0),
    pledged_vials integer NOT NULL CHECK (pledged_vials >= 0),
    -- What the allotments leave of the pledge.
    pool_kbq bigint NOT NULL CHECK (pool_kbq BETWEEN 0 AND pledged_kbq),
    pool_vials integer NOT NULL CHECK (pool_vials BETWEEN 0 AND pledged_vials),
    vial_kbq_max bigint NOT NULL CHECK (vial_kbq_max > 0),
    loss_fraction double precision NOT NULL CHECK (loss_fraction BETWEEN 0 AND 0.9),
    version bigint NOT NULL CHECK (version > 0),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    change_reason text NOT NULL,
    opened_at timestamptz CHECK ((state <> 'OPEN') OR opened_at IS NOT NULL),
    pool_at_opening boolean NOT NULL,
    production_order text NOT NULL,
    -- What is known of its manufacture; null is what is not known.
    started_at timestamptz CHECK (state <> 'IN_PRODUCTION' OR started_at IS NOT NULL),
    ended_at timestamptz CHECK (ended_at > started_at),
    measured_kbq bigint CHECK (measured_kbq > 0),
    measured_at timestamptz CHECK (measured_at >= ended_at),
    volume_ul bigint CHECK (volume_ul > 0),
    fillable_vials integer CHECK (fillable_vials >= 0),
    failed_at timestamptz CHECK (failed_at >= started_at),
    failure_cause text NOT NULL,
    CONSTRAINT what_is_produced_was_measured
        CHECK ((state = 'PRODUCED') = (ended_at IS NOT NULL AND measured_kbq IS NOT NULL AND measured_at IS NOT NULL)),
    CONSTRAINT what_failed_says_when CHECK ((state = 'FAILED') = (failed_at IS NOT NULL))
) WITH (fillfactor = 80);
-- The order of every list, and the way into it by time.
CREATE INDEX run_by_synthesis ON run (end_of_synthesis_at, name);
CREATE UNIQUE INDEX run_by_production_order ON run (production_order) WHERE production_order <> '';
CREATE INDEX run_by_product ON run (product, end_of_synthesis_at, name);

CREATE TABLE allotment (
    run text COLLATE "C" NOT NULL REFERENCES run (name),
    partner text COLLATE "C" NOT NULL,
    kbq bigint NOT NULL CHECK (kbq >= 0),
    vials integer NOT NULL CHECK (vials >= 0),
    release_back_at timestamptz NOT NULL,
    PRIMARY KEY (run, partner)
);

-- A cut or a cancellation is stored before slotting's ledger is asked, so that a repetition after a crash asks the ledger
-- exactly the same again.
ALTER TABLE request ADD COLUMN base_version bigint;  -- the version of the run that the ledger was asked to cut

-- A watch compares a cut with the run before it, to tell partners only of what changed for them.
CREATE INDEX event_log_by_subject ON event_log (subject, sequence);
