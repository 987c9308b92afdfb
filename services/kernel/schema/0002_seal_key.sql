-- Seals what callers keep for us: page tokens, and cursors of watches. In the database and not in a setting, because all
-- copies of the service must open what another has sealed, also after a restart, and nobody has to hand it out.
CREATE TABLE seal_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    key bytea NOT NULL CHECK (octet_length(key) = 64)
);
INSERT INTO seal_key (key)
SELECT string_agg(uuid_send(gen_random_uuid()), NULL) FROM generate_series(1, 4);
