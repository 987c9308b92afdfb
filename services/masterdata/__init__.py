"""Master data: what there is to make, where, for whom, and how it gets there."""
