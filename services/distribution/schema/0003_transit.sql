-- How each delivered shipment came along its lane, as far as its courier dated it: what lanes are measured of, and what
-- reports of them count. Taken back with the delivery.
CREATE TABLE transit_sample (
    shipment text COLLATE "C" PRIMARY KEY REFERENCES shipment (name),
    lane text COLLATE "C" NOT NULL,
    courier text COLLATE "C" NOT NULL,
    site text COLLATE "C" NOT NULL,
    left_at timestamptz NOT NULL,  -- collected, or else the planned departure
    took_off_at timestamptz,  -- the first flight; null if nobody told, or not when
    landed_at timestamptz,  -- the last flight
    delivered_at timestamptz NOT NULL CHECK (delivered_at > left_at),
    promised_at timestamptz,  -- by when the delivery was promised; null if nobody promised one
    foretold_p90_at timestamptz  -- by when nine of ten were to arrive, as it was known at the departure
);
CREATE INDEX transit_sample_by_lane ON transit_sample (lane, delivered_at DESC);
