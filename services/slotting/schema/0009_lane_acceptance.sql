-- How often doses were accepted and denied on each lane, as distribution last told; it only ranks offers.
CREATE TABLE lane_acceptance (
    lane text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    document bytea NOT NULL  -- doselane.distribution.v1.AcceptanceMeasurement; empty: nothing is measured (any more)
);
