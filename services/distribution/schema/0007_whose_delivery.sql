-- Who states a delivery is the manufacturer, whose order it carries is said with it. What was stated before said it of
-- whoever stated it, and is not kept: a delivery is stated anew when it changes, or when its messages are read again.
TRUNCATE outbound_delivery;
ALTER TABLE outbound_delivery
    ADD COLUMN stated_by text COLLATE "C" NOT NULL,
    DROP CONSTRAINT outbound_delivery_pkey,
    ADD PRIMARY KEY (stated_by, delivery);
