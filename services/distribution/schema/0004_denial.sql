-- Who refused to carry radioactive material, or let it wait; never changed.
CREATE TABLE denial (
    name text COLLATE "C" PRIMARY KEY,
    kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 2),
    refuser smallint NOT NULL CHECK (refuser BETWEEN 1 AND 5),
    carrier text COLLATE "C" NOT NULL,
    lane text COLLATE "C" NOT NULL,
    departure_at timestamptz,  -- null: nobody said which
    shipment text COLLATE "C" REFERENCES shipment (name),  -- null: it was about none
    cause text NOT NULL,
    delay_minutes integer CHECK (delay_minutes > 0),
    denied_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL
);
CREATE INDEX denial_by_time ON denial (denied_at DESC, name DESC);
CREATE INDEX denial_by_lane ON denial (lane, denied_at DESC, name DESC);
CREATE INDEX denial_by_carrier ON denial (carrier, denied_at DESC, name DESC);
