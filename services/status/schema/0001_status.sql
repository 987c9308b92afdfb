-- Doses with their timelines, and the milestones of couriers, whether a dose claims them or not.

-- One row a dose, as it stands after its last entry. Writers lock the row, so entries get their numbers without gaps.
CREATE TABLE dose (
    id text COLLATE "C" PRIMARY KEY,
    partner text COLLATE "C" NOT NULL,
    run text COLLATE "C" NOT NULL,
    site text NOT NULL,
    order_reference text NOT NULL,
    slot_state smallint NOT NULL,
    at_risk boolean NOT NULL,
    administration_mbq float8,
    administration_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    entries bigint NOT NULL CHECK (entries > 0),
    slot_sequence bigint NOT NULL,
    attachments bigint NOT NULL,
    courier text,
    shipment_references text[],
    shipment_state smallint,
    last_milestone bytea,
    expected_delivery_at timestamptz,
    CONSTRAINT a_shipment_is_whole CHECK (
        (courier IS NULL) = (shipment_references IS NULL) AND (courier IS NULL) = (shipment_state IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX dose_by_partner ON dose (partner, created_at, id);
CREATE INDEX dose_by_age ON dose (created_at, id);
CREATE INDEX dose_by_run ON dose (run, created_at, id);
-- Partners choose these texts, and a B-tree has a limit on their length.
CREATE INDEX dose_by_order ON dose USING hash (order_reference);

-- What happened to a dose. Only ever added to; each row was published once, with its number as the event's sequence.
CREATE TABLE timeline (
    dose_id text COLLATE "C" NOT NULL REFERENCES dose (id),
    number bigint NOT NULL,
    source text COLLATE "C" NOT NULL,  -- the fact behind the entry: slot:<sequence>, milestone:<id> or attach:<count>
    event_type text NOT NULL,
    event_id uuid NOT NULL,
    event_at timestamptz,
    recorded_at timestamptz NOT NULL,
    summary text NOT NULL,
    milestone bytea,
    slot bytea,
    PRIMARY KEY (dose_id, number),
    UNIQUE (dose_id, source)
);

-- Every milestone that a courier reported, once for each content. Never changed, but for whether a dose claims it.
CREATE TABLE milestone (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    courier text COLLATE "C" NOT NULL,
    courier_event_id text COLLATE "C" NOT NULL,
    message bytea NOT NULL,
    digest bytea NOT NULL GENERATED ALWAYS AS (sha256(message)) STORED,
    kind smallint NOT NULL,
    "time" timestamptz,
    local_time text NOT NULL,
    retracted boolean NOT NULL,
    retracts text[] NOT NULL,
    expected_delivery_at timestamptz,
    matters boolean NOT NULL,  -- whether the standing of a shipment can depend on it; readings on the way do not
    shipment_references text[] NOT NULL,
    summary text NOT NULL,
    push text NOT NULL,
    event_type text NOT NULL,
    event_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
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

-- Which doses a courier's shipment carries.
CREATE TABLE shipment_reference (
    courier text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    dose_id text COLLATE "C" NOT NULL REFERENCES dose (id),
    PRIMARY KEY (courier, reference, dose_id)
);
CREATE INDEX shipment_reference_by_dose ON shipment_reference (dose_id);
