-- What quality has told of the vials that were filled for slots, the newest word on each. It counts for nothing in the books.

CREATE TABLE vial (
    name text PRIMARY KEY,
    version bigint NOT NULL,
    slot text COLLATE "C" NOT NULL,
    run text NOT NULL,
    filled_mbq float8 NOT NULL,
    filled_at timestamptz NOT NULL,
    has_left boolean NOT NULL,
    surplus boolean NOT NULL
);
CREATE INDEX vial_by_slot ON vial (slot);
