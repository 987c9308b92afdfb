-- By which version of the mapping a message was judged; empty if nobody read it, or before this was kept.
ALTER TABLE verdict ADD COLUMN mapping_version text NOT NULL DEFAULT '';
