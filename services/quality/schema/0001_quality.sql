-- Quality's batches and what belongs to them. The columns are what statements go by; `value` is the whole, as the domain has it.

CREATE TABLE batch (
    name text COLLATE "C" PRIMARY KEY,
    run text COLLATE "C" NOT NULL UNIQUE,
    product text COLLATE "C" NOT NULL,
    state text NOT NULL CHECK (state IN
        ('IN_QC', 'READY_TO_SHIP', 'CERTIFIED_FOR_USE', 'CERTIFIED_FINAL', 'REJECTED', 'FAILED_AFTER_USE')),
    end_of_synthesis_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > end_of_synthesis_at),
    version bigint NOT NULL CHECK (version > 0),
    value jsonb NOT NULL
);
CREATE INDEX batch_by_synthesis ON batch (end_of_synthesis_at DESC, name DESC);

-- One vial a slot, whoever fills it; a surplus one has no slot that it may be given for any more.
CREATE TABLE vial (
    batch text COLLATE "C" NOT NULL REFERENCES batch (name),
    container text COLLATE "C" NOT NULL,
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    slot text COLLATE "C" NOT NULL,
    partner text COLLATE "C" NOT NULL,
    surplus boolean NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    value jsonb NOT NULL,
    PRIMARY KEY (batch, container)
);
CREATE INDEX vial_by_slot ON vial (slot);
CREATE UNIQUE INDEX vial_of_slot ON vial (slot) WHERE NOT surplus;

CREATE TABLE sample (
    batch text COLLATE "C" NOT NULL REFERENCES batch (name),
    name text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    version bigint NOT NULL CHECK (version > 0),
    value jsonb NOT NULL
);
CREATE INDEX sample_by_batch ON sample (batch, number);

-- What laboratories told, the newest word on each analysis. What names no sample of ours has no batch, and is kept too.
CREATE TABLE result (
    laboratory text COLLATE "C" NOT NULL,
    result_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    batch text COLLATE "C" REFERENCES batch (name),
    test text COLLATE "C" NOT NULL,
    value jsonb NOT NULL,
    PRIMARY KEY (laboratory, result_id)
);
CREATE INDEX result_by_batch ON result (batch, number);

CREATE TABLE decision (
    batch text COLLATE "C" NOT NULL REFERENCES batch (name),
    number integer NOT NULL CHECK (number > 0),
    value jsonb NOT NULL,
    PRIMARY KEY (batch, number)
);

CREATE TABLE document (
    batch text COLLATE "C" NOT NULL REFERENCES batch (name),
    kind text NOT NULL,
    slot text COLLATE "C" NOT NULL,  -- empty: it is about the batch
    version integer NOT NULL CHECK (version > 0),
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name text COLLATE "C" NOT NULL UNIQUE,
    value jsonb NOT NULL,
    pdf bytea NOT NULL,
    twin bytea NOT NULL,
    PRIMARY KEY (batch, kind, slot, version)
);

CREATE TABLE notice (
    name text COLLATE "C" PRIMARY KEY,
    batch text COLLATE "C" NOT NULL REFERENCES batch (name),
    partner text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    acknowledged boolean NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    value jsonb NOT NULL
);
CREATE INDEX notice_by_time ON notice (created_at DESC, name DESC);
CREATE INDEX notice_by_batch ON notice (batch);

CREATE TABLE specification (
    name text COLLATE "C" NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    signed boolean NOT NULL,
    value jsonb NOT NULL,
    PRIMARY KEY (name, version)
);
-- One version at a time may be proposed.
CREATE UNIQUE INDEX specification_proposed ON specification (name) WHERE NOT signed;

-- What quality keeps of others: orders from slotting, products from master data, shipments from status.
CREATE TABLE slot_order (
    slot text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    run text COLLATE "C" NOT NULL,
    partner text COLLATE "C" NOT NULL,
    value jsonb NOT NULL
);
CREATE INDEX slot_order_by_run ON slot_order (run, slot);

CREATE TABLE product (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    partners text[] NOT NULL,
    value jsonb NOT NULL
);

CREATE TABLE shipment (
    slot text COLLATE "C" PRIMARY KEY,
    courier text COLLATE "C" NOT NULL,
    dispatched_at timestamptz
);

-- Thresholds that were told, so that each is told once.
CREATE TABLE deadline_told (
    batch text COLLATE "C" NOT NULL REFERENCES batch (name),
    item text NOT NULL,
    slot text NOT NULL,
    latest_at timestamptz NOT NULL,
    left_percent integer NOT NULL,
    PRIMARY KEY (batch, item, slot, latest_at, left_percent)
);

-- What has no place in an aggregate of its own still has its events numbered.
CREATE TABLE event_number (
    subject text COLLATE "C" PRIMARY KEY,
    sequence bigint NOT NULL
);

-- Lot numbers: the day of synthesis and a number, so that each is new and fits on a label.
CREATE SEQUENCE lot_number;

-- Where batches are made and doses go, as documents name it: facilities and sites.
CREATE TABLE place (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    display_name text NOT NULL,
    time_zone text NOT NULL
);

-- Signatures under records, sealed and chained; nothing here is ever changed. A token signs once.
CREATE TABLE signature (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    record text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    signed_at timestamptz NOT NULL,
    token_id text COLLATE "C" NOT NULL UNIQUE,
    value jsonb NOT NULL
);
CREATE INDEX signature_by_record ON signature (record, number);
CREATE INDEX signature_by_subject ON signature (subject, signed_at);
