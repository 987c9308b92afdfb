-- Milestones that cannot be true: what is known of the runs, why each is in doubt, and what operators said of them.

-- What capacity told of each run.
CREATE TABLE run (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    end_of_synthesis_at timestamptz,
    cancelled boolean NOT NULL
);

ALTER TABLE dose
    ADD COLUMN settlements bigint NOT NULL DEFAULT 0,
    ADD COLUMN doubts jsonb NOT NULL DEFAULT '[]',   -- of the shipment: milestone (base64), id, reason, limit
    ADD COLUMN settled jsonb NOT NULL DEFAULT '{}';  -- by the courier's id of a milestone: whether it counts

CREATE INDEX dose_in_doubt ON dose (created_at, id) WHERE doubts <> '[]';

ALTER TABLE timeline
    ADD COLUMN doubt smallint,           -- why the entry's milestone cannot be true; null if it can, or is none
    ADD COLUMN doubt_limit_at timestamptz,
    ADD COLUMN milestone_event_id text;  -- set with `doubt`
