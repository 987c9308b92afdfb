-- Which lost dose a slot takes the place of.

ALTER TABLE slot ADD COLUMN replaces text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX slot_by_what_it_replaces ON slot (replaces) WHERE replaces <> '';
