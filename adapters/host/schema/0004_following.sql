-- How often the other side is asked for the names that we follow.

ALTER TABLE reference ADD COLUMN ends_at timestamptz;  -- after that nobody is helped; null: nobody says

-- When each poll last asked for a name with success.
CREATE TABLE asked (
    account  text COLLATE "C" NOT NULL,
    poll     text COLLATE "C" NOT NULL,
    theirs   text COLLATE "C" NOT NULL,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (account, poll, theirs)
);
CREATE INDEX asked_by_age ON asked (asked_at);

-- How many names an account asked for on a day.
CREATE TABLE called (
    account text COLLATE "C" NOT NULL,
    day     date NOT NULL,
    number  bigint NOT NULL,
    PRIMARY KEY (account, day)
);
