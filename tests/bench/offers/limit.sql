-- $1 product, $2 centre, $3 and $4 the interval, $5 the sponsor.
WITH at AS MATERIALIZED (SELECT present() AS now),
wanted AS MATERIALIZED (
    SELECT r.*, p.nominal_mbq, h.seconds, greatest($3, at.now) AS from_at,
        least($4, r.use_by_at, r.end_of_synthesis_at + p.shelf_life) AS last_at,
        coalesce(a.size_kbq - a.committed_kbq, 0) AS own_kbq, coalesce(a.size_vials - a.committed_vials, 0) AS own_vials,
        -- What is left of allotments that were released back belongs to all; with the sponsor's own it comes to the same sum.
        r.pool_kbq - r.pool_committed_kbq + coalesce(b.kbq, 0) AS free_kbq,
        r.pool_vials - r.pool_committed_vials + coalesce(b.vials, 0) AS free_vials, q.released_at, q.place AS qc_place
    FROM at, bench_product p
    JOIN run r ON r.product = p.name
    JOIN bench_half_life h ON h.nuclide = r.nuclide
    LEFT JOIN allotment a ON a.run = r.name AND a.partner = $5
    LEFT JOIN LATERAL (
        SELECT sum(o.size_kbq - o.committed_kbq) AS kbq, sum(o.size_vials - o.committed_vials) AS vials
        FROM allotment o WHERE o.run = r.name AND o.partner <> $5 AND o.release_back_at <= at.now
    ) b ON true
    JOIN LATERAL (
        SELECT greatest(r.end_of_synthesis_at, s.start_at) + p.qc AS released_at, s.place
        FROM bench_session s LEFT JOIN place o ON o.name = s.place
        WHERE s.facility = r.facility AND s.end_at > r.end_of_synthesis_at AND coalesce(o.committed, 0) < s.size
            AND s.start_at BETWEEN r.end_of_synthesis_at - interval '1 day' AND r.use_by_at
        ORDER BY s.start_at LIMIT 1
    ) q ON true
    WHERE p.name = $1 AND $5 = ANY (p.partners) AND r.use_by_at >= greatest($3, at.now) AND r.end_of_synthesis_at < $4
        AND r.state = 2 AND r.cutoff_at > at.now
), ways AS (
    SELECT r.name, l.name AS lane, r.end_of_synthesis_at, r.released_at + l.dispatch AS ready_at, d.departs_at,
        d.departs_at + l.transit_min AS earliest_at, d.departs_at + l.transit AS delivers_at, w.start_at, w.end_at,
        greatest(r.from_at, d.departs_at + l.transit) AS administration_at, r.nominal_mbq, r.seconds, r.loss_fraction, r.vial_kbq_max,
        r.own_kbq, r.own_vials, r.free_kbq, r.free_vials, r.cutoff_at, r.nuclide, d.size - coalesce(dp.committed, 0) AS places_left,
        r.use_by_at, r.last_at
    FROM wanted r
    JOIN bench_lane l ON l.site = $2 AND l.facility = r.facility
    JOIN bench_departure d ON d.lane = l.name AND d.departs_at BETWEEN r.released_at + l.dispatch AND r.last_at - l.transit
        AND d.closes_at >= r.released_at + l.dispatch AND d.departs_at < l.valid_until AND d.departs_at + l.transit < $4
    LEFT JOIN place dp ON dp.name = d.place
    JOIN bench_window w ON w.site = $2 AND w.end_at > d.departs_at + l.transit AND w.start_at <= d.departs_at + l.transit
        AND w.start_at >= $3 - interval '9 days'
    LEFT JOIN place wp ON wp.name = w.place
    WHERE coalesce(dp.committed, 0) < d.size AND coalesce(wp.committed, 0) < w.size
), priced AS (
    SELECT *,
        nominal_mbq * power(2, extract(epoch FROM administration_at - end_of_synthesis_at)::float8 / seconds) AS calibration_mbq,
        nominal_mbq * power(2, extract(epoch FROM administration_at - delivers_at)::float8 / seconds) AS delivery_mbq
    FROM ways WHERE administration_at <= last_at AND administration_at < $4
)
SELECT name, lane, end_of_synthesis_at, ready_at, departs_at, earliest_at, delivers_at, start_at, end_at, administration_at, calibration_mbq,
    delivery_mbq, nominal_mbq, ceil(calibration_mbq * 1000 / (1 - loss_fraction))::bigint AS reference_kbq, cutoff_at,
    nominal_mbq * (1 - power(2, -3600 / seconds)) AS lost_per_hour_mbq,
    (extract(epoch FROM least(end_at, $4) - delivers_at)::int / 60) AS slack_minutes,
    1 - nominal_mbq / calibration_mbq * (1 - loss_fraction) AS decayed_fraction, places_left,
    count(*) OVER () AS total, max(cutoff_at) OVER () AS latest_rescue_at
FROM priced
WHERE ceil(calibration_mbq * 1000 / (1 - loss_fraction)) <= least(vial_kbq_max, own_kbq + free_kbq) AND own_vials + free_vials >= 1
    AND EXISTS (
        SELECT FROM bench_licence c
        WHERE c.site = $2 AND c.nuclide = priced.nuclide AND c.valid_until > administration_at AND c.activity_mbq_max >= delivery_mbq)
ORDER BY slack_minutes DESC, decayed_fraction, name, lane, departs_at LIMIT 50
