-- The moves that were known of a dose at risk, from an instant on until the next row; for the report of its loss.
CREATE TABLE recorded_moves (
    dose text COLLATE "C" NOT NULL,
    recorded_at timestamptz NOT NULL,
    value jsonb NOT NULL,
    PRIMARY KEY (dose, recorded_at)
);
CREATE INDEX consent_by_dose ON consent ((value -> 'terms' ->> 'dose')) WHERE value -> 'terms' ->> 'dose' <> '';
