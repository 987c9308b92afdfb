-- Messages that are read again, many at once. Where messages of a span of time lie is found by their arrival, in whatever
-- order the clock that they go by has to that of their ids.

CREATE INDEX message_by_arrival ON message USING brin (received_at);  -- rows come in this order, so it costs nothing
CREATE INDEX verdict_refused ON verdict (message_id DESC) WHERE state = 3;  -- what is parked: few of many

CREATE TABLE replay (
    replay_id   uuid PRIMARY KEY,
    account     text COLLATE "C" NOT NULL,
    partner     text COLLATE "C" NOT NULL,
    start_at    timestamptz NOT NULL,
    end_at      timestamptz NOT NULL,
    states      integer[] NOT NULL,
    reasons     text[] NOT NULL,
    sources     text[] NOT NULL,
    reason      text NOT NULL,
    actor       text NOT NULL,
    traceparent text NOT NULL,
    created_at  timestamptz NOT NULL,
    state       smallint NOT NULL,  -- the number in doselane.exchange.v1.Replay.State
    total       bigint,             -- null until they are counted
    after_id    uuid,               -- up to this one they are read
    last_id     uuid,               -- and this is the last
    accepted    bigint NOT NULL DEFAULT 0,
    refused     bigint NOT NULL DEFAULT 0,
    repeated    bigint NOT NULL DEFAULT 0,
    failed      bigint NOT NULL DEFAULT 0,
    finished_at timestamptz,
    holder      uuid,               -- the process that reads them, until its lease ends
    lease_until timestamptz
);
CREATE INDEX replay_running ON replay (replay_id) WHERE state = 1;
