-- The board and the incidents of the control tower. Columns are what statements go by; `value` is the whole, as the domain has it.

CREATE TABLE board_entry (
    dose text COLLATE "C" PRIMARY KEY,
    partner text COLLATE "C" NOT NULL,
    site text COLLATE "C" NOT NULL,
    product text COLLATE "C" NOT NULL,
    run text COLLATE "C" NOT NULL,
    lane text COLLATE "C" NOT NULL,
    shipment text COLLATE "C" NOT NULL,
    order_reference text NOT NULL,
    verdict smallint NOT NULL CHECK (verdict BETWEEN 0 AND 3),
    live boolean NOT NULL,
    due_at timestamptz,  -- the next instant at which time alone may change the verdict
    created_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    value jsonb NOT NULL
);
CREATE INDEX board_entry_due ON board_entry (due_at) WHERE live AND due_at IS NOT NULL;
CREATE INDEX board_entry_by_age ON board_entry (created_at, dose);
CREATE INDEX board_entry_by_partner ON board_entry (partner, created_at, dose);
CREATE INDEX board_entry_by_run ON board_entry (run);
CREATE INDEX board_entry_by_shipment ON board_entry (shipment) WHERE shipment <> '';
CREATE INDEX board_entry_live ON board_entry (product, site) WHERE live;
-- Partners choose these texts, and a B-tree has a limit on their length.
CREATE INDEX board_entry_by_order ON board_entry USING hash (order_reference);

CREATE TABLE incident (
    name text COLLATE "C" PRIMARY KEY,
    key text COLLATE "C" NOT NULL,
    kind smallint NOT NULL,
    state smallint NOT NULL CHECK (state BETWEEN 1 AND 3),
    settled boolean NOT NULL,  -- a person closed it
    partners text[] COLLATE "C" NOT NULL,
    doses text[] COLLATE "C" NOT NULL,
    opened_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    value jsonb NOT NULL
);
-- One incident a cause.
CREATE UNIQUE INDEX incident_of_cause ON incident (key) WHERE state <> 3;
CREATE INDEX incident_settled ON incident (key, opened_at DESC) WHERE settled;
CREATE INDEX incident_by_age ON incident (opened_at DESC, name DESC);
CREATE INDEX incident_by_dose ON incident USING gin (doses);
CREATE INDEX incident_by_partner ON incident USING gin (partners);

-- What the tower keeps of others, one row a name, as its newest version has it.
CREATE TABLE slot (
    dose text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    partner text COLLATE "C" NOT NULL,
    state smallint NOT NULL,
    risk smallint NOT NULL,
    run text COLLATE "C" NOT NULL,
    product text COLLATE "C" NOT NULL,
    site text COLLATE "C" NOT NULL,
    lane text COLLATE "C" NOT NULL,
    order_reference text NOT NULL,
    administration_mbq float8,
    administration_at timestamptz,
    departure_at timestamptz,
    delivery_at timestamptz,
    lost_cause text NOT NULL
);
CREATE INDEX slot_by_run ON slot (run);

CREATE TABLE run (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    product text COLLATE "C" NOT NULL,
    facility text COLLATE "C" NOT NULL,
    state smallint NOT NULL,
    ends_at timestamptz,
    made_at timestamptz,
    cutoff_at timestamptz,
    use_by_at timestamptz
);
CREATE INDEX run_open ON run (product, cutoff_at) WHERE state = 2;

CREATE TABLE batch (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    run text COLLATE "C" NOT NULL,
    state smallint NOT NULL,
    expires_at timestamptz,
    failed_tests text[] NOT NULL,
    settled_items text[] NOT NULL
);
CREATE INDEX batch_by_run ON batch (run);

CREATE TABLE vial (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    dose text COLLATE "C" NOT NULL,
    batch text COLLATE "C" NOT NULL,
    administration_mbq float8,
    surplus boolean NOT NULL
);
CREATE INDEX vial_by_dose ON vial (dose) WHERE NOT surplus;

CREATE TABLE shipment (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    doses text[] COLLATE "C" NOT NULL,
    state smallint NOT NULL,
    lane text COLLATE "C" NOT NULL,
    departure_at timestamptz,
    p50_at timestamptz,
    p90_at timestamptz,
    delivered_at timestamptz,
    moved_at timestamptz,
    overdue text[] NOT NULL,
    excursions integer NOT NULL,
    declined boolean NOT NULL,
    loss_cause text NOT NULL
);
CREATE INDEX shipment_by_dose ON shipment USING gin (doses);

CREATE TABLE denial (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    delayed boolean NOT NULL,
    lane text COLLATE "C" NOT NULL,
    departure_at timestamptz,
    shipment text COLLATE "C" NOT NULL,
    delay_minutes integer,
    denied_at timestamptz
);
CREATE INDEX denial_by_shipment ON denial (shipment) WHERE shipment <> '';
CREATE INDEX denial_by_departure ON denial (lane, departure_at) WHERE shipment = '';

CREATE TABLE qc_item (
    key text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    batch text COLLATE "C" NOT NULL,
    item text NOT NULL,
    dose text COLLATE "C" NOT NULL,
    gate text NOT NULL,
    latest_at timestamptz,
    left_percent integer NOT NULL
);
CREATE INDEX qc_item_by_batch ON qc_item (batch);

CREATE TABLE supply (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    cancelled boolean NOT NULL,
    runs text[] COLLATE "C" NOT NULL
);
CREATE INDEX supply_by_run ON supply USING gin (runs);

CREATE TABLE resource (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    kind text NOT NULL,
    deleted boolean NOT NULL,
    document bytea NOT NULL,
    site text COLLATE "C" NOT NULL
);
CREATE INDEX lane_by_site ON resource (site) WHERE kind = 'lane' AND NOT deleted;
