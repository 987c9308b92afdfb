-- Each sponsor is told of the deadlines of its own doses; an empty partner is the manufacturer, who is told of all.
ALTER TABLE deadline_told ADD COLUMN partner text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE deadline_told ALTER COLUMN partner DROP DEFAULT;
ALTER TABLE deadline_told DROP CONSTRAINT deadline_told_pkey;
ALTER TABLE deadline_told ADD PRIMARY KEY (batch, item, slot, latest_at, left_percent, partner);
