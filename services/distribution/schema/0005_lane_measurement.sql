-- What was last told of each lane as it was measured, and how often something was.
CREATE TABLE lane_measurement (
    lane text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL CHECK (number > 0),
    measured_at timestamptz NOT NULL,
    document bytea NOT NULL  -- the published message
);
