-- Who may know of a product, as master data last said: a run is shown to nobody who may not know of what it makes.

CREATE TABLE product (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    partners text[] NOT NULL
);
