-- What sponsors' ERP systems last stated that they need: since when, and what, so that what is older or the same again changes nothing.

CREATE TABLE demand (
    partner text COLLATE "C" NOT NULL,
    product text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    stated_at timestamptz NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (partner, product, region)
);
