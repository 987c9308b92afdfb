-- What all services of one database share.
--
-- The gateway's clock: how far it is ahead of the machines' own, once a database, so that one statement moves it for all
-- services. Only a sandbox or a test moves it; production leaves it at zero.
--
-- Topics: a topic's events lie in the schema of its name, `doselane.slotting` in `slotting`. A service that publishes on
-- several topics says so here, and the PostgreSQL bus reads them from its one schema.

SELECT pg_advisory_xact_lock(hashtextextended('doselane gateway', 0));  -- services migrate side by side

DO $$
BEGIN
    IF to_regnamespace('gateway') IS NOT NULL THEN
        RETURN;  -- another service was first, perhaps as a user of its own
    END IF;
    CREATE SCHEMA gateway;
    CREATE TABLE gateway.clock (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        ahead    interval NOT NULL
    );
    INSERT INTO gateway.clock (ahead) VALUES ('0');
    -- Who moved it, and what makes a repeated request known.
    CREATE TABLE gateway.clock_move (
        partner    text NOT NULL,
        request_id uuid NOT NULL,
        body_hash  bytea NOT NULL,
        actor      text NOT NULL,
        reason     text NOT NULL,
        moved_from timestamptz NOT NULL,
        moved_to   timestamptz NOT NULL,
        PRIMARY KEY (request_id, partner)
    );
    CREATE FUNCTION gateway.announce_clock() RETURNS trigger LANGUAGE plpgsql AS $f$
    BEGIN
        NOTIFY gateway_clock;
        RETURN NULL;
    END $f$;
    CREATE TRIGGER announce AFTER UPDATE ON gateway.clock EXECUTE FUNCTION gateway.announce_clock();
    CREATE TABLE gateway.topic (
        topic  text PRIMARY KEY,
        schema text NOT NULL
    );
    GRANT USAGE ON SCHEMA gateway TO PUBLIC;
    GRANT SELECT, INSERT, UPDATE ON gateway.topic TO PUBLIC;
    GRANT SELECT, UPDATE ON gateway.clock TO PUBLIC;
    GRANT SELECT, INSERT ON gateway.clock_move TO PUBLIC;
END $$;

-- The present instant, as every rule and every expiry goes by it. What measures a machine (a lease, a lag) does not.
CREATE FUNCTION present() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT clock_timestamp() + c.ahead FROM gateway.clock c';
