-- What the documents of the network say, as rows.
CREATE TABLE bench_product (name text COLLATE "C" PRIMARY KEY, partners text[], nominal_mbq float8, shelf_life interval, qc interval);
CREATE TABLE bench_half_life (nuclide text PRIMARY KEY, seconds float8);
CREATE TABLE bench_licence (site text COLLATE "C", nuclide text, activity_mbq_max float8, valid_until timestamptz);
CREATE TABLE bench_lane (
    name text COLLATE "C" PRIMARY KEY, facility text, site text COLLATE "C", dispatch interval, transit interval, transit_min interval,
    valid_until timestamptz);
CREATE TABLE bench_departure (lane text COLLATE "C", closes_at timestamptz, departs_at timestamptz, place text COLLATE "C", size int);
CREATE TABLE bench_window (site text COLLATE "C", start_at timestamptz, end_at timestamptz, place text COLLATE "C", size int);
CREATE TABLE bench_session (facility text, start_at timestamptz, end_at timestamptz, place text COLLATE "C", size int);
