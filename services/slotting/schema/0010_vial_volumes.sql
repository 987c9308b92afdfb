-- What was filled into a vial, by which a change of its product's volumes is judged.

ALTER TABLE vial ADD COLUMN volume_ul bigint CHECK (volume_ul > 0);  -- null: quality did not say
