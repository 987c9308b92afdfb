-- What a search of offers reads: the runs of a product that are still of use, the lanes to a centre, and how full their places are.

CREATE INDEX run_by_product ON run (product, use_by_at);

ALTER TABLE network ADD COLUMN leads_to text COLLATE "C" NOT NULL DEFAULT '';  -- of a lane: its centre
CREATE INDEX lane_by_centre ON network (leads_to) WHERE leads_to <> '';

-- Stable, so that all of it is read from one snapshot: what is found was true of one instant. Names of places end with the instant at which they
-- begin, in digits that sort as time does. No session of quality control and no weekly window that is under way began more than a day and an hour ago.
CREATE FUNCTION read_market(
    of_product text, to_site text, from_at timestamptz, until_at timestamptz, for_partner text, run_names text[], lane_names text[],
    OUT now timestamptz, OUT since timestamptz, OUT resources network[], OUT runs run[], OUT allotments allotment[], OUT overdue slot[],
    OUT place_names text[], OUT place_committed int[]
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    names text[];
    facilities text[];
    lanes text[];
BEGIN
    now := present();
    runs := ARRAY (
        SELECT r FROM run r
        WHERE r.product = of_product AND r.use_by_at >= greatest(from_at, now) AND r.end_of_synthesis_at < until_at
            AND (cardinality(run_names) = 0 OR r.name = ANY (run_names)));
    SELECT array_agg(r.name), array_agg(DISTINCT r.facility), min(r.end_of_synthesis_at) - interval '25 hours'
    INTO names, facilities, since FROM unnest(runs) r;
    lanes := ARRAY (
        SELECT n.name FROM network n
        WHERE n.leads_to = to_site AND NOT n.deleted AND (cardinality(lane_names) = 0 OR n.name = ANY (lane_names)));
    resources := ARRAY (SELECT n FROM network n WHERE n.name = ANY (lanes || facilities || ARRAY[of_product, to_site]));
    SELECT array_agg(p.name), array_agg(p.committed) INTO place_names, place_committed
    FROM (
        SELECT facility || '/qcSessions/' FROM unnest(facilities) AS f (facility)
        UNION ALL SELECT lane || '/departures/' FROM unnest(lanes) AS l (lane)
        UNION ALL SELECT to_site || '/windows/'
    ) AS c (collection)
    JOIN place p ON p.name >= c.collection || to_char(since AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MI')
        AND p.name < c.collection || to_char(until_at AT TIME ZONE 'UTC' + interval '1 minute', 'YYYYMMDD"T"HH24MI');
    -- Few, as they do not stay so for long. What a hold had is free to doses of any run; but where orders wait for its run, it goes to them first.
    overdue := ARRAY (
        SELECT s FROM slot s
        WHERE s.state = 1 AND s.hold_until <= now AND NOT EXISTS (SELECT FROM standby w WHERE w.run = s.run AND w.state = 1));
    allotments := ARRAY (
        SELECT a FROM allotment a
        WHERE a.run = ANY (names)
            AND (a.partner = for_partner OR a.release_back_at <= now OR a.partner IN (SELECT o.partner FROM unnest(overdue) o)));
END $$;
