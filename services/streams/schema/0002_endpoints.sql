-- Webhooks: a place in the feed for each endpoint, and rows only for what stands out: what failed, and what was tried.

-- One row an endpoint. All up to `place` was sent, but for what stands in endpoint_waiting. `…_at` are of the gateway's
-- clock, leases of the machine's: a clock that is moved on must not let two processes send the same.
CREATE TABLE endpoint (
    id uuid PRIMARY KEY,
    partner text COLLATE "C" NOT NULL,
    url text NOT NULL,
    description text NOT NULL,
    types text[] NOT NULL,
    subjects text[] NOT NULL,
    second_channel_url text NOT NULL,
    key_kinds smallint[] NOT NULL,          -- the newest first; two at most
    sealed_keys text[] NOT NULL,
    keys_expire_at timestamptz[] NOT NULL,
    state smallint NOT NULL,
    state_detail text NOT NULL,
    state_at timestamptz NOT NULL,
    place bigint NOT NULL,
    recovery_place bigint,
    recovery_last bigint,
    recovery_failures integer NOT NULL DEFAULT 0,
    recovery_next_at timestamptz,
    recovery_give_up_at timestamptz,
    version bigint NOT NULL,
    told bigint NOT NULL,                   -- how many events of it were published
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    rest_until timestamptz,                 -- it asked to be left alone
    take_at timestamptz,                    -- while it fails, new events are taken a few at a time
    lease_holder uuid,
    lease_until timestamptz,
    CONSTRAINT a_recovery_is_whole CHECK ((recovery_place IS NULL) = (recovery_last IS NULL)),
    CONSTRAINT it_has_one_key_or_two CHECK (
        cardinality(key_kinds) BETWEEN 1 AND 2 AND cardinality(sealed_keys) = cardinality(key_kinds)
        AND cardinality(keys_expire_at) = cardinality(key_kinds))
) WITH (fillfactor = 50);
CREATE INDEX endpoint_by_partner ON endpoint (partner, created_at, id);

-- One row a subject whose next event was not taken. Events of the subject behind it wait in the feed.
CREATE TABLE endpoint_waiting (
    endpoint_id uuid NOT NULL REFERENCES endpoint (id) ON DELETE CASCADE,
    subject text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    failures integer NOT NULL,
    next_at timestamptz NOT NULL,
    give_up_at timestamptz,                 -- of the event at `position`, once it has failed
    detail text NOT NULL,
    PRIMARY KEY (endpoint_id, subject)
) WITH (fillfactor = 70);
CREATE INDEX endpoint_waiting_by_time ON endpoint_waiting (endpoint_id, next_at);

-- What was given up: one event, or a part of the feed that is kept no more.
CREATE TABLE endpoint_parked (
    endpoint_id uuid NOT NULL REFERENCES endpoint (id) ON DELETE CASCADE,
    position bigint NOT NULL,
    last_position bigint NOT NULL,
    event_id uuid,
    type text NOT NULL,
    subject text NOT NULL,
    reason smallint NOT NULL,
    detail text NOT NULL,
    attempts integer NOT NULL,
    parked_at timestamptz NOT NULL,
    PRIMARY KEY (endpoint_id, position)
);

-- What was tried; ids are uuidv7, so they rise with time. Old rows are deleted.
CREATE TABLE endpoint_attempt (
    endpoint_id uuid NOT NULL REFERENCES endpoint (id) ON DELETE CASCADE,
    attempt_id uuid NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    position bigint,
    cause smallint NOT NULL,
    number integer NOT NULL,
    sent_at timestamptz NOT NULL,
    delivered boolean NOT NULL,
    status smallint,
    fault text NOT NULL,
    latency_ms integer NOT NULL,
    response bytea NOT NULL,
    next_try_at timestamptz,
    PRIMARY KEY (endpoint_id, attempt_id)
);
CREATE INDEX endpoint_attempt_by_age ON endpoint_attempt USING brin (sent_at);

-- What the second channel is to be told: one row a change of an endpoint's state.
CREATE TABLE endpoint_notice (
    endpoint_id uuid NOT NULL REFERENCES endpoint (id) ON DELETE CASCADE,
    event_id uuid NOT NULL,
    type text NOT NULL,
    body bytea NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    give_up_at timestamptz NOT NULL,
    PRIMARY KEY (endpoint_id, event_id)
);

-- An event is sent again by its id.
CREATE INDEX feed_entry_by_event ON feed_entry (partner, event_id);
