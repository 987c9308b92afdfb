-- Tables of A1 and A2 values in their versions, and the signatures on them. `value` is the whole, as the domain has it.

CREATE TABLE a2_table (
    name text COLLATE "C" NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    signed boolean NOT NULL,
    value jsonb NOT NULL,
    PRIMARY KEY (name, version)
);
-- One version at a time may be proposed.
CREATE UNIQUE INDEX a2_table_proposed ON a2_table (name) WHERE NOT signed;

-- Sealed and chained (see the kernel); a token signs once.
CREATE TABLE signature (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    record text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    signed_at timestamptz NOT NULL,
    token_id text COLLATE "C" NOT NULL UNIQUE,
    value jsonb NOT NULL
);
CREATE INDEX signature_by_record ON signature (record, number);
CREATE INDEX signature_by_subject ON signature (subject, signed_at);

-- Declarations of dangerous goods that quality issued, each of them.
CREATE TABLE declaration (
    document text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    dose text COLLATE "C" NOT NULL,
    batch text COLLATE "C" NOT NULL
);
CREATE INDEX declaration_of_dose ON declaration (dose);
