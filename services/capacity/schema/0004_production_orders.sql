-- What a run of a product is planned with where its production order does not say; null: not heard of since that is kept.
ALTER TABLE product ADD COLUMN nuclide text;
ALTER TABLE product ADD COLUMN vial_kbq_max bigint;
ALTER TABLE product ADD COLUMN loss_fraction double precision;

-- What an ERP last stated of a production order, so that an older statement changes nothing; and how often one was refused.
CREATE TABLE production_order (
    name text COLLATE "C" PRIMARY KEY,
    stated_at timestamptz,  -- null: no statement has counted yet
    pledged_kbq bigint,
    pledged_vials integer,
    refusals integer NOT NULL DEFAULT 0
);

-- A run that was cancelled leaves its production order to another one.
DROP INDEX run_by_production_order;
CREATE UNIQUE INDEX run_by_production_order ON run (production_order)
    WHERE production_order <> '' AND state <> 'CANCELLED';
CREATE INDEX run_of_production_order ON run (production_order, created_at) WHERE production_order <> '';
