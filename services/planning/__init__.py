"""Planning: what sponsors expect to need, what isotope will come, and which runs to make of both."""
