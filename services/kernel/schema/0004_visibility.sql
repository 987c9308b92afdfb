-- services/kernel/visibility.py in SQL, so that a page of a list holds as many rows as were asked for: a thing is visible
-- to a viewer (NULL: an operator, who sees all) who is in its audience. Ask once for each thing that it refers to; the
-- audience of what is not there is NULL, and nobody is in it.
CREATE FUNCTION visible(viewer text, audience text[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT viewer IS NULL OR coalesce(viewer = ANY (audience), false)';
