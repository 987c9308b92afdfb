-- Ladders, and how they are played: columns are what statements go by; `value` is the whole, as the domain has it.
CREATE TABLE escalation_ladder (
    name text COLLATE "C" PRIMARY KEY,
    partner text COLLATE "C" NOT NULL,
    product text COLLATE "C" NOT NULL,
    withdrawn boolean NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    value jsonb NOT NULL
);
CREATE INDEX escalation_ladder_by_product ON escalation_ladder (product) WHERE NOT withdrawn;
CREATE INDEX escalation_ladder_by_age ON escalation_ladder (created_at DESC, name DESC);

CREATE TABLE escalation (
    name text COLLATE "C" PRIMARY KEY,
    incident text COLLATE "C" NOT NULL,
    ladder text COLLATE "C" NOT NULL,
    partner text COLLATE "C" NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 1 AND 3),
    due_at timestamptz,  -- when the next step is to be taken
    created_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    value jsonb NOT NULL,
    UNIQUE (incident, ladder)
);
CREATE INDEX escalation_due ON escalation (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX escalation_by_age ON escalation (created_at DESC, name DESC);
CREATE INDEX escalation_by_partner ON escalation (partner, created_at DESC, name DESC);

-- Up to which version of an incident its escalations were played.
ALTER TABLE incident ADD COLUMN played_version bigint NOT NULL DEFAULT 0;
CREATE INDEX incident_to_play ON incident (name) WHERE played_version <> version;
