-- Isotope, the runs that capacity has, and proposals.

CREATE TABLE delivery (
    name text COLLATE "C" PRIMARY KEY,
    facility text COLLATE "C" NOT NULL,
    nuclide text NOT NULL,
    activity_mbq double precision NOT NULL CHECK (activity_mbq > 0),
    calibrated_at timestamptz NOT NULL,
    arrival_at timestamptz NOT NULL,
    use_by_at timestamptz NOT NULL CHECK (use_by_at > arrival_at),
    yield_fraction double precision NOT NULL CHECK (yield_fraction > 0 AND yield_fraction <= 1),
    cancelled boolean NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    change_reason text NOT NULL
);
-- The order of every list.
CREATE INDEX delivery_by_arrival ON delivery (arrival_at, name);

-- Runs as capacity last published them: `document` is a capacity.v1.Run.
CREATE TABLE capacity_run (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    end_of_synthesis_at timestamptz NOT NULL,
    standing boolean NOT NULL,  -- neither cancelled nor failed
    document bytea NOT NULL
);
CREATE INDEX capacity_run_by_synthesis ON capacity_run (end_of_synthesis_at) WHERE standing;

CREATE TABLE proposal (
    name text COLLATE "C" PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('SOLVING', 'READY', 'FAILED', 'ACCEPTING', 'ACCEPTED', 'REJECTED')),
    version bigint NOT NULL CHECK (version > 0),
    events bigint NOT NULL CHECK (events >= 0),  -- how many it has published: their sequence has no gaps
    created_at timestamptz NOT NULL,
    solve_seconds_max integer NOT NULL CHECK (solve_seconds_max BETWEEN 1 AND 600),
    document bytea NOT NULL,  -- a planning.v1.Proposal
    serves jsonb NOT NULL DEFAULT '{}',  -- by run of the proposal, which demand it covers
    -- How far it is, while it is being worked out.
    phase text NOT NULL DEFAULT 'waiting for a solver',
    objective double precision,
    bound double precision,
    began_at timestamptz,
    -- Who works on it, and until when others leave it alone.
    worker uuid,
    leased_until timestamptz,
    attempts integer NOT NULL DEFAULT 0
);
CREATE INDEX proposal_by_time ON proposal (created_at DESC, name DESC);
CREATE INDEX proposal_to_solve ON proposal (created_at) WHERE state = 'SOLVING';
CREATE INDEX proposal_in_force ON proposal (name) WHERE state IN ('ACCEPTING', 'ACCEPTED');

-- What a proposal's runs became, one row a run as it is opened.
CREATE TABLE proposed_run (
    proposal text COLLATE "C" NOT NULL REFERENCES proposal (name),
    id text COLLATE "C" NOT NULL,
    run text COLLATE "C" NOT NULL,
    delivery text COLLATE "C" NOT NULL,
    PRIMARY KEY (proposal, id)
);
CREATE INDEX proposed_run_by_run ON proposed_run (run);
