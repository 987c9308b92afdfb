-- Orders that partners' own systems state by event: which statement counts, and the slot that was last promised for it.

CREATE TABLE dose_order (
    id uuid PRIMARY KEY,
    partner text COLLATE "C" NOT NULL,
    order_reference text COLLATE "C" NOT NULL,
    version bigint NOT NULL,  -- how many of its statements were decided
    stated_at timestamptz,  -- since when the partner's system says what counts; of a row that is being made unset
    digest bytea NOT NULL,  -- of the statement that counts: the same again is a repetition
    slot_id uuid,
    UNIQUE (partner, order_reference)
);
CREATE INDEX slot_by_order ON slot (partner, order_reference);
