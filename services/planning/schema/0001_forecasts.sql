-- Forecasts, and the projections that they are judged by.

-- Master data as last heard: `document` is its message: a masterdata.v1.Product and so on. A deleted resource stays, so that an older event
-- that comes late does not bring it back, and so that what was claimed at a closed centre keeps its region.
CREATE TABLE resource (
    name text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('product', 'facility', 'line', 'site', 'lane', 'agreement')),
    version bigint NOT NULL CHECK (version > 0),
    document bytea NOT NULL,
    deleted boolean NOT NULL,
    -- Taken from the document, to be looked up by: whom a product, centre or agreement names, and a centre's region.
    partners text[] NOT NULL,
    region text COLLATE "C" NOT NULL
);
CREATE INDEX resource_by_kind ON resource (kind, name);
CREATE INDEX resource_by_partner ON resource USING gin (partners);

-- Slots as last heard. `counts`: claimed and not given back.
CREATE TABLE claimed (
    slot text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    partner text COLLATE "C" NOT NULL,
    product text COLLATE "C" NOT NULL,  -- empty where the event did not say it
    site text COLLATE "C" NOT NULL,
    week_start date CHECK (extract(isodow FROM week_start) = 1),  -- of the administration, by UTC
    counts boolean NOT NULL
);
CREATE INDEX claimed_by_week ON claimed (week_start, partner, product, site) WHERE counts AND product <> '';

-- Versions of forecasts. A row never changes, but for `current`, which a later version takes away.
CREATE TABLE forecast (
    name text COLLATE "C" PRIMARY KEY,
    partner text COLLATE "C" NOT NULL,
    product text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    current boolean NOT NULL,
    weeks date[] NOT NULL,  -- Mondays, rising
    doses integer[] NOT NULL CHECK (cardinality(doses) = cardinality(weeks) AND 0 <= ALL (doses)),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    reason text NOT NULL,
    UNIQUE (partner, product, region, version)
);
CREATE UNIQUE INDEX forecast_current ON forecast (partner, product, region) WHERE current;
-- The orders of every list: of a sponsor's versions, and of all.
CREATE INDEX forecast_by_partner ON forecast (partner, created_at DESC, name DESC);
CREATE INDEX forecast_by_time ON forecast (created_at DESC, name DESC);
