"""Status: one source of truth for where each dose stands."""
