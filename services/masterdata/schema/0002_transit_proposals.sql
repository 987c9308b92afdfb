-- Proposals to let lanes promise what was measured on them. The columns are what statements go by; `value` is the whole.
CREATE TABLE transit_proposal (
    name text COLLATE "C" PRIMARY KEY,
    lane text COLLATE "C" NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 1 AND 4),
    measured_at timestamptz NOT NULL,
    value jsonb NOT NULL
);
CREATE UNIQUE INDEX transit_proposal_open ON transit_proposal (lane) WHERE state = 1;
CREATE INDEX transit_proposal_by_time ON transit_proposal (measured_at DESC, name DESC);
CREATE INDEX transit_proposal_by_lane ON transit_proposal (lane, measured_at DESC, name DESC);
