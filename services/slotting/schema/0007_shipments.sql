-- A lost slot (6) keeps what it took of its run and its places, as a fulfilled one (3) does: the dose was made, and travelled.

CREATE OR REPLACE VIEW violation AS
SELECT 'pool' AS what, r.name AS run, '' AS partner, r.pool_committed_kbq AS booked, coalesce(sum(s.pool_kbq), 0)::bigint AS held
FROM run r LEFT JOIN slot s ON s.run = r.name AND s.state IN (1, 2, 3, 6)
GROUP BY r.name HAVING r.pool_committed_kbq <> coalesce(sum(s.pool_kbq), 0) OR r.pool_committed_vials <> coalesce(sum(s.pool_vials), 0)
UNION ALL
SELECT 'allotment', a.run, a.partner, a.committed_kbq, coalesce(sum(s.allotment_kbq), 0)::bigint
FROM allotment a LEFT JOIN slot s ON s.run = a.run AND s.partner = a.partner AND s.state IN (1, 2, 3, 6)
GROUP BY a.run, a.partner HAVING a.committed_kbq <> coalesce(sum(s.allotment_kbq), 0) OR a.committed_vials <> coalesce(sum(s.allotment_vials), 0)
UNION ALL
SELECT 'overbooked', r.name, '', r.pool_committed_kbq, r.pool_kbq FROM run r WHERE r.pool_committed_kbq > r.pool_kbq OR r.pool_committed_vials > r.pool_vials
UNION ALL
SELECT 'overbooked', a.run, a.partner, a.committed_kbq, a.size_kbq FROM allotment a WHERE a.committed_kbq > a.size_kbq OR a.committed_vials > a.size_vials
UNION ALL
SELECT 'place', coalesce(p.name, h.name), '', coalesce(p.committed, 0), coalesce(h.slots, 0)
FROM place p FULL JOIN (
    SELECT l.name, count(*) AS slots FROM slot s, LATERAL (VALUES (s.qc_place), (s.departure_place), (s.window_place)) AS l (name)
    WHERE s.state IN (1, 2, 3, 6) AND l.name <> '' GROUP BY l.name
) h ON h.name = p.name
WHERE coalesce(p.committed, 0) <> coalesce(h.slots, 0)
UNION ALL
SELECT 'overbooked place', p.name, '', p.committed, p.size FROM place p WHERE p.committed > p.size;
