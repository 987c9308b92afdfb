-- Which runs use a delivery is asked at each of its changes.
CREATE INDEX proposed_run_by_delivery ON proposed_run (delivery);
