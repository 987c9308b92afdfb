-- What master data last said of a product: who may know of it, as a run is shown to nobody who may not know of what it
-- makes; and how long it may be used after the end of synthesis, which no run may exceed.

CREATE TABLE product (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    partners text[] NOT NULL,
    shelf_life interval NOT NULL,
    -- How far the end of a synthesis may be from the plan; null: nothing was said.
    end_tolerance interval
);
