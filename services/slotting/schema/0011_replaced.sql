-- A lost slot (6) whose place another one of the same order has taken; the two name each other.

ALTER TABLE slot ADD COLUMN replaces uuid, ADD COLUMN replaced_by uuid;
ALTER TABLE slot ADD CONSTRAINT only_a_lost_slot_is_replaced CHECK (replaced_by IS NULL OR state = 6);
-- A lost slot is replaced once, whatever code writes.
CREATE UNIQUE INDEX slot_by_what_it_replaces ON slot (replaces) WHERE replaces IS NOT NULL;

-- The last statement of a batch: everything that it decided, with its events.
CREATE OR REPLACE FUNCTION save_page(
    runs run[], redrawn run[], allotments allotment[], places place[], created slot[], touched slot[], requests request[], events outgoing[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE run r SET
        pool_kbq = c.pool_kbq, pool_vials = c.pool_vials, pool_committed_kbq = c.pool_committed_kbq, pool_committed_vials = c.pool_committed_vials
    FROM unnest(runs) c WHERE r.name = c.name;
    IF cardinality(redrawn) > 0 THEN
        INSERT INTO run SELECT * FROM unnest(redrawn)
        ON CONFLICT (name) DO UPDATE SET
            version = excluded.version, state = excluded.state, product = excluded.product, nuclide = excluded.nuclide, end_of_synthesis_at = excluded.end_of_synthesis_at,
            cutoff_at = excluded.cutoff_at, use_by_at = excluded.use_by_at, vial_kbq_max = excluded.vial_kbq_max, loss_fraction = excluded.loss_fraction,
            audience = excluded.audience, cuts = excluded.cuts, pool_cut = excluded.pool_cut, pool_kbq = excluded.pool_kbq, pool_vials = excluded.pool_vials,
            pool_committed_kbq = excluded.pool_committed_kbq, pool_committed_vials = excluded.pool_committed_vials, facility = excluded.facility;
    END IF;
    IF cardinality(allotments) > 0 THEN
        INSERT INTO allotment SELECT * FROM unnest(allotments)
        ON CONFLICT (run, partner) DO UPDATE SET
            size_kbq = excluded.size_kbq, size_vials = excluded.size_vials, committed_kbq = excluded.committed_kbq,
            committed_vials = excluded.committed_vials, release_back_at = excluded.release_back_at, pledged_kbq = excluded.pledged_kbq,
            pledged_vials = excluded.pledged_vials, returned_kbq = excluded.returned_kbq, returned_vials = excluded.returned_vials;
    END IF;
    IF cardinality(places) > 0 THEN
        UPDATE place p SET size = c.size, committed = c.committed FROM unnest(places) c WHERE p.name = c.name;
    END IF;
    INSERT INTO slot SELECT * FROM unnest(created);
    IF cardinality(touched) > 0 THEN
        UPDATE slot s SET
            version = t.version, state = t.state, at_risk = t.at_risk, run = t.run, site = t.site, lane = t.lane, activity_mbq = t.activity_mbq,
            administration_at = t.administration_at, reference_kbq = t.reference_kbq, allotment_kbq = t.allotment_kbq, allotment_vials = t.allotment_vials,
            pool_kbq = t.pool_kbq, pool_vials = t.pool_vials, hold_until = t.hold_until, updated_at = t.updated_at, actor = t.actor, reason = t.reason,
            product = t.product, qc_place = t.qc_place, departure_place = t.departure_place, window_place = t.window_place, departure_at = t.departure_at,
            delivery_at = t.delivery_at, risk = t.risk, replaced_by = t.replaced_by
        FROM unnest(touched) t WHERE s.id = t.id;
    END IF;
    INSERT INTO request SELECT * FROM unnest(requests);
    INSERT INTO outbox (event_id, type, source, subject, sequence, "time", data, partner, actor, reason, traceparent)
    SELECT e.event_id, e.type, 'doselane/slotting', e.subject, e.sequence, e."time", e.data, e.partner, e.actor, e.reason, e.traceparent
    FROM unnest(events) WITH ORDINALITY AS e (event_id, type, subject, sequence, "time", data, partner, actor, reason, traceparent, place) ORDER BY e.place;
END $$;
