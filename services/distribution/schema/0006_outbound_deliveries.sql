-- A slot by its sponsor's own name of the order, as far as it was told of since this is kept.
ALTER TABLE promise ADD COLUMN order_reference text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX promise_by_order ON promise (partner, order_reference) WHERE order_reference <> '';

-- What partners' ERP systems last stated of their deliveries, also before the dose is booked.
CREATE TABLE outbound_delivery (
    partner text COLLATE "C" NOT NULL,
    delivery text COLLATE "C" NOT NULL,
    order_reference text COLLATE "C" NOT NULL,
    further text[] NOT NULL,  -- names beside its own
    stated_at timestamptz NOT NULL,
    adapter text NOT NULL,
    message text NOT NULL,
    refused text[] NOT NULL DEFAULT '{}',  -- names of which it was told that they cannot be
    refusals integer NOT NULL DEFAULT 0,
    PRIMARY KEY (partner, delivery)
);
CREATE INDEX outbound_delivery_by_order ON outbound_delivery (partner, order_reference);
