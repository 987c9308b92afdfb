-- Where a shipment stands is distribution's: of milestones and runs status keeps nothing any more, of a shipment what was published last.

DROP TABLE shipment_reference, retraction, milestone_reference, milestone, run;

ALTER TABLE dose DROP CONSTRAINT a_shipment_is_whole;
UPDATE dose SET shipment_state = NULL;
ALTER TABLE dose
    DROP COLUMN attachments, DROP COLUMN courier, DROP COLUMN shipment_references, DROP COLUMN last_milestone,
    DROP COLUMN expected_delivery_at, DROP COLUMN settlements, DROP COLUMN doubts, DROP COLUMN settled,
    ADD COLUMN shipment text COLLATE "C",
    ADD COLUMN shipment_sequence bigint,
    ADD COLUMN in_doubt boolean NOT NULL DEFAULT false,
    ADD COLUMN shipment_message bytea,  -- as published; empty: the dose is in it no more
    ADD CONSTRAINT a_shipment_is_whole CHECK (
        (shipment IS NULL) = (shipment_state IS NULL) AND (shipment IS NULL) = (shipment_sequence IS NULL)
        AND (shipment IS NULL) = (shipment_message IS NULL));
CREATE INDEX dose_in_doubt ON dose (created_at, id) WHERE in_doubt;

ALTER TABLE timeline
    DROP COLUMN doubt, DROP COLUMN doubt_limit_at, DROP COLUMN milestone_event_id,
    ADD COLUMN implausibility bytea;  -- why the entry's milestone cannot be true; null if it can, or is none
