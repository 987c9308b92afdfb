-- What automated agents would have done: columns are what statements go by; `value` is the whole, as the domain has it.
CREATE TABLE draft (
    name text COLLATE "C" PRIMARY KEY,
    partner text COLLATE "C" NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 1 AND 5),  -- that its time is over is never stored
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    value jsonb NOT NULL
);
CREATE INDEX draft_by_age ON draft (created_at DESC, name DESC);
CREATE INDEX draft_by_partner ON draft (partner, created_at DESC, name DESC);
CREATE INDEX draft_waiting ON draft (partner, expires_at) WHERE state IN (1, 2);
