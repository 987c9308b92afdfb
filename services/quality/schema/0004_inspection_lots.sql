-- What the manufacturer's ERP last stated of its inspection lots. It may come before the batch that the lot is of.
CREATE TABLE inspection_lot (
    production_order text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    value jsonb NOT NULL,
    PRIMARY KEY (production_order, lot)
);
CREATE INDEX batch_by_production_order ON batch ((value->'made'->>'production_order'))
    WHERE value->'made'->>'production_order' <> '';
