-- What master data last said of a resource, and the partners that know of it. What was said before this table came is
-- not here: of such a resource partners are told as of a new one when it changes.
CREATE TABLE resource (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    partners text[] NOT NULL,
    message bytea NOT NULL
);
