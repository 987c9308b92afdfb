-- Where a place is, and who is reached there at any hour, as papers of transport name it. Empty: not known.
ALTER TABLE place ADD COLUMN address text NOT NULL DEFAULT '', ADD COLUMN emergency_contact text NOT NULL DEFAULT '';
