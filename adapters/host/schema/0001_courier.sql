-- What couriers pushed, what was made of it, and which facts count. Rows are only ever added (a verdict changes when a
-- push is judged again), and no foreign keys are checked on the way: each row is written beside the one it names.

-- A push as it came, never changed. Written before anything reads the body.
CREATE TABLE push (
    push_id     uuid PRIMARY KEY,  -- uuidv7, so its order is the order of arrival
    account     text NOT NULL,
    courier     text COLLATE "C" NOT NULL,
    adapter     text NOT NULL,
    webhook     text NOT NULL,
    received_at timestamptz NOT NULL,
    headers     jsonb NOT NULL,    -- those that explain the body; never a credential
    body        bytea,  -- null if it was too large to keep
    body_bytes  bigint NOT NULL,
    body_sha256 bytea NOT NULL,
    traceparent text NOT NULL,
    actor       text NOT NULL
);
CREATE INDEX push_by_courier ON push (courier, push_id DESC);

-- The verdict on a push. A push without one was received and not judged yet.
CREATE TABLE verdict (
    push_id   uuid PRIMARY KEY,
    state     smallint NOT NULL,  -- the number in doselane.courier.v1.Push.State
    reason    text NOT NULL,
    detail    text NOT NULL,
    notes     bytea NOT NULL,     -- a doselane.courier.v1.Push with nothing but notes
    published bigint NOT NULL,    -- events published of this push, which number its events on the bus
    judged_at timestamptz NOT NULL
);

-- How many readings of a push ended the process that read it. Otherwise it would end each that starts after it.
CREATE TABLE left_push (
    push_id  uuid PRIMARY KEY,
    attempts integer NOT NULL
);

-- Bodies that were taken; the same body from the same courier is a repetition.
CREATE TABLE taken_body (
    courier     text COLLATE "C" NOT NULL,
    body_sha256 bytea NOT NULL,
    push_id     uuid NOT NULL,
    PRIMARY KEY (courier, body_sha256)
);

-- Facts that count, each once, however often and in whatever company it is pushed. Keys are kept as SHA-256, because
-- couriers choose their length.
CREATE TABLE counted (
    courier   text COLLATE "C" NOT NULL,
    fact      bytea NOT NULL,
    event     bytea NOT NULL,  -- digest of the event's id; an event and its declarations of error are facts of one event
    push_id   uuid NOT NULL,
    position  integer NOT NULL,
    content   bytea NOT NULL,  -- digest of what the event says
    milestone bytea NOT NULL,  -- digest of the milestone as it was last published
    PRIMARY KEY (courier, fact)
);
CREATE INDEX counted_by_event ON counted (courier, event);

-- By which names an outside system knows what is ours: the shipments that doses travel with, from doselane.status.
CREATE TABLE reference (
    account text COLLATE "C" NOT NULL,  -- whose names they are: an account, or a partner with all of its accounts
    theirs  text COLLATE "C" NOT NULL,  -- in canonical form
    ours    text COLLATE "C" NOT NULL,
    since   timestamptz NOT NULL,
    PRIMARY KEY (account, theirs, ours)
);
