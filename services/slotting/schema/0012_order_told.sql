-- What was stated of an order last, as it came, and up to which version of its slot its partner was told: so what becomes
-- of the slot otherwise (a rescue, a call) is told to the system that stated the order. Unset of those decided before.

ALTER TABLE dose_order
    ADD COLUMN stated_type text NOT NULL DEFAULT '',
    ADD COLUMN stated bytea NOT NULL DEFAULT '',
    ADD COLUMN slot_version bigint NOT NULL DEFAULT 0;
