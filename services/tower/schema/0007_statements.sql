-- What centres can count on: columns are what statements go by; `value` is the whole, as the domain has it.
CREATE TABLE go_no_go (
    dose text COLLATE "C" PRIMARY KEY,
    partner text COLLATE "C" NOT NULL,
    site text COLLATE "C" NOT NULL,
    decision smallint NOT NULL CHECK (decision BETWEEN 1 AND 4),
    live boolean NOT NULL,
    next_at timestamptz,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    value jsonb NOT NULL
);
CREATE INDEX go_no_go_due ON go_no_go (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX go_no_go_by_age ON go_no_go (created_at, dose) WHERE live;
CREATE INDEX go_no_go_by_partner ON go_no_go (partner, created_at, dose) WHERE live;
