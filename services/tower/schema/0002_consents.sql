-- Consents of sponsors: columns are what statements go by; `value` is the whole, as the domain has it.
CREATE TABLE consent (
    name text COLLATE "C" PRIMARY KEY,
    partner text COLLATE "C" NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 1 AND 4),  -- that its time is over is never stored
    valid_until timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    value jsonb NOT NULL
);
CREATE INDEX consent_by_age ON consent (created_at DESC, name DESC);
CREATE INDEX consent_by_partner ON consent (partner, created_at DESC, name DESC);
CREATE INDEX consent_in_force ON consent (partner, valid_until) WHERE state IN (1, 2);
