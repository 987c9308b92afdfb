-- How accounts fare: when each webhook was last used, and what polls and streams of each brought, or failed with.

CREATE INDEX message_by_account ON message (account, source, message_id DESC);

ALTER TABLE cursor
    ADD COLUMN fetched_at timestamptz,                -- when it last brought something, if only a sign of life
    ADD COLUMN failures integer NOT NULL DEFAULT 0,   -- attempts since then that brought nothing
    ADD COLUMN fault text NOT NULL DEFAULT '';        -- why the last of them failed
