-- The newest signed version of each table of A2 values, as distribution told it; `document` is the message as published.
CREATE TABLE a2_table (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    retired boolean NOT NULL,
    not_for_use boolean NOT NULL,
    signed_at timestamptz NOT NULL,
    document bytea NOT NULL
);
