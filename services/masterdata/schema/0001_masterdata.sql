-- Master data: each resource as it is, and every version that it ever had.

CREATE TABLE resource (
    name text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('product', 'facility', 'line', 'site', 'lane', 'agreement')),
    version bigint NOT NULL CHECK (version > 0),
    document bytea NOT NULL,  -- the published message, without what stands in the other columns
    -- A deleted name is kept, so that its versions go on should it be created again.
    deleted boolean NOT NULL,
    changed_fields text[] NOT NULL,
    -- Who sees it: the partners of the resource that is named by seen_through, often itself.
    partners text[] NOT NULL,
    seen_through text COLLATE "C" NOT NULL,
    -- What it refers to, and what lists are filtered by.
    mentions text[] NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL
);
CREATE INDEX resource_by_kind ON resource (kind, name) WHERE NOT deleted;
CREATE INDEX resource_by_mention ON resource USING gin (mentions) WHERE NOT deleted;

CREATE TABLE revision (
    name text COLLATE "C" NOT NULL REFERENCES resource (name),
    kind text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    document bytea NOT NULL,
    deleted boolean NOT NULL,
    changed_fields text[] NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (name, version)
);

-- Who changed what stays as it was written, whatever a later program means to do.
CREATE FUNCTION revision_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'revisions are kept as they are';
END $$;
CREATE TRIGGER revision_is_kept BEFORE UPDATE OR DELETE ON revision FOR EACH ROW EXECUTE FUNCTION revision_is_kept();

ALTER TABLE request ALTER COLUMN answer SET NOT NULL;  -- a request is stored together with its answer
