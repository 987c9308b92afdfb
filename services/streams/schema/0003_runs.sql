-- What decides who hears of a run, which belongs to no partner.

-- What master data last said of a product.
CREATE TABLE product (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    partners text[] NOT NULL  -- who may know of it; nobody once it is deleted
);

-- What capacity last said of a run.
CREATE TABLE run (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    pooled boolean,           -- whether it had a pool when it was opened; null: it was not
    message bytea NOT NULL
);
