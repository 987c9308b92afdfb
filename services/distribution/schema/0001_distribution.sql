-- Shipments, and the milestones of couriers, whether a shipment claims them or not. The columns are what statements go by;
-- `value` is the whole, as the domain has it.

CREATE TABLE shipment (
    name text COLLATE "C" PRIMARY KEY,
    partner text COLLATE "C" NOT NULL,
    site text COLLATE "C" NOT NULL,
    lane text COLLATE "C" NOT NULL,
    courier text COLLATE "C" NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 1 AND 9),
    departure_at timestamptz,
    next_due_at timestamptz,  -- after it the next milestone is overdue; null if nothing is waited for
    in_doubt boolean NOT NULL,
    is_overdue boolean NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    value jsonb NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX shipment_by_age ON shipment (created_at DESC, name DESC);
CREATE INDEX shipment_by_partner ON shipment (partner, created_at DESC, name DESC);
CREATE INDEX shipment_by_due ON shipment (next_due_at) WHERE next_due_at IS NOT NULL;
CREATE INDEX shipment_by_lane ON shipment (lane, departure_at);

-- What each carries. A dose is in one shipment at most that was not called off, or lost.
CREATE TABLE carried (
    shipment text COLLATE "C" NOT NULL REFERENCES shipment (name),
    dose text COLLATE "C" NOT NULL,
    run text COLLATE "C" NOT NULL,
    active boolean NOT NULL,
    PRIMARY KEY (shipment, dose)
);
CREATE UNIQUE INDEX carried_once ON carried (dose) WHERE active;
CREATE INDEX carried_by_dose ON carried (dose);
CREATE INDEX carried_by_run ON carried (run);

-- What a courier calls a shipment: one name, one shipment.
CREATE TABLE shipment_reference (
    courier text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    shipment text COLLATE "C" NOT NULL REFERENCES shipment (name),
    PRIMARY KEY (courier, reference)
);
CREATE INDEX shipment_reference_by_shipment ON shipment_reference (shipment);

-- Every milestone that a courier reported, once for each content. Never changed, but for whether a shipment claims it.
CREATE TABLE milestone (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    courier text COLLATE "C" NOT NULL,
    courier_event_id text COLLATE "C" NOT NULL,
    message bytea NOT NULL,
    digest bytea NOT NULL GENERATED ALWAYS AS (sha256(message)) STORED,
    retracts text[] NOT NULL,
    matters boolean NOT NULL,  -- whether the standing of a shipment can depend on it; readings on the way do not
    shipment_references text[] NOT NULL,
    push text NOT NULL,
    event_id text NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    traceparent text NOT NULL,
    matched boolean NOT NULL DEFAULT false,
    UNIQUE (courier, courier_event_id, digest)
) WITH (fillfactor = 90);
CREATE INDEX milestone_unmatched ON milestone (recorded_at, id) WHERE NOT matched;

-- Under which references a milestone is found: its own and, for a retraction, those of what it retracts.
CREATE TABLE milestone_reference (
    courier text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    milestone_id bigint NOT NULL REFERENCES milestone (id),
    PRIMARY KEY (courier, reference, milestone_id)
);

-- Which events a milestone declares to be wrong.
CREATE TABLE retraction (
    courier text COLLATE "C" NOT NULL,
    courier_event_id text COLLATE "C" NOT NULL,
    milestone_id bigint NOT NULL REFERENCES milestone (id),
    PRIMARY KEY (courier, courier_event_id, milestone_id)
);

-- The milestones of each shipment, in the order in which they were recorded; never changed.
CREATE TABLE recorded_milestone (
    shipment text COLLATE "C" NOT NULL REFERENCES shipment (name),
    number bigint NOT NULL CHECK (number > 0),
    milestone_id bigint NOT NULL REFERENCES milestone (id),
    doubt smallint,  -- why it could not be true when it was recorded
    doubt_limit_at timestamptz,
    PRIMARY KEY (shipment, number),
    UNIQUE (shipment, milestone_id)
);

-- What distribution keeps of others, one row a name, as its newest version has it.
CREATE TABLE promise (
    dose text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    partner text COLLATE "C" NOT NULL,
    run text COLLATE "C" NOT NULL,
    product text COLLATE "C" NOT NULL,
    site text COLLATE "C" NOT NULL,
    lane text COLLATE "C" NOT NULL,
    confirmed boolean NOT NULL,
    over boolean NOT NULL,
    administration_mbq double precision,
    administration_at timestamptz,
    departure_at timestamptz,
    delivery_at timestamptz
);
CREATE INDEX promise_by_run ON promise (run);

CREATE TABLE run (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    end_of_synthesis_at timestamptz,
    cancelled boolean NOT NULL
);

CREATE TABLE batch (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    run text COLLATE "C" NOT NULL,
    may_leave boolean NOT NULL
);
CREATE INDEX batch_by_run ON batch (run);

CREATE TABLE vial (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    dose text COLLATE "C" NOT NULL,
    batch text COLLATE "C" NOT NULL,
    surplus boolean NOT NULL
);
CREATE INDEX vial_by_batch ON vial (batch) WHERE NOT surplus;

CREATE TABLE resource (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    kind text NOT NULL,
    deleted boolean NOT NULL,
    document bytea NOT NULL
);

-- Which event of ours asked the courier of which shipment something.
CREATE TABLE courier_order (
    event_id text COLLATE "C" PRIMARY KEY,
    shipment text COLLATE "C" NOT NULL REFERENCES shipment (name)
);
