-- What each partner asked, by its request id, and what was answered: a repetition gets the same bytes again. Without an
-- answer it is being worked on, in a transaction of its own or, where a service says so, across several.
CREATE TABLE request (
    partner text COLLATE "C" NOT NULL,
    request_id uuid NOT NULL,
    body_hash bytea NOT NULL,
    answer bytea,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (request_id, partner)
);
CREATE INDEX request_by_age ON request USING brin (asked_at);  -- rows come in the order of time, so this costs nothing
