-- The kernel's seal_key has taken its place.
DROP TABLE cursor_key;
