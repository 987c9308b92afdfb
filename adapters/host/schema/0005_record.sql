-- What adapters look back on, and what they keep for the accounts that ask them to (`Adapter.keeps_record`).

-- How far the record of an account has come. Its row is locked until the transaction that adds to the record ends, so
-- positions become visible in their order and without gaps: whoever has read up to one has missed nothing before it.
CREATE TABLE record_end (
    account  text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    at       timestamptz NOT NULL
);

-- The record of an account: of which message which events came to count, in the order in which they did.
CREATE TABLE record (
    account    text COLLATE "C" NOT NULL,
    position   bigint NOT NULL,
    message_id uuid NOT NULL,
    indexes    integer[] NOT NULL,    -- positions of the events in the message
    at         timestamptz NOT NULL,  -- never before that of the position before
    PRIMARY KEY (account, position)
);
CREATE INDEX record_by_time ON record (account, at);
CREATE INDEX record_by_message ON record (message_id);

-- What an adapter keeps for an account, such as a query that its partner named.
CREATE TABLE document (
    account    text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    body       jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    -- Of a document that follows the record: the position it has come to, when it is to look again (null: whenever there
    -- is more), and when something was last delivered for it.
    seen       bigint,
    look_at    timestamptz,
    told_at    timestamptz,
    PRIMARY KEY (account, kind, name)
);
CREATE INDEX document_following ON document (account, kind) WHERE seen IS NOT NULL;
